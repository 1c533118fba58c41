"""Every setting of Kabinet, read once from the environment and typed (docs/guides/deployment.md)."""

from __future__ import annotations

import os
import shlex
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from kabinet.config import logs
from kabinet.config.env import Env
from kabinet.config.paths import local_secret, var_folder
from kabinet.config.presets import ENTRY_PARTS, PRESETS

# One of the four manuals' ways as a whole; every single variable still goes before it.
PRESET = Env(os.environ).choice("KABINET_PRESET", "modern", known=tuple(PRESETS))
env = Env({**PRESETS[PRESET], **os.environ})

DEMO = env.flag("KABINET_DEMO")
DEBUG = env.flag("KABINET_DEBUG")
SECRET_KEY = env.secret("KABINET_SECRET_KEY", default="") or local_secret("secret_key")
ALLOWED_HOSTS = env.hosts("KABINET_HOSTS", "localhost,127.0.0.1,[::1]")
SITE_URL = env.address("KABINET_URL", "http://localhost:8000")
SECURE = SITE_URL.startswith("https://")

SITE_NAME = "Кабинет"

INSTALLED_APPS = [
    "kabinet.desk.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "kabinet.identity.esia",
    "kabinet.identity.networks",
    "django_htmx",
    "procrastinate.contrib.django",
    "kabinet.kernel",
    "kabinet.ui",
    "kabinet.channels",
    "kabinet.identity",
    "kabinet.providers",
    "kabinet.accounts",
    "kabinet.metering",
    "kabinet.billing",
    "kabinet.payments",
    "kabinet.offices",
    "kabinet.exchange",
    "kabinet.web",
    "kabinet.desk.apps.DeskConfig",
    "kabinet.api",
    *(["demo.mailbox"] if DEMO else []),
]

MIDDLEWARE = [
    "kabinet.config.health.Probes",
    "kabinet.web.entry.middleware.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kabinet.web.logos.LogosFirst",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kabinet.web.entry.parts.PartGate",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kabinet.ui.middleware.SecurityPolicy",
    "kabinet.ui.middleware.DomainErrorPages",
    "kabinet.web.entry.middleware.ConsentGate",
    "kabinet.web.entry.middleware.PasswordGate",
    "kabinet.web.entry.contact_gate.ContactGate",
    "kabinet.web.entry.middleware.SessionVisits",
]

ROOT_URLCONF = "kabinet.config.urls"
WSGI_APPLICATION = "kabinet.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kabinet.ui.context.site",
                "kabinet.web.menu.frame",
            ],
            "builtins": [
                "kabinet.ui.templatetags.ui",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    },
]


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "kabinet",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or options.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        "TEST": {"TEMPLATE": "template0"},
    }


DATABASES = {"default": _database(env.secret("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.User"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kabinet.ui.views.csrf_refused"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_SSL_REDIRECT = SECURE
# Kabinet speaks for its own host only: neither for other subdomains nor for browsers' preload lists.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("KABINET_BEHIND_PROXY") else None
)
X_FRAME_OPTIONS = "DENY"
PASSWORD_HASHERS = ["kabinet.identity.hashers.TunedArgon2"]

LANGUAGE_CODE = "ru"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Moscow"

STATIC_URL = "/static/"
STATIC_ROOT = var_folder() / "static"
STATIC_ROOT.mkdir(exist_ok=True)
MEDIA_ROOT = var_folder() / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

PIN_KEY = env.secret("KABINET_PIN_KEY", default="") or local_secret("pin_key")

LOGGING = logs.LOGGING

# Whether forms prove that a person's browser sends them, and which do (IDN-30): guests after a block, sign-in after
# three failures. ALTCHA is work for the browser; SmartCaptcha is Yandex's and learns of the visit.
CAPTCHA = env.choice("KABINET_CAPTCHA", "altcha", known=("altcha", "smartcaptcha", "off"))
CAPTCHA_ON = env.choices(
    "KABINET_CAPTCHA_ON",
    "sign-up,recovery,guest,sign-in",
    known=("sign-up", "recovery", "guest", "sign-in"),
)
SMARTCAPTCHA_KEY = env.text("KABINET_SMARTCAPTCHA_KEY", "")
SMARTCAPTCHA_SECRET = env.secret("KABINET_SMARTCAPTCHA_SECRET", default="")
SMARTCAPTCHA_URL = env.text("KABINET_SMARTCAPTCHA_URL", "https://smartcaptcha.cloud.yandex.ru")
if CAPTCHA == "smartcaptcha" and not (SMARTCAPTCHA_KEY and SMARTCAPTCHA_SECRET):
    raise ImproperlyConfigured(
        "KABINET_CAPTCHA='smartcaptcha' without KABINET_SMARTCAPTCHA_KEY and KABINET_SMARTCAPTCHA_SECRET"
    )

# How many accounts one person may link; a provider may allow fewer of its own (ACC-21).
LINK_MAX_ACCOUNTS = env.number("KABINET_MAX_ACCOUNTS", 20)
# What linking begins with: provider, region, branch, or none for number and address (ACC-03).
LINK_FIRST_STEP = env.choice(
    "KABINET_LINK_FIRST_STEP", "provider", known=("provider", "region", "branch", "none")
)

# --- channels: letters and SMS ---------------------------------------------------------------------------------------
EMAIL_CONNECTOR = env.text("KABINET_EMAIL_CONNECTOR", "mailbox" if DEMO else "smtp")
SMS_CONNECTOR = env.text("KABINET_SMS_CONNECTOR", "mailbox" if DEMO else "")
# The name that SMS come from, as registered with the operators; SMS Aero's own where none is.
SMS_SENDER = env.text("KABINET_SMS_SENDER", "SMS Aero" if SMS_CONNECTOR == "smsaero" else "")
SMSC_URL = env.text("KABINET_SMSC_URL", "https://smsc.ru/sys")
SMSC_LOGIN = env.text("KABINET_SMSC_LOGIN", "")
SMSC_PASSWORD = env.secret("KABINET_SMSC_PASSWORD", default="")
SMSC_API_KEY = env.secret("KABINET_SMSC_API_KEY", default="")
SMSAERO_URL = env.text("KABINET_SMSAERO_URL", "https://gate.smsaero.ru/v2")
SMSAERO_EMAIL = env.text("KABINET_SMSAERO_EMAIL", "")
SMSAERO_API_KEY = env.secret("KABINET_SMSAERO_API_KEY", default="")
# Bots that bring codes to people who have linked them (IDN-28); each has a name, a token, and a secret of its news.
MESSENGERS = env.some_of("KABINET_MESSENGERS", "", known=("telegram", "max"))
TELEGRAM_BOT = env.text("KABINET_TELEGRAM_BOT", "")
TELEGRAM_TOKEN = env.secret("KABINET_TELEGRAM_TOKEN", default="")
TELEGRAM_HOOK_SECRET = env.secret("KABINET_TELEGRAM_HOOK_SECRET", default="")
TELEGRAM_URL = env.text("KABINET_TELEGRAM_URL", "https://api.telegram.org")
TELEGRAM_LINK = env.text("KABINET_TELEGRAM_LINK", "https://t.me")
MAX_BOT = env.text("KABINET_MAX_BOT", "")
MAX_TOKEN = env.secret("KABINET_MAX_TOKEN", default="")
MAX_HOOK_SECRET = env.secret("KABINET_MAX_HOOK_SECRET", default="")
MAX_URL = env.text("KABINET_MAX_URL", "https://platform-api2.max.ru")
MAX_LINK = env.text("KABINET_MAX_LINK", "https://max.ru")
EMAIL_HOST = env.text("KABINET_SMTP_HOST", "localhost")
EMAIL_PORT = env.number("KABINET_SMTP_PORT", 25)
EMAIL_HOST_USER = env.text("KABINET_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.secret("KABINET_SMTP_PASSWORD", default="")
EMAIL_USE_TLS = env.flag("KABINET_SMTP_STARTTLS")
EMAIL_USE_SSL = env.flag("KABINET_SMTP_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("KABINET_MAIL_FROM", "kabinet@localhost")
# Whom mail servers tell what did not arrive, and the mailbox (IMAP over TLS) in which we read it (NOT-12).
MAIL_RETURN_PATH = env.text("KABINET_MAIL_RETURN_PATH", "")
RETURNS_HOST = env.text("KABINET_RETURNS_HOST", "")
RETURNS_PORT = env.number("KABINET_RETURNS_PORT", 993)
RETURNS_USER = env.text("KABINET_RETURNS_USER", "")
RETURNS_PASSWORD = env.secret("KABINET_RETURNS_PASSWORD", default="")
# The authority that has signed the server's certificate, where it is one's own.
RETURNS_CA_FILE = env.text("KABINET_RETURNS_CA_FILE", "")
RETURNS_FOLDER = env.text("KABINET_RETURNS_FOLDER", "INBOX")

# --- identity: sign-up, sign-in (docs/decisions) ---------------------------------------------------------------------
# Who processes personal data: stands in the legal texts.
OPERATOR_NAME = env.text("KABINET_OPERATOR", "оператор этого личного кабинета")
BEHIND_PROXY = env.flag("KABINET_BEHIND_PROXY")
# With what a person may sign up (IDN-08); a phone number is proven by SMS or not at all.
SIGN_UP_BY = env.choices("KABINET_SIGN_UP_BY", "email,phone", known=("email", "phone"))
_PROVED_THROUGH = {
    "email": ("KABINET_EMAIL_CONNECTOR", EMAIL_CONNECTOR),
    "phone": ("KABINET_SMS_CONNECTOR", SMS_CONNECTOR),
}
if not any(_PROVED_THROUGH[kind][1] for kind in SIGN_UP_BY):
    raise ImproperlyConfigured(
        f"KABINET_SIGN_UP_BY={','.join(SIGN_UP_BY)!r} without "
        f"{' or '.join(_PROVED_THROUGH[kind][0] for kind in SIGN_UP_BY)}: nobody could sign up"
    )
# How an e-mail address is proven: by a code that is typed, or by a link that is followed (IDN-08, 17).
SIGN_UP_PROOF = env.choice("KABINET_SIGN_UP_PROOF", "code", known=("code", "link"))
LINK_LIFETIME = timedelta(hours=env.number("KABINET_LINK_HOURS", 24, least=1, most=72))
# Whether the other contact is asked as well; it opens nothing until it is proven in the profile.
SIGN_UP_SECOND_CONTACT = env.choice(
    "KABINET_SIGN_UP_SECOND_CONTACT", "off", known=("off", "optional", "required")
)
# How documents are accepted: a tick for each, the button under a sentence, or a screen after sign-up (IDN-18).
CONSENT_MODE = env.choice("KABINET_CONSENT_MODE", "tick", known=("tick", "button", "screen"))
SIGN_UP_AFTER = env.choice(
    "KABINET_SIGN_UP_AFTER", "onboarding", known=("onboarding", "home", "sign-in")
)
SIGN_UP_NAME = env.choice("KABINET_SIGN_UP_NAME", "optional", known=("off", "optional", "required"))
# The letters of people's names: Russian alone, or Latin as well (IDN-09).
NAME_ALPHABET = env.choice("KABINET_NAME_ALPHABET", "ru+latin", known=("ru", "ru+latin"))
SIGN_UP_PASSWORD_REPEAT = env.flag("KABINET_SIGN_UP_PASSWORD_REPEAT")
# On: a page says at once that a contact is occupied or unknown. Off: only the contact's owner is told (IDN-10).
REVEAL_EXISTENCE = env.flag("KABINET_REVEAL_EXISTENCE")
# Of new passwords (IDN-12); what was set before keeps working.
PASSWORD_MIN = env.number("KABINET_PASSWORD_MIN", 10, least=8, most=64)
PASSWORD_MAX = env.number("KABINET_PASSWORD_MAX", 128, least=PASSWORD_MIN, most=128)
# Kinds of characters that a new password must hold; none by default: length does more.
PASSWORD_CLASSES = env.some_of(
    "KABINET_PASSWORD_CLASSES", "", known=("lower", "upper", "digit", "sign")
)
# The order of recovery (IDN-32): code, then password; password, then code; or a temporary password is sent.
RECOVERY = env.choice(
    "KABINET_RECOVERY", "code_first", known=("code_first", "password_first", "temporary")
)
RECOVERY_AFTER = env.choice("KABINET_RECOVERY_AFTER", "home", known=("home", "sign-in"))
# What there is besides signing in by a password; what is not listed is off everywhere (IDN-01). And whom the pages
# name to whoever cannot get in (IDN-50).
ENTRY_BLOCKS = env.some_of("KABINET_ENTRY_BLOCKS", ",".join(ENTRY_PARTS), known=ENTRY_PARTS)
ENTRY_ABOUT = env.text("KABINET_ENTRY_ABOUT", "")
SUPPORT_PHONE = env.text("KABINET_SUPPORT_PHONE", "")
SUPPORT_EMAIL = env.text("KABINET_SUPPORT_EMAIL", "")
# Where the app is: «RuStore=https://…,Google Play=https://…».
APP_LINKS = env.pairs("KABINET_APP_LINKS")
# One-time codes (IDN-13, 14).
CODE_LIFETIME_SIGN_UP = env.seconds("KABINET_CODE_SECONDS_SIGN_UP", 300, least=60, most=3600)
CODE_LIFETIME_RECOVERY = env.seconds("KABINET_CODE_SECONDS_RECOVERY", 300, least=60, most=3600)
CODE_LIFETIME_SIGN_IN = env.seconds("KABINET_CODE_SECONDS_SIGN_IN", 300, least=60, most=3600)
CODE_LIFETIME_CONTACT = env.seconds("KABINET_CODE_SECONDS_CONTACT", 300, least=60, most=3600)
CODE_RESEND_AFTER = env.seconds("KABINET_CODE_RESEND_SECONDS", 60, least=10, most=3600)
CODE_TRIES = env.number("KABINET_CODE_TRIES", 5, least=1, most=10)
CODE_SENDS_PER_HOUR = env.number("KABINET_CODE_SENDS_PER_HOUR", 5, least=1, most=20)
# A session ends so long after the last visit; longer where the person asked to be remembered (IDN-38).
SESSION_IDLE = env.minutes("KABINET_SESSION_IDLE_MINUTES", 30, least=10, most=1440)
SESSION_REMEMBERED = timedelta(
    days=env.number("KABINET_SESSION_REMEMBERED_DAYS", 30, least=1, most=365)
)
# So many days a person can take a deletion back; 0 deletes at once (IDN-47).
DELETE_GRACE = timedelta(days=env.number("KABINET_DELETE_GRACE_DAYS", 0, most=30))
SESSION_ENGINE = "kabinet.identity.session_store"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = ["kabinet.identity.backends.ProvenContact"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "kabinet.identity.passwords.MinimumLength"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "kabinet.identity.passwords.NotTooSimple"},
    {"NAME": "kabinet.identity.passwords.NotTheLogin"},
    {"NAME": "kabinet.identity.passwords.Classes"},
]
ACCOUNT_ADAPTER = "kabinet.identity.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# A person exists only once a contact is proven, so allauth has nothing to verify later.
ACCOUNT_EMAIL_VERIFICATION = "none"
# The kernel's limits count instead: in the database, by number and by phone alike.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = True
# How long a person who has just proved to be themselves may change credentials, cards and the like (IDN-38).
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Passkeys, an app's codes as a second step, and spare codes (IDN-29).
MFA_ADAPTER = "kabinet.identity.second_step.MfaAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# How many half-minutes a phone's clock may be wrong.
MFA_TOTP_TOLERANCE = 1

# --- identity: Gosuslugi (ESIA), docs/guides/esia.md; on when it knows this system's mnemonic ---------------------------
ESIA_CLIENT_ID = env.text("KABINET_ESIA_CLIENT_ID", "")
ESIA_URL = env.text("KABINET_ESIA_URL", "https://esia.gosuslugi.ru")
ESIA_ISSUER = env.text("KABINET_ESIA_ISSUER", "http://esia.gosuslugi.ru/")
ESIA_PUBLIC_KEY = env.secret("KABINET_ESIA_PUBLIC_KEY", default="")
ESIA_SCOPE = env.words("KABINET_ESIA_SCOPE", "openid,fullname,email,mobile")
# How requests are signed, and by whom: a key in this process, or a program that knows GOST.
ESIA_FLAVOUR = env.choice("KABINET_ESIA_FLAVOUR", "raw", known=("pkcs7", "raw"))
ESIA_SIGNERS = {
    "rsa": "kabinet.identity.esia.signers.Rsa",
    "command": "kabinet.identity.esia.signers.Command",
}
ESIA_SIGNER = env.choice("KABINET_ESIA_SIGNER", "command", known=tuple(ESIA_SIGNERS))
ESIA_KEY = env.secret("KABINET_ESIA_KEY", default="")
ESIA_CERTIFICATE = env.secret("KABINET_ESIA_CERTIFICATE", default="")
ESIA_CERTIFICATE_HASH = env.text("KABINET_ESIA_CERTIFICATE_HASH", "")
ESIA_SIGN_COMMAND = shlex.split(env.text("KABINET_ESIA_SIGN_COMMAND", ""))
SOCIALACCOUNT_ADAPTER = "kabinet.identity.social.SocialAccountAdapter"
# --- identity: VK ID and Yandex ID (IDN-07, 24); each is offered when it is listed ---------------------------------------
SOCIAL = env.some_of("KABINET_SOCIAL", "", known=("vk", "yandex"))
VK_ID = env.text("KABINET_VK_ID", "")
VK_SECRET = env.secret("KABINET_VK_SECRET", default="")
VK_URL = env.text("KABINET_VK_URL", "https://id.vk.ru")
YANDEX_ID = env.text("KABINET_YANDEX_ID", "")
YANDEX_SECRET = env.secret("KABINET_YANDEX_SECRET", default="")
YANDEX_URL = env.text("KABINET_YANDEX_URL", "https://oauth.yandex.ru")
YANDEX_INFO_URL = env.text("KABINET_YANDEX_INFO_URL", "https://login.yandex.ru/info")
NETWORK_APPS = {
    "vk": {"client_id": VK_ID, "secret": VK_SECRET},
    "yandex": {"client_id": YANDEX_ID, "secret": YANDEX_SECRET},
}
SOCIALACCOUNT_PROVIDERS = {
    **({"esia": {"APPS": [{"client_id": ESIA_CLIENT_ID}]}} if ESIA_CLIENT_ID else {}),
    **{name: {"APPS": [NETWORK_APPS[name]]} for name in SOCIAL},
}

# --- payments: the acquirers that this installation speaks to ---------------------------------------------------------
PAYMENT_GATEWAYS = {
    "yookassa": "kabinet.payments.gateways.yookassa.YooKassa",
    "tbank": "kabinet.payments.gateways.tbank.TBank",
}
PAYMENT_GATEWAY_NAMES = {"yookassa": "ЮKassa", "tbank": "Т-Банк"}
# Where they answer; the demo points them at its sandboxes.
YOOKASSA_URL = env.text("KABINET_YOOKASSA_URL", "https://api.yookassa.ru/v3")
TBANK_URL = env.text("KABINET_TBANK_URL", "https://securepay.tinkoff.ru/v2")
# Addresses from which YooKassa's notifications are taken besides its own; for sandboxes and tests.
YOOKASSA_NOTICE_NETWORKS = env.words("KABINET_YOOKASSA_NOTICE_NETWORKS")

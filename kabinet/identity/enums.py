from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdentifierKind(models.TextChoices):
    EMAIL = "email", _("электронная почта")
    PHONE = "phone", _("телефон")


class CodePurpose(models.TextChoices):
    """What a one-time code may be used for; a code for one purpose never fits another (IDN-14)."""

    SIGN_UP = "sign-up", _("регистрация")
    RECOVERY = "recovery", _("восстановление пароля")
    SIGN_IN = "sign-in", _("вход")
    CONTACT = "contact", _("подтверждение почты или телефона")
    PROOF = "proof", _("подтверждение, что это вы")


class DocumentKind(models.TextChoices):
    """A consent and an agreement are ticked, each on its own; a policy is only read (152-ФЗ, ст. 9)."""

    CONSENT = "consent", _("согласие")
    AGREEMENT = "agreement", _("соглашение")
    POLICY = "policy", _("политика")


class ConsentChannel(models.TextChoices):
    SIGN_UP = "sign-up", _("при регистрации")
    CONSENT_PAGE = "consent-page", _("при входе")
    OUTSIDE = "outside", _("при входе через другой сервис")
    DEMO = "demo", _("демонстрационные данные")


class OnboardingStep(models.TextChoices):
    """Where a newcomer's acquaintance with the cabinet stands (IDN-20)."""

    GREETING = "greeting", _("приветствие")
    CONSENT = "consent", _("согласие")
    CHOICE = "choice", _("что дальше")
    DONE = "done", _("пройдено")


class SignInWay(models.TextChoices):
    PASSWORD = "password", _("по паролю")
    CODE = "code", _("по коду")
    PASSKEY = "passkey", _("по отпечатку, лицу или ключу")
    QR = "qr", _("по QR-коду")
    VK = "vk", _("через VK ID")
    YANDEX = "yandex", _("через Яндекс ID")
    ESIA = "esia", _("через Госуслуги")
    SIGN_UP = "sign-up", _("при регистрации")
    RECOVERY = "recovery", _("после восстановления")


class Service(models.TextChoices):
    """Other people's sign-ins that can open a cabinet here; allauth's names of their providers (IDN-24, 26)."""

    ESIA = "esia", _("Госуслуги")
    VK = "vk", _("VK ID")
    YANDEX = "yandex", _("Яндекс ID")

    @property
    def begins(self) -> str:
        """The name of the address where its sign-in begins, as allauth names them."""
        return f"{self.value}_login"


class Messenger(models.TextChoices):
    """Messengers that can bring codes; the names are those of their channels (IDN-28)."""

    TELEGRAM = "telegram", _("Telegram")
    MAX = "max", _("MAX")


class QrState(models.TextChoices):
    WAITING = "waiting", _("ждёт")
    CONFIRMED = "confirmed", _("подтверждён")
    REFUSED = "refused", _("отклонён")
    SPENT = "spent", _("использован")


class ArchiveState(models.TextChoices):
    WAITING = "waiting", _("готовится")
    READY = "ready", _("готов")
    FAILED = "failed", _("не получилось")

"""Letters and SMS of this app (NOT-12: service messages, nobody can switch them off)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.channels.connectors.registry import is_available
from kabinet.channels.enums import Channel
from kabinet.channels.letters import render_letter, site_link
from kabinet.channels.operations import send_email, send_sms, send_to_messenger
from kabinet.identity.devices import browser_words
from kabinet.identity.enums import CodePurpose, IdentifierKind, Service
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import SignedInSession, User
from kabinet.identity.parts import EntryPart, is_on

CODE_LEADS = {
    CodePurpose.SIGN_UP: gettext_lazy("Введите этот код, чтобы закончить регистрацию."),
    CodePurpose.RECOVERY: gettext_lazy("Введите этот код, чтобы задать новый пароль."),
    CodePurpose.SIGN_IN: gettext_lazy("Введите этот код, чтобы войти в кабинет."),
    CodePurpose.CONTACT: gettext_lazy("Введите этот код, чтобы подтвердить контакт."),
    CodePurpose.PROOF: gettext_lazy("Введите этот код, чтобы подтвердить, что это вы."),
}
UNKNOWN_LEADS = {
    CodePurpose.RECOVERY: gettext_lazy(
        "Кто-то запросил новый пароль, но с этими данными никто не зарегистрирован."
    ),
    CodePurpose.SIGN_IN: gettext_lazy(
        "Кто-то запросил код для входа, но с этими данными никто не зарегистрирован."
    ),
}


class IssuedSecret(Protocol):
    """What was issued to be sent; the operations' ``IssuedCode`` is one."""

    @property
    def public_id(self) -> uuid.UUID: ...
    @property
    def code(self) -> str: ...
    @property
    def expires_at(self) -> datetime: ...


def tell_sign_up_occupied(*, identifier: Identifier, at: datetime) -> None:
    """Tell the owner that somebody tried to register the contact a second time."""
    _tell(
        identifier=identifier,
        subject=_("У вас уже есть личный кабинет"),
        paragraphs=[
            _("Кто-то начал регистрацию с вашими данными, но у вас уже есть личный кабинет."),
            _("Если это были вы, просто войдите. Забыли пароль — задайте новый.")
            if is_on(EntryPart.RECOVERY)
            else _("Если это были вы, просто войдите."),
            _("Если не вы, ничего делать не нужно: без кода в кабинет не попасть."),
        ],
        button=(_("Войти"), "account_login"),
        at=at,
    )


def tell_unknown(*, purpose: CodePurpose, identifier: Identifier, at: datetime) -> None:
    """Answer somebody who asked for a code to a contact that nobody has proved."""
    signs_up = is_on(EntryPart.REGISTRATION)
    _tell(
        identifier=identifier,
        subject=_("Кабинета с такими данными нет"),
        paragraphs=[
            str(UNKNOWN_LEADS[purpose]),
            _("Если это были вы, попробуйте другую почту или телефон либо зарегистрируйтесь.")
            if signs_up
            else _("Если это были вы, попробуйте другую почту или телефон."),
        ],
        button=(_("Зарегистрироваться"), "account_signup")
        if signs_up
        else (_("Войти"), "account_login"),
        at=at,
    )


def tell_password_changed(*, user: User, at: datetime) -> None:
    """Tell every proven contact of the person (IDN-32, 43)."""
    what_to_do, button = _way_back()
    for identifier in proven_contacts(user):
        _tell(
            identifier=identifier,
            subject=_("Пароль изменён"),
            paragraphs=[
                _(
                    "Пароль от вашего личного кабинета изменён, на других устройствах выполнен выход."
                ),
                what_to_do,
            ],
            button=button,
            at=at,
        )


def _way_back() -> tuple[str, tuple[str, str]]:
    """Say what somebody does whose password a stranger has changed: by themselves, or with the support's help."""
    if is_on(EntryPart.RECOVERY):
        words = _("Если это были не вы, сразу задайте новый пароль.")
        return words, (_("Задать новый пароль"), "account_reset_password")
    support = " ".join(filter(None, (settings.SUPPORT_PHONE, settings.SUPPORT_EMAIL)))
    words = _("Если это были не вы, сразу сообщите в поддержку: %(support)s.")
    if not support:
        words = _("Если это были не вы, сразу сообщите вашему поставщику.")
    return words % {"support": support}, (_("Войти"), "account_login")


def tell_keys_changed(*, user: User, subject: str, sentence: str, at: datetime) -> None:
    """Tell every proven contact that something with which one signs in was added or removed (IDN-29)."""
    for identifier in proven_contacts(user):
        _tell(
            identifier=identifier,
            subject=subject,
            paragraphs=[
                sentence,
                _("Если это были вы, ничего делать не нужно."),
                _("Если не вы, выйдите на всех устройствах и смените пароль."),
            ],
            button=(_("Вход и защита"), "mfa_index"),
            at=at,
        )


def tell_new_device(*, session: SignedInSession, at: datetime) -> None:
    """Tell the owner, by the first proven contact, that somebody signed in from a browser not seen before."""
    moment = date_format(timezone.localtime(session.began_at), "j E Y, H:i")
    for identifier in proven_contacts(session.user)[:1]:
        _tell(
            identifier=identifier,
            subject=_("Вход с нового устройства"),
            paragraphs=[
                _("В ваш личный кабинет вошли с нового устройства: %(browser)s, %(moment)s.")
                % {"browser": browser_words(session.user_agent), "moment": moment},
                _("Если это были вы, ничего делать не нужно."),
                _("Если не вы, выйдите на всех устройствах и смените пароль."),
            ],
            button=(_("Где вы вошли"), "devices"),
            at=at,
        )


def tell_contact_doubted(*, user: User, lost: Identifier, at: datetime) -> None:
    """Tell the contacts that are left that nothing arrives at this one (NOT-12)."""
    sentence = _("До %(contact)s не доходят наши сообщения, поэтому войти по нему пока нельзя.") % {
        "contact": lost.shown
    }
    for identifier in proven_contacts(user):
        _tell(
            identifier=identifier,
            subject=_("Один из ваших контактов больше не подтверждён"),
            paragraphs=[
                sentence,
                _("Войдите с этим контактом и паролем, как обычно, и проверьте данные в профиле."),
            ],
            button=(_("Открыть профиль"), "profile"),
            at=at,
        )


def tell_contact_occupied(*, identifier: Identifier, at: datetime) -> None:
    """Tell the owner that somebody wanted this contact for a cabinet of theirs."""
    _tell(
        identifier=identifier,
        subject=_("Ваш контакт хотели указать в другом кабинете"),
        paragraphs=[
            _("Кто-то хотел указать ваш контакт в своём личном кабинете, но он уже есть в вашем."),
            _("Если это были вы, войдите в тот кабинет, где он указан, и уберите его там."),
            _("Если не вы, ничего делать не нужно: без кода его не забрать."),
        ],
        button=(_("Войти"), "account_login"),
        at=at,
    )


def tell_contact_changed(
    *, recipients: Sequence[Identifier], proved: Identifier, at: datetime
) -> None:
    """Tell the contacts that stood before about the new one; whose they are now is not known, so it is veiled."""
    is_email = proved.kind is IdentifierKind.EMAIL
    sentence = (
        _("В вашем личном кабинете теперь указана почта %(contact)s.")
        if is_email
        else _("В вашем личном кабинете теперь указан телефон %(contact)s.")
    )
    for identifier in recipients:
        is_replaced = identifier.kind is proved.kind
        _tell(
            identifier=identifier,
            subject=_("Контакт в личном кабинете изменён"),
            paragraphs=[
                sentence % {"contact": proved.veiled},
                _("По прежнему контакту войти больше нельзя.") if is_replaced else "",
                _(
                    "Если это были не вы, сразу войдите, смените пароль и выйдите на всех устройствах."
                ),
            ],
            button=(_("Войти"), "account_login"),
            at=at,
        )


def tell_contact_removed(
    *, recipients: Sequence[Identifier], removed: Identifier, at: datetime
) -> None:
    """Tell the contact that was taken away, and the one that is left."""
    is_email = removed.kind is IdentifierKind.EMAIL
    sentence = (
        _("Из вашего личного кабинета убрана почта %(contact)s.")
        if is_email
        else _("Из вашего личного кабинета убран телефон %(contact)s.")
    )
    for identifier in recipients:
        _tell(
            identifier=identifier,
            subject=_("Контакт в личном кабинете убран"),
            paragraphs=[
                sentence % {"contact": removed.veiled},
                _(
                    "Если это были не вы, сразу войдите, смените пароль и выйдите на всех устройствах."
                ),
            ],
            button=(_("Войти"), "account_login"),
            at=at,
        )


def tell_service_linked(*, user: User, service: Service, at: datetime) -> None:
    """Tell every proven contact that the cabinet can be entered by another service from now on (IDN-27)."""
    sentence = _("К вашему личному кабинету привязан вход: %(service)s.")
    _tell_of_service(user, service, sentence, at=at)


def tell_service_unlinked(*, user: User, service: Service, at: datetime) -> None:
    sentence = _("Вход больше не открывает ваш личный кабинет: %(service)s.")
    _tell_of_service(user, service, sentence, at=at)


def _tell_of_service(user: User, service: Service, sentence: str, *, at: datetime) -> None:
    for identifier in proven_contacts(user):
        _tell(
            identifier=identifier,
            subject=_("Изменились способы входа"),
            paragraphs=[
                sentence % {"service": service.label},
                _("Если это были не вы, сразу задайте новый пароль и проверьте входы в профиле."),
            ],
            button=(_("Открыть профиль"), "profile"),
            at=at,
        )


def proven_contacts(user: User) -> Sequence[Identifier]:
    """Give the contacts at which the person can be reached for certain."""
    found = []
    if user.email and user.emailaddress_set.filter(email=user.email, verified=True).exists():
        found.append(Identifier(IdentifierKind.EMAIL, user.email))
    if user.phone and user.phone_verified and is_available(Channel.SMS):
        found.append(Identifier(IdentifierKind.PHONE, user.phone))
    return found


def send_code(
    *,
    purpose: CodePurpose,
    identifier: Identifier,
    code: str,
    expires_at: datetime,
    at: datetime,
    instead: str = "",
) -> None:
    """Send a one-time code, worth nothing after ``expires_at``; ``instead`` of the contact to a messenger, as written."""
    if identifier.kind is IdentifierKind.PHONE:
        # The last line lets a phone's browser fill the code in by itself (Web OTP).
        host = urlsplit(settings.SITE_URL).hostname
        text = _("%(site)s: код %(code)s. Никому его не сообщайте.") % {
            "site": settings.SITE_NAME,
            "code": code,
        }
        if instead:
            send_to_messenger(recipient=instead, text=text, at=at, valid_until=expires_at)
            return
        send_sms(
            recipient=identifier.value,
            text=f"{text}\n\n@{host} #{code}",
            at=at,
            valid_until=expires_at,
        )
        return
    letter = render_letter(
        "identity/letters/code",
        subject=_("%(code)s — код подтверждения") % {"code": code},
        context={
            "lead": CODE_LEADS[purpose],
            "code": code,
            "minutes": int((expires_at - at).total_seconds() // 60),
        },
    )
    if instead:
        send_to_messenger(recipient=instead, text=letter.text, at=at, valid_until=expires_at)
        return
    send_email(recipient=identifier.value, letter=letter, at=at, valid_until=expires_at)


def send_sign_up_link(*, identifier: Identifier, issued: IssuedSecret, at: datetime) -> None:
    """Send the link that finishes a sign-up by e-mail; it opens a page with a button (IDN-17)."""
    letter = render_letter(
        "identity/letters/note",
        subject=_("Завершите регистрацию"),
        context={
            "sentence": _("Остался один шаг: откройте страницу и нажмите на ней кнопку."),
            "note": _(
                "Ссылка работает один раз и до %(until)s. Если вы не регистрировались, ничего не делайте."
            )
            % {"until": date_format(timezone.localtime(issued.expires_at), "j E, H:i")},
            "button_text": _("Завершить регистрацию"),
            "action_url": site_link(
                "account_signup_link", public_id=issued.public_id, secret=issued.code
            ),
        },
    )
    send_email(recipient=identifier.value, letter=letter, at=at, valid_until=issued.expires_at)


def send_contact_link(*, identifier: Identifier, issued: IssuedSecret, at: datetime) -> None:
    """Send the link that proves an address for a cabinet that is there (IDN-17, 45)."""
    letter = render_letter(
        "identity/letters/note",
        subject=_("Подтвердите почту"),
        context={
            "sentence": _(
                "Эту почту указали в личном кабинете. Чтобы подтвердить её, откройте страницу и нажмите на ней кнопку."
            ),
            "note": _(
                "Ссылка работает один раз и до %(until)s. Если вы не меняли почту, ничего не делайте."
            )
            % {"until": date_format(timezone.localtime(issued.expires_at), "j E, H:i")},
            "button_text": _("Подтвердить почту"),
            "action_url": site_link("contact-link", public_id=issued.public_id, secret=issued.code),
        },
    )
    send_email(recipient=identifier.value, letter=letter, at=at, valid_until=issued.expires_at)


def send_temporary_password(
    *, identifier: Identifier, password: str, expires_at: datetime, at: datetime
) -> None:
    """Send a password that lets its owner in once, to set an own one (IDN-32, B)."""
    if identifier.kind is IdentifierKind.PHONE:
        text = _("%(site)s: временный пароль %(password)s. Он сработает один раз.") % {
            "site": settings.SITE_NAME,
            "password": password,
        }
        send_sms(recipient=identifier.value, text=text, at=at, valid_until=expires_at)
        return
    letter = render_letter(
        "identity/letters/temporary",
        subject=_("Временный пароль"),
        context={"password": password, "action_url": site_link("account_login")},
    )
    send_email(recipient=identifier.value, letter=letter, at=at, valid_until=expires_at)


def _tell(
    *,
    identifier: Identifier,
    subject: str,
    paragraphs: Sequence[str],
    button: tuple[str, str],
    at: datetime,
) -> None:
    if identifier.kind is IdentifierKind.PHONE:
        text = f"{settings.SITE_NAME}: {paragraphs[0]} {site_link(button[1])}"
        send_sms(recipient=identifier.value, text=text, at=at)
        return
    letter = render_letter(
        "identity/letters/note",
        subject=subject,
        context={
            "sentence": paragraphs[0],
            "note": " ".join(part for part in paragraphs[1:] if part),
            "button_text": button[0],
            "action_url": site_link(button[1]),
        },
    )
    send_email(recipient=identifier.value, letter=letter, at=at)

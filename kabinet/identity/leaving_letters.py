"""Letters and SMS about a person's data and about leaving (IDN-46, 47)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kabinet.channels.letters import render_letter, site_link
from kabinet.channels.operations import send_email, send_sms
from kabinet.identity import queries
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.kernel.actors import Actor


def tell_archive_ready(*, actor: Actor, until: datetime, at: datetime) -> None:
    """Tell the owner, by the proven contact, where the archive waits; it never travels by mail."""
    _tell(
        queries.get_own_contact(actor=actor),
        subject=_("Архив ваших данных готов"),
        sentences=[
            _("Архив ваших данных собран. Скачать его можно в профиле до %(day)s.")
            % {"day": _day(until)},
            _("Если вы его не просили, смените пароль."),
        ],
        button=(_("Открыть профиль"), "profile"),
        at=at,
    )


def tell_deletion_planned(*, actor: Actor, due_at: datetime, at: datetime) -> None:
    """Tell the owner until when the deletion can be taken back."""
    _tell(
        queries.get_own_contact(actor=actor),
        subject=_("Вы попросили удалить учётную запись"),
        sentences=[
            _("Ваша учётная запись будет удалена %(day)s. До этого дня можно передумать.")
            % {"day": _day(due_at)},
            _("Если вы об этом не просили, отмените удаление и смените пароль."),
        ],
        button=(_("Отменить удаление"), "leave"),
        at=at,
    )


def tell_deleted(*, contact: Identifier | None, at: datetime) -> None:
    """Say goodbye; called when the person is gone."""
    _tell(
        contact,
        subject=_("Учётная запись удалена"),
        sentences=[
            _("Ваша учётная запись удалена, лицевые счета отвязаны, данные стёрты."),
            _("Лицевые счета у поставщиков остались. Вернуться можно, зарегистрировавшись заново."),
        ],
        button=(_("На страницу входа"), "account_login"),
        at=at,
    )


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j E Y, H:i")


def _tell(
    contact: Identifier | None,
    *,
    subject: str,
    sentences: Sequence[str],
    button: tuple[str, str],
    at: datetime,
) -> None:
    if contact is None:
        return
    if contact.kind is IdentifierKind.PHONE:
        text = f"{settings.SITE_NAME}: {sentences[0]} {site_link(button[1])}"
        send_sms(recipient=contact.value, text=text, at=at)
        return
    letter = render_letter(
        "identity/letters/note",
        subject=subject,
        context={
            "sentence": sentences[0],
            "note": " ".join(sentences[1:]),
            "button_text": button[0],
            "action_url": site_link(button[1]),
        },
    )
    send_email(recipient=contact.value, letter=letter, at=at)

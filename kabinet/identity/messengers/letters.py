"""What the bots write, and what a person's contacts are told of them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from kabinet.channels.letters import site_link
from kabinet.channels.operations import send_to_messenger
from kabinet.identity import messages
from kabinet.identity.enums import Messenger
from kabinet.identity.messengers.offered import recipient_of
from kabinet.identity.models import User


def write(
    messenger: Messenger,
    account: str,
    text: str,
    *,
    at: datetime,
    valid_until: datetime | None = None,
) -> None:
    send_to_messenger(
        recipient=recipient_of(messenger, account),
        text=text,
        at=at,
        valid_until=valid_until,
    )


def number_words(messenger: Messenger, number: str) -> str:
    return _(
        "Вы привязываете %(messenger)s к личному кабинету «%(site)s». Вернитесь на страницу кабинета и введите "
        "там число %(number)s.\n\nЕсли вы этого не начинали, ничего не делайте и никому его не сообщайте."
    ) % {"messenger": messenger.label, "site": settings.SITE_NAME, "number": number}


def linked_words() -> str:
    return _(
        "Готово: сюда можно получать коды для входа в «%(site)s». Никому их не сообщайте, даже сотрудникам."
    ) % {"site": settings.SITE_NAME}


def unlinked_words() -> str:
    return _("Отвязано: коды для входа в «%(site)s» сюда больше не приходят.") % {
        "site": settings.SITE_NAME
    }


def over_words() -> str:
    return _("Эта ссылка больше не действует. Начните ещё раз в профиле кабинета: %(link)s") % {
        "link": site_link("profile")
    }


def greeting_words() -> str:
    return _(
        "Здесь «%(site)s» присылает коды для входа. Чтобы получать их, привяжите этот чат в профиле кабинета: %(link)s"
    ) % {"site": settings.SITE_NAME, "link": site_link("profile")}


def tell_linked(*, user: User, messenger: Messenger, called: str, at: datetime) -> None:
    """Tell every proven contact of the person that codes can come there from now on."""
    sentence = _(
        "К вашему личному кабинету привязан %(messenger)s (%(called)s): туда можно получить код для входа."
    ) % {"messenger": messenger.label, "called": called}
    messages.tell_keys_changed(
        user=user, subject=_("Изменились способы входа"), sentence=sentence, at=at
    )


def tell_unlinked(*, user: User, messenger: Messenger, at: datetime) -> None:
    sentence = _("От вашего личного кабинета отвязан %(messenger)s: коды туда не приходят.") % {
        "messenger": messenger.label
    }
    messages.tell_keys_changed(
        user=user, subject=_("Изменились способы входа"), sentence=sentence, at=at
    )

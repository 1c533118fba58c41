"""The parts of the entry page that a deployment may leave out (IDN-01): one that is off is off everywhere.

No link, no page, no operation (docs/decisions/0041). ``is_on`` is the one question; views and templates ask it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kabinet.kernel.errors import Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class EntryPart(StrEnum):
    """``KABINET_ENTRY_BLOCKS`` names them. The last five are words on the page and have nothing behind them to refuse.

    Legal texts stay where they are without ``DOCUMENTS``: the law wants them open to everybody (152-ФЗ, ст. 18.1).
    """

    REGISTRATION = "registration"
    RECOVERY = "recovery"
    CODE = "code"
    QR = "qr"
    PASSKEY = "passkey"
    OUTSIDE = "outside"
    GUEST_READINGS = "guest-readings"
    GUEST_PAYMENT = "guest-payment"
    DOCUMENTS = "documents"
    ABOUT = "about"
    SUPPORT = "support"
    APPS = "apps"
    LOGO = "logo"


REFUSALS: Mapping[EntryPart, StrOrPromise] = {
    EntryPart.REGISTRATION: _("Новые личные кабинеты здесь не создаются."),
    EntryPart.RECOVERY: _("Задать новый пароль вместо забытого здесь нельзя."),
    EntryPart.CODE: _("Вход по коду здесь не предлагается."),
    EntryPart.QR: _("Вход по QR-коду здесь не предлагается."),
    EntryPart.PASSKEY: _("Вход по отпечатку, лицу или ПИН-коду здесь не предлагается."),
    EntryPart.OUTSIDE: _("Вход через другие сервисы здесь не предлагается."),
    EntryPart.GUEST_READINGS: _("Без входа показания здесь не принимаются."),
    EntryPart.GUEST_PAYMENT: _("Оплата без входа здесь не предлагается."),
}


class PartOff(Refused):
    """What was asked for belongs to a part that this deployment leaves out."""

    def __init__(self, part: EntryPart) -> None:
        super().__init__(REFUSALS[part])
        self.part = part


def is_on(part: EntryPart) -> bool:
    return part.value in settings.ENTRY_BLOCKS


def require_on(part: EntryPart) -> None:
    """:raises PartOff: this deployment leaves the part out."""
    if not is_on(part):
        raise PartOff(part)

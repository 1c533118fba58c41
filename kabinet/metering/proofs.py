from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.calculations import serial_key
from kabinet.accounts.models import Account
from kabinet.accounts.proofs import BadAnswer
from kabinet.metering.enums import MeterState
from kabinet.metering.models import Meter


class MeterSerialProof:
    """The serial of any meter that is in place on the account (ACC-10, 16)."""

    def require_answerable(self, answer: str) -> None:
        if not serial_key(answer):
            raise BadAnswer(_("Введите заводской номер: он выбит на счётчике и стоит в паспорте."))

    def has_data(self, account: Account, *, today: date) -> bool:  # noqa: ARG002 -- the protocol's shape
        return _in_place(account).exists()

    def accepts(self, account: Account, *, answer: str, today: date) -> bool:  # noqa: ARG002 -- same
        serials = _in_place(account).values_list("serial", flat=True)
        return serial_key(answer) in {serial_key(serial) for serial in serials}


def _in_place(account: Account) -> QuerySet[Meter]:
    return Meter.objects.filter(account=account).exclude(state=MeterState.REMOVED)

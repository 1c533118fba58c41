"""Proofs of an account over its bills and payments (ACC-08, 09, 17). A sum of zero proves nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.calculations import kopecks, roubles
from kabinet.accounts.models import Account
from kabinet.accounts.proofs import BadAnswer
from kabinet.billing.models import Bill, PostedPayment
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

BILL_MONTHS = 2
PAYMENT_DAYS = 365


class LastChargeProof:
    """The latest month's charge in kopecks, as one of its bills has it or all of them together (ACC-17)."""

    def require_answerable(self, answer: str) -> None:
        if kopecks(answer) is None:
            raise BadAnswer(
                _("Нужны только цифры, сумма в копейках: 314 руб. 72 коп. — это 31472.")
            )

    def has_data(self, account: Account, *, today: date) -> bool:  # noqa: ARG002 -- the protocol's shape
        return bool(_last_charges(account))

    def accepts(self, account: Account, *, answer: str, today: date) -> bool:  # noqa: ARG002 -- same
        return kopecks(answer) in _last_charges(account)


class DueProof:
    """The amount due or overpaid in any bill of the last two months (ACC-08)."""

    def require_answerable(self, answer: str) -> None:
        _require_roubles(answer)

    def has_data(self, account: Account, *, today: date) -> bool:
        return _recent_bills(account, today).exists()

    def accepts(self, account: Account, *, answer: str, today: date) -> bool:
        sums = _recent_bills(account, today).values_list("total", "penalty_total")
        known = {
            abs(figure)
            for total, penalty in sums
            for figure in (total, total + (penalty or Decimal(0)))
        }
        return roubles(answer) in known - {Decimal(0)}


class PaymentProof:
    """The sum of any payment of the last year (ACC-09)."""

    def require_answerable(self, answer: str) -> None:
        _require_roubles(answer)

    def has_data(self, account: Account, *, today: date) -> bool:
        return _recent_payments(account, today).exists()

    def accepts(self, account: Account, *, answer: str, today: date) -> bool:
        sums = _recent_payments(account, today).values_list("amount", "penalty")
        return roubles(answer) in {
            figure
            for amount, penalty in sums
            for figure in (amount, amount + (penalty or Decimal(0)))
        }


def _require_roubles(answer: str) -> None:
    if roubles(answer) is None:
        raise BadAnswer(_("Введите сумму в рублях, например 1243,56."))


def _last_charges(account: Account) -> set[int]:
    bills = Bill.objects.filter(account=account, final=True).order_by("-period", "pk")
    newest = list(bills.values_list("period", "charged")[:20])
    charges = [Money(charged) for period, charged in newest if period == newest[0][0]]
    known = {charge.kopecks for charge in (*charges, Money.total(charges))}
    return {kopecks for kopecks in known if kopecks > 0}


def _recent_bills(account: Account, today: date) -> QuerySet[Bill]:
    # The bill of a month comes in the month after it, so two months back is where the last two bills are.
    since = Period.of(today).plus(-BILL_MONTHS).first_day
    return Bill.objects.filter(account=account, period__gte=since).exclude(
        Q(total=0) & (Q(penalty_total=0) | Q(penalty_total=None))
    )


def _recent_payments(account: Account, today: date) -> QuerySet[PostedPayment]:
    since = today - timedelta(days=PAYMENT_DAYS)
    return PostedPayment.objects.filter(account=account, received_on__gte=since, amount__gt=0)

"""What the bank's books say of a time: its own list, or, where it gives none, its word on each payment of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from kabinet.kernel.secrets import SecretUnreadable
from kabinet.payments.enums import AttemptState, EntryKind, RefundState
from kabinet.payments.gateways.base import (
    Gateway,
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    MerchantAccess,
    TruthState,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Attempt, Merchant, Reconciliation, Refund
from kabinet.payments.operations.access import access_to

# Each costs a call; a day with more is not compared rather than in part.
MOST_CALLS = 2_000

Row = tuple[EntryKind, str, Decimal, datetime]


class PullFailed(Exception):  # noqa: N818 -- a fact, not an error
    """The bank's books could not be read; the text is for the desk's page."""


@dataclass(frozen=True, slots=True)
class Pulled:
    rows: Sequence[Row]

    def write_down(self, run: Reconciliation) -> None:
        """Take the place of what the day's books said before; in the caller's transaction."""
        run.records.all().delete()
        with connection.cursor() as cursor:
            with cursor.copy(
                "COPY payments_bankrecord (reconciliation_id, kind, acquirer_id, amount, happened_at)"
                " FROM STDIN"
            ) as copy:
                for kind, acquirer_id, amount, happened_at in self.rows:
                    copy.write_row((run.pk, kind.value, acquirer_id, amount, happened_at))
            # The planner would take a new day for an empty one.
            cursor.execute("ANALYZE (SKIP_LOCKED) payments_bankrecord")


def pull(merchant: Merchant, *, since: datetime, until: datetime) -> Pulled:
    """Ask the bank; no transaction is open meanwhile.

    :raises PullFailed: it did not answer, or will not; nothing is known then.
    """
    try:
        bank, access = gateway(merchant.gateway), access_to(merchant)
        rows = (
            _listed(bank, access, since, until)
            if bank.abilities.listing
            else _asked_one_by_one(bank, access, since, until)
        )
        return Pulled(list({(row[0], row[1]): row for row in rows}.values()))
    except KeyError as error:
        raise PullFailed(_("Такого банка эта установка не знает.")) from error
    except SecretUnreadable as error:
        raise PullFailed(_("Секретный ключ магазина не читается: введите его заново.")) from error
    except GatewayUnavailable as error:
        raise PullFailed(_("Банк не ответил. Попробуем ещё раз через час.")) from error
    except GatewayRefused as error:
        raise PullFailed(_("Банк не отдал список: %(why)s") % {"why": error.reason}) from error


def _listed(
    bank: Gateway, access: MerchantAccess, since: datetime, until: datetime
) -> Iterable[Row]:
    for row in bank.list_day(access, since=since, until=until):
        kind = EntryKind.REFUNDED if row.is_refund else EntryKind.PAID
        yield kind, row.acquirer_id, row.amount.amount, row.happened_at


def _asked_one_by_one(
    bank: Gateway, access: MerchantAccess, since: datetime, until: datetime
) -> Iterable[Row]:
    """Only what we know of can be asked about; a payment that the bank alone has stays unseen, and the page says so."""
    attempts = Attempt.objects.filter(
        merchant=access.id,
        state=AttemptState.SUCCEEDED,
        part__merchant=access.id,
        part__paid_at__range=(since, until),
    ).select_related("part")
    refunds = Refund.objects.filter(
        attempt__merchant=access.id,
        state=RefundState.SUCCEEDED,
        finished_at__range=(since, until),
    ).select_related("attempt")
    if attempts.count() + refunds.count() > MOST_CALLS:
        words = _(
            "Банк не отдаёт список, а платежей за день больше %(most)s: сверка по одному не успевает."
        )
        raise PullFailed(words % {"most": MOST_CALLS})
    yield from _payments(bank, access, attempts.order_by("pk"))
    yield from _refunds(bank, access, refunds.order_by("pk"))


def _payments(bank: Gateway, access: MerchantAccess, attempts: Iterable[Attempt]) -> Iterable[Row]:
    for attempt in attempts:
        acquirer_id, moment = attempt.acquirer_id, attempt.part.paid_at
        if not acquirer_id or moment is None:
            continue
        try:
            truth = bank.fetch(access, acquirer_id)
        except GatewayUnknown:
            continue
        if truth.state is TruthState.SUCCEEDED:
            # Our own moment: the books are compared by number here, and a day must not lose it.
            yield EntryKind.PAID, acquirer_id, truth.amount.amount, moment


def _refunds(bank: Gateway, access: MerchantAccess, refunds: Iterable[Refund]) -> Iterable[Row]:
    for refund in refunds:
        paid, back, moment = _payment_of(refund), refund.acquirer_id, refund.finished_at
        if not paid or not back or moment is None:
            continue
        try:
            truth = bank.fetch_refund(access, paid, back)
        except GatewayUnknown:
            continue
        if truth.state is TruthState.SUCCEEDED:
            yield EntryKind.REFUNDED, back, truth.amount.amount, moment


def _payment_of(refund: Refund) -> str | None:
    return refund.of_payment or refund.attempt.acquirer_id

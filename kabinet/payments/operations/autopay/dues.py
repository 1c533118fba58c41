"""What an autopay would pay now: the lines of its card's payee, within its limit (PAY-17)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from kabinet.accounts.queries import LinkedAccountRow, get_linked_pairs
from kabinet.kernel.actors import SYSTEM
from kabinet.kernel.money import Money
from kabinet.payments.calculations.autopay_days import affordable
from kabinet.payments.calculations.splitting import NOTHING, PayLine, below_minimum, commission_of
from kabinet.payments.enums import AutopayNote
from kabinet.payments.models import Autopay
from kabinet.payments.queries import AccountPayables, MerchantRow, get_payables, get_payees
from kabinet.providers.enums import Feature, OverLimit, PayMethod


@dataclass(frozen=True, slots=True)
class Due:
    """What is owed to the card's payee and may be paid in a month; ``payee`` is None where it takes nothing now.

    ``commission`` is what the bank would take on top of ``amount``; ``most`` leaves room for it in the limit.
    """

    account: LinkedAccountRow
    payee: MerchantRow | None
    lines: tuple[PayLine, ...]
    amount: Money
    most: Money
    percent: Decimal
    pays_up_to_limit: bool

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.account.provider.timezone)

    @property
    def is_over(self) -> bool:
        return self.amount > self.most

    @property
    def is_down(self) -> bool:
        """The bank has not answered lately (PAY-38)."""
        return self.payee is None or not self.payee.works(PayMethod.AUTOPAY)

    @property
    def note(self) -> AutopayNote | None:
        """Why nothing would be taken, or None."""
        if self.payee is None or not self.payee.can(PayMethod.AUTOPAY):
            return AutopayNote.CLOSED
        if not self.amount:
            return AutopayNote.NOTHING_DUE
        if self.is_over and not (self.pays_up_to_limit and self.fitting):
            return AutopayNote.OVER_LIMIT
        return None

    @property
    def fitting(self) -> tuple[PayLine, ...]:
        """The lines as they would be paid: all of them, or their shares in what the limit leaves."""
        if not self.is_over:
            return self.lines
        shares = self.most.allocate([line.amount.kopecks for line in self.lines])
        cut = [
            PayLine(
                account_id=line.account_id,
                service_id=line.service_id,
                supplier_id=line.supplier_id,
                title=line.title,
                amount=share,
                penalty=min(line.penalty, share),
                due=line.due,
                receipt=line.receipt,
            )
            for line, share in zip(self.lines, shares, strict=True)
        ]
        return _large_enough(cut, Money(self.account.provider.policy.pay_min))

    @property
    def taken(self) -> Money:
        """What would leave the card, commission included."""
        amount = Money.total(line.amount for line in self.fitting)
        return amount + commission_of(amount, self.percent)


def get_dues(autopays: Iterable[Autopay], *, at: datetime) -> Mapping[int, Due]:
    """Give what each autopay would pay, by its id; five queries for any number.

    Those whose account is no longer open to their person for paying are left out.
    """
    wanted = [autopay for autopay in autopays if autopay.user_id is not None]
    linked = get_linked_pairs(pairs={(row.user_id or 0, row.account_id) for row in wanted})
    open_rows = {
        autopay.pk: account
        for autopay in wanted
        if (account := linked.get((autopay.user_id or 0, autopay.account_id)))
        and account.opens(Feature.PAY)
        and account.provider.policy.autopay_enabled
    }
    accounts = list(open_rows.values())
    payees = get_payees(provider_ids={row.provider.id for row in accounts}, at=at)
    payables = get_payables(actor=SYSTEM, accounts=accounts, at=at, payees=payees)
    return {
        autopay.pk: _due(autopay, open_rows[autopay.pk], payables, payees.merchants)
        for autopay in wanted
        if autopay.pk in open_rows
    }


def _due(
    autopay: Autopay,
    account: LinkedAccountRow,
    payables: Mapping[int, AccountPayables],
    merchants: Mapping[int, MerchantRow],
) -> Due:
    policy = account.provider.policy
    payee = merchants.get(autopay.card.merchant_id) if autopay.card else None
    lines = _covered(payables[account.id], payee, Money(policy.pay_min))
    percent = policy.commission_card
    limit = Money(autopay.limit)
    bound = Money(policy.pay_max)
    return Due(
        account=account,
        payee=payee,
        lines=lines,
        amount=Money.total(line.amount for line in lines),
        most=min(affordable(limit, percent), bound) if bound else affordable(limit, percent),
        percent=percent,
        pays_up_to_limit=autopay.pays_up_to_limit
        and policy.autopay_over_limit == OverLimit.PAY_LIMIT,
    )


def _covered(
    payables: AccountPayables, payee: MerchantRow | None, minimum: Money
) -> tuple[PayLine, ...]:
    """Lines of the card's payee; a supplier that is owed less than may be paid waits for the next month (PAY-03)."""
    lines = [
        PayLine(
            account_id=line.account_id,
            service_id=line.service_id,
            supplier_id=line.supplier_id,
            title=line.title,
            amount=line.due,
            penalty=line.penalty,
            due=line.due,
            receipt=line.receipt,
        )
        for line in payables.lines
        if payee is not None and line.payee is not None and line.payee.id == payee.id
        if line.due > NOTHING
    ]
    return _large_enough(lines, minimum)


def _large_enough(lines: Sequence[PayLine], minimum: Money) -> tuple[PayLine, ...]:
    small = set(below_minimum(lines, minimum))
    return tuple(
        line
        for line in lines
        if line.amount > NOTHING and (line.account_id, line.supplier_id) not in small
    )

"""A checkout goes on only as long as a new one would come to the same: what was fixed may have changed since.

However long ago it was opened: its lines must still be owed at the sums that were shown then, by the same rules and to
the same payees. Otherwise the person is told what has changed and begins anew with today's figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.guests import get_guest_account
from kabinet.accounts.models import Account
from kabinet.accounts.queries import get_linked_accounts
from kabinet.accounts.scopes import guest_accounts
from kabinet.kernel.actors import Actor, Errand
from kabinet.kernel.errors import Refused
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.calculations.splitting import NOTHING, PayLine, commission_of
from kabinet.payments.enums import EntryKind, Origin
from kabinet.payments.models import Checkout, CheckoutItem, CheckoutPart, LedgerEntry
from kabinet.payments.operations.checkouts import percent_of, require_bounds
from kabinet.payments.queries.cart import line_for
from kabinet.payments.queries.merchants import MerchantRow, Payees, get_payees
from kabinet.payments.queries.payables import AccountPayables, get_payables
from kabinet.providers.enums import PayMethod

_ERRANDS = {Origin.GUEST: Errand.PAYING, Origin.LINK: Errand.PAYING_BY_LINK}
_A_MOMENT = timedelta(minutes=1)


class NoLongerPayable(Refused):
    message = _(
        "Продолжить эту оплату нельзя: с её начала изменился счёт, получатель, комиссия или карта. Откройте оплату счёта заново."
    )


@dataclass(frozen=True, slots=True)
class SumChange:
    """A line was owed at ``was`` when the payment was begun, and is at ``now``; zero where it is owed no more."""

    title: str
    account_number: str
    was: Money
    now: Money


class SumsChanged(NoLongerPayable):
    """``changes`` are the lines that are owed at other sums today."""

    message = _(
        "Пока эта оплата ждала, поставщик или другой платёж изменил суммы. По старым мы её не проведём: сейчас ничего не списано."
    )

    def __init__(self, changes: Sequence[SumChange]) -> None:
        self.changes = changes
        super().__init__()


def require_still_payable(
    *, actor: Actor, checkout: Checkout, part: CheckoutPart, at: datetime
) -> None:
    """Call before a part gets a new attempt.

    What the checkout's own other parts have paid changes nothing; nor does, where it was opened to pay ``again``, what
    has been paid since.

    :raises NoLongerPayable: the account is closed to this payer, its money goes elsewhere or costs another commission,
        the card was removed, or the same line was paid by another checkout.
    :raises SumsChanged: the lines are owed at other sums today.
    :raises SumTooSmall: the provider takes no such small sums any more.
    :raises SumTooLarge: nor such large ones.
    """
    items = list(
        CheckoutItem.objects.filter(part=part)
        .select_related("account__provider__policy")
        .order_by("position")
    )
    if not _are_open(actor, checkout, items):
        raise NoLongerPayable
    payees = get_payees(provider_ids={item.account.provider_id for item in items}, at=at)
    card = checkout.saved_card
    is_removed = card is not None and card.removed_at is not None
    if is_removed or not _go_to(part, items, payees) or not _costs_the_same(checkout, part, items):
        raise NoLongerPayable
    # A card's binding payment is of no bill.
    if checkout.origin != Origin.AUTOPAY:
        require_bounds([_to_line(item) for item in items], _accounts(items))
        _require_same_sums(items, _today(actor, checkout, items, payees, at))
    if not checkout.again and _are_paid(checkout, items):
        raise NoLongerPayable


def _are_open(actor: Actor, checkout: Checkout, items: Sequence[CheckoutItem]) -> bool:
    wanted = {item.account_id for item in items}
    return _payable(actor, checkout).filter(pk__in=wanted).count() == len(wanted)


def _payable(actor: Actor, checkout: Checkout) -> QuerySet[Account]:
    if checkout.user_id is not None:
        return scopes.payable_accounts(actor)
    return guest_accounts(_ERRANDS[Origin(checkout.origin)])


def _go_to(part: CheckoutPart, items: Sequence[CheckoutItem], payees: Payees) -> bool:
    found = [
        payees.of(provider_id=item.account.provider_id, supplier_id=item.supplier_id)
        for item in items
    ]
    return all(
        payee is not None and payee.id == part.merchant_id for payee in found
    ) and _fit_one_payment(items, found)


def _fit_one_payment(items: Sequence[CheckoutItem], payees: Sequence[MerchantRow | None]) -> bool:
    """A contract may have come to need a payment of its own for each account (facts §3.3)."""
    keys = {
        payee.part_key(item.account_id) for item, payee in zip(items, payees, strict=True) if payee
    }
    return len(keys) <= 1


def _costs_the_same(checkout: Checkout, part: CheckoutPart, items: Sequence[CheckoutItem]) -> bool:
    percent = percent_of(items[0].account.provider.policy, PayMethod(checkout.method))
    return commission_of(Money(part.amount), percent) == Money(part.commission)


def _accounts(items: Sequence[CheckoutItem]) -> Mapping[int, Account]:
    return {item.account_id: item.account for item in items}


def _to_line(item: CheckoutItem) -> PayLine:
    return PayLine(
        account_id=item.account_id,
        service_id=item.service_id,
        supplier_id=item.supplier_id,
        title=item.title,
        amount=Money(item.amount),
        penalty=Money(item.penalty),
        due=Money(item.due),
        receipt=item.receipt,
    )


def _today(
    actor: Actor,
    checkout: Checkout,
    items: Sequence[CheckoutItem],
    payees: Payees,
    at: datetime,
) -> Mapping[int, AccountPayables]:
    """What the payment page would ask for now, had this checkout not paid anything yet."""
    besides = Q(item__part__checkout=checkout)
    if checkout.again:
        besides |= Q(happened_at__gt=checkout.created_at)
    wanted = _accounts(items)
    if checkout.user_id is not None:
        rows = [row for row in get_linked_accounts(actor=actor) if row.id in wanted]
        return get_payables(actor=actor, accounts=rows, at=at, payees=payees, besides=besides)
    (account_id,) = wanted
    # Whoever has this checkout has proved the account when it was opened, and sees no more than its sum.
    guest = Actor.guest(account_id, until=at + _A_MOMENT, errand=_ERRANDS[Origin(checkout.origin)])
    row = get_guest_account(actor=guest, at=at)
    return get_payables(actor=guest, accounts=[row], at=at, payees=payees, besides=besides)


def _require_same_sums(items: Sequence[CheckoutItem], today: Mapping[int, AccountPayables]) -> None:
    changes = [
        change for item in items if (change := _change(item, today[item.account_id])) is not None
    ]
    if changes:
        raise SumsChanged(changes)


def _change(item: CheckoutItem, account: AccountPayables) -> SumChange | None:
    """Nothing can be compared where the provider tells nothing: then an advance is paid."""
    if account.as_of is None:
        return None
    line = line_for(account, (item.service_id, item.supplier_id), item.receipt)
    was, now = Money(item.due), line.due if line else NOTHING
    if was == now or (line and was == line.ahead):
        return None
    return SumChange(item.title, item.account.number, was, now)


def _are_paid(checkout: Checkout, items: Sequence[CheckoutItem]) -> bool:
    """One of the lines was paid by somebody since: its sum is no longer what is due."""
    lines = {(item.account_id, item.service_id, item.supplier_id, item.receipt) for item in items}
    since = LedgerEntry.objects.filter(
        kind=EntryKind.PAID,
        account__in={item.account_id for item in items},
        happened_at__gt=checkout.created_at,
    ).exclude(item__part__checkout=checkout)
    paid = since.values_list("account", "item__service", "item__supplier", "item__receipt")
    return not lines.isdisjoint(paid)

"""Opening a checkout: items, sums and payees are fixed once, in one transaction (design §6, step 1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.accounts.models import Account
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.calculations.splitting import (
    PartPlan,
    PayLine,
    below_minimum,
    is_above,
    split,
)
from kabinet.payments.enums import Origin
from kabinet.payments.models import Checkout, CheckoutItem, CheckoutPart, SavedCard
from kabinet.payments.offers import AUTOPAY_OFFER, CARD_OFFER
from kabinet.payments.operations.items import to_items
from kabinet.payments.operations.offers import accept_offer
from kabinet.payments.operations.quiet import require_quiet
from kabinet.payments.queries.checkouts import CheckoutNotFound
from kabinet.payments.queries.merchants import MerchantRow, Payees, get_payees
from kabinet.providers.enums import PayMethod
from kabinet.providers.models import Provider, ProviderPolicy, Service, Supplier

BY_TOKEN = (PayMethod.SAVED_CARD, PayMethod.AUTOPAY)


class AccountNotPayable(NotVisible):
    """An account is not there, or not open to this person for paying."""


class LineNotThere(NotVisible):
    """A line names a service or a supplier that the account's provider does not have."""


class NothingToPay(Refused):
    message = gettext_lazy("Не выбрано, за что платить. Отметьте хотя бы одну строку.")


class NoPayee(Refused):
    """A line's supplier takes no money through the cabinet (PAY-02)."""

    def __init__(self, title: str) -> None:
        words = _("«%(title)s» здесь оплатить нельзя: поставщик не подключил оплату.")
        super().__init__(words % {"title": title})


class SumTooSmall(Refused):
    """``pairs`` are the (account, supplier) that get too little (PAY-03)."""

    def __init__(self, minimum: Money, pairs: Sequence[tuple[int, int | None]]) -> None:
        self.pairs = pairs
        words = _("Одному получателю можно заплатить не меньше %(sum)s ₽.")
        super().__init__(words % {"sum": _written(minimum)})


class SumTooLarge(Refused):
    def __init__(self, maximum: Money) -> None:
        words = _("За один раз можно заплатить не больше %(sum)s ₽. Разделите платёж на части.")
        super().__init__(words % {"sum": _written(maximum)})


class MethodNotOffered(Refused):
    message = gettext_lazy("Этим способом здесь заплатить нельзя. Выберите другой.")


class MethodDown(Refused):
    message = gettext_lazy("Этот способ сейчас не работает: банк не отвечает. Выберите другой.")


class CardNotUsable(Refused):
    message = gettext_lazy("Этой картой здесь заплатить нельзя. Выберите другую или введите новую.")


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """What the form says. ``key`` is the form's own: the same press again is the same checkout (PAY-46).

    ``session`` ties a guest's checkout to the browser that opened it. ``again``: the person knows that a payment of
    the same account is under way. ``is_binding``: the small payment that connects an autopay has no lower bound.
    """

    key: uuid.UUID
    lines: Sequence[PayLine]
    method: PayMethod
    origin: Origin
    email: str = ""
    phone: str = ""
    save_card: bool = False
    saved_card: uuid.UUID | None = None
    session: str = ""
    again: bool = False
    is_binding: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that was checked."""

    order: CheckoutOrder
    parts: Sequence[PartPlan]
    card: SavedCard | None


@transaction.atomic
def open_checkout(*, actor: Actor, order: CheckoutOrder, at: datetime) -> uuid.UUID:
    """Fix what is paid and to whom; gives the checkout's public id. Nothing is taken yet.

    The same key from the same person gives the same checkout, whatever else the form says.

    :raises CheckoutNotFound: the key is another person's.
    :raises AccountNotPayable: a line's account is not open to the actor for paying.
    :raises NothingToPay: there are no lines.
    :raises LineNotThere: a line's service or supplier is another provider's.
    :raises NoPayee: a line can't be paid here.
    :raises SumTooSmall: a payee would get less than its provider takes.
    :raises SumTooLarge: more than the provider takes at once.
    :raises MethodNotOffered: the provider or its bank does not know the method.
    :raises MethodDown: it does not work at present.
    :raises CardNotUsable: the saved card is not there, or works with another payee.
    :raises AlreadyUnderWay: an account of it is being paid and ``again`` is not set.
    """
    if not order.lines:
        raise NothingToPay
    accounts = _lock_accounts(actor, order)
    earlier = Checkout.objects.filter(key=order.key).first()
    if earlier is not None:
        return _same_press(actor, order, earlier)
    if not order.again:
        require_quiet(accounts.keys())
    plan = _plan(actor, order, accounts, at)
    try:
        with transaction.atomic():
            return _write(actor, plan, at)
    except IntegrityError as error:
        if not Checkout.objects.filter(key=order.key).exists():
            raise
        # Somebody else has come with the same key at the same moment, for other accounts.
        raise CheckoutNotFound from error


def _lock_accounts(actor: Actor, order: CheckoutOrder) -> Mapping[int, Account]:
    """Two presses about one account wait for each other here; keys of rows keep them from waiting in a ring."""
    wanted = {line.account_id for line in order.lines}
    rows = scopes.payable_accounts(actor).filter(pk__in=wanted).values("pk")
    accounts = (
        Account.objects.filter(pk__in=rows)
        .select_related("provider__policy")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    found = {account.pk: account for account in accounts}
    if set(found) != wanted:
        raise AccountNotPayable
    return found


def _same_press(actor: Actor, order: CheckoutOrder, earlier: Checkout) -> uuid.UUID:
    is_mine = (
        earlier.user_id == actor.user_id
        if actor.kind is ActorKind.CUSTOMER
        else bool(order.session) and earlier.subject_hash == order.session
    )
    if not is_mine:
        raise CheckoutNotFound
    if order.again and not earlier.again:
        Checkout.objects.filter(pk=earlier.pk).update(again=True)
    return earlier.public_id


def _plan(
    actor: Actor, order: CheckoutOrder, accounts: Mapping[int, Account], at: datetime
) -> _Plan:
    _require_own(order.lines, accounts)
    payees = get_payees(provider_ids={row.provider_id for row in accounts.values()}, at=at)
    merchants = [_payee(line, accounts, payees) for line in order.lines]
    if not order.is_binding:
        require_bounds(order.lines, accounts)
    _require_method(order, merchants, accounts)
    percents = {
        row.id: percent_of(_policy(accounts, row.provider_id), order.method) for row in merchants
    }
    keys = [row.part_key(line.account_id) for line, row in zip(order.lines, merchants, strict=True)]
    parts = split(order.lines, keys, percents)
    return _Plan(order, parts, _card(actor, order, parts))


def _payee(line: PayLine, accounts: Mapping[int, Account], payees: Payees) -> MerchantRow:
    provider_id = accounts[line.account_id].provider_id
    payee = payees.of(provider_id=provider_id, supplier_id=line.supplier_id)
    if payee is None:
        raise NoPayee(line.title)
    return payee


def _policy(accounts: Mapping[int, Account], provider_id: int) -> ProviderPolicy:
    return next(row.provider.policy for row in accounts.values() if row.provider_id == provider_id)


def _require_own(lines: Sequence[PayLine], accounts: Mapping[int, Account]) -> None:
    """What is paid is a service and a supplier of the account's own provider, so that nobody else gets its money."""
    services = _providers(Service.objects.all(), [line.service_id for line in lines])
    suppliers = _providers(Supplier.objects.all(), [line.supplier_id for line in lines])
    for line in lines:
        own = accounts[line.account_id].provider_id
        asked = ((services, line.service_id), (suppliers, line.supplier_id))
        if any(pk is not None and known.get(pk) != own for known, pk in asked):
            raise LineNotThere


def _providers(
    rows: QuerySet[Service] | QuerySet[Supplier], ids: Sequence[int | None]
) -> Mapping[int, int]:
    named = [pk for pk in ids if pk is not None]
    return dict(rows.filter(pk__in=named).values_list("pk", "provider_id"))


def require_bounds(lines: Sequence[PayLine], accounts: Mapping[int, Account]) -> None:
    """Each provider's own bounds hold for the lines of its accounts; they are inclusive (PAY-03).

    :raises SumTooSmall: a payee would get less than its provider takes.
    :raises SumTooLarge: more than the provider takes at once.
    """
    for provider_id in sorted({row.provider_id for row in accounts.values()}):
        policy = _policy(accounts, provider_id)
        own = [line for line in lines if accounts[line.account_id].provider_id == provider_id]
        small = below_minimum(own, Money(policy.pay_min))
        if small:
            raise SumTooSmall(Money(policy.pay_min), small)
        maximum = Money(policy.pay_max)
        if is_above(Money.total(line.amount for line in own), maximum):
            raise SumTooLarge(maximum)


def _require_method(
    order: CheckoutOrder, merchants: Sequence[MerchantRow], accounts: Mapping[int, Account]
) -> None:
    for account in accounts.values():
        policy = account.provider.policy
        allowed = (
            policy.autopay_enabled
            if order.method is PayMethod.AUTOPAY
            else order.method in policy.pay_methods
        )
        # The first payment of an autopay is by a new card even where cards are not offered otherwise.
        if not allowed and not order.is_binding:
            raise MethodNotOffered
    if not all(row.can(order.method) for row in merchants):
        raise MethodNotOffered
    if not all(row.works(order.method) for row in merchants):
        raise MethodDown


def percent_of(policy: ProviderPolicy, method: PayMethod) -> Decimal:
    """Give the commission that the provider lets its payers pay (PAY-37)."""
    return policy.commission_sbp if method is PayMethod.SBP else policy.commission_card


def _card(actor: Actor, order: CheckoutOrder, parts: Sequence[PartPlan]) -> SavedCard | None:
    if order.method not in BY_TOKEN:
        return None
    if order.saved_card is None:
        raise CardNotUsable
    card = scopes.own_cards(actor).filter(public_id=order.saved_card).first()
    if card is None or any(part.merchant_id != card.merchant_id for part in parts):
        raise CardNotUsable
    return card


def _write(actor: Actor, plan: _Plan, at: datetime) -> uuid.UUID:
    order = plan.order
    saves_card = order.save_card and actor.kind is ActorKind.CUSTOMER
    checkout = Checkout.objects.create(
        key=order.key,
        user_id=actor.user_id,
        subject_hash=order.session,
        origin=order.origin,
        method=order.method,
        saved_card=plan.card,
        save_card=saves_card,
        offers=_accepted(plan, at) if saves_card else {},
        again=order.again,
        amount=Money.total(part.amount for part in plan.parts).amount,
        commission=Money.total(part.commission for part in plan.parts).amount,
        receipt_email=order.email,
        receipt_phone=order.phone,
        address=actor.address,
        created_at=at,
    )
    for number, part in enumerate(plan.parts, start=1):
        _write_part(checkout, number, part)
    audit.record(
        actor,
        "payments.checkout.open",
        checkout,
        at=at,
        amount=str(checkout.amount),
        key=str(order.key),
    )
    return checkout.public_id


def _accepted(plan: _Plan, at: datetime) -> dict[str, str]:
    """The versions of the offers that go with saving a card, by the provider's code (PAY-41)."""
    kind = AUTOPAY_OFFER if plan.order.is_binding else CARD_OFFER
    payees = {part.merchant_id for part in plan.parts}
    providers = Provider.objects.filter(merchants__in=payees).distinct().order_by("code")
    return {row.code: accept_offer(kind, provider_id=row.pk, at=at) for row in providers}


def _write_part(checkout: Checkout, number: int, plan: PartPlan) -> None:
    part = CheckoutPart.objects.create(
        checkout=checkout,
        number=number,
        merchant_id=plan.merchant_id,
        amount=plan.amount.amount,
        commission=plan.commission.amount,
    )
    CheckoutItem.objects.bulk_create(to_items(part, plan.lines, plan.shares))


def _written(amount: Money) -> str:
    return f"{amount.amount:,.2f}".replace(",", "\u00a0").replace(".", ",")

"""What a person does with the cart (PAY-02, 30–34): one change at a time, so two tabs and two clicks meet in order."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.operations.links import lock_person
from kabinet.accounts.queries import AccountNotFound, LinkedAccountRow, get_linked_accounts
from kabinet.identity.models import User
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.calculations.splitting import NOTHING
from kabinet.payments.enums import PartState
from kabinet.payments.models import CartItem, CheckoutItem
from kabinet.payments.queries.cart import asked_for, get_cart, line_for
from kabinet.payments.queries.cart_rows import CartLineRow, LineState
from kabinet.payments.queries.checkouts import CheckoutNotFound
from kabinet.payments.queries.payables import AccountPayables, PayableLine, get_payables
from kabinet.providers.enums import Feature


class CartLineNotFound(NotVisible):
    pass


class NothingIsDue(Refused):
    message = _(
        "Платить сейчас нечего, поэтому в корзину ничего не добавлено. Внести деньги вперёд можно со страницы счёта."
    )


class NotPayableHere(Refused):
    message = _(
        "Этот счёт здесь оплатить нельзя: поставщик не подключил оплату. Реквизиты есть в счёте."
    )


class SumNotPositive(Refused):
    message = _("Сумма должна быть больше нуля. Если платить не нужно, уберите строку.")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lines to put in: of one account or, without it, of all; of one receipt, of one supplier, of one service.

    ``is_ahead``: with the preliminary charge of the month that is not closed (PAY-32).
    """

    account: uuid.UUID | None = None
    receipt: str | None = None
    supplier_id: int | None = None
    service_id: int | None = None
    is_ahead: bool = False

    def takes(self, line: PayableLine) -> bool:
        return (
            (self.receipt is None or line.receipt == self.receipt)
            and (self.supplier_id is None or line.supplier_id == self.supplier_id)
            and (self.service_id is None or line.service_id == self.service_id)
        )


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A sum that the person typed for a line; ``amount`` holds ``penalty``."""

    place: tuple[int | None, int | None]
    receipt: str
    amount: Money
    penalty: Money


@dataclass(frozen=True, slots=True)
class _New:
    line: PayableLine
    amount: Money
    penalty: Money
    is_edited: bool
    is_ahead: bool


@transaction.atomic
def put_in_cart(*, actor: Actor, choice: Choice, at: datetime) -> int:
    """Put what is due into the cart and give the number of lines; again changes their sums and doubles nothing.

    :raises AccountNotFound: the account is not linked to this person, or not open to them for paying.
    :raises NotPayableHere: nobody takes money for it here.
    :raises NothingIsDue: nothing is owed on the chosen lines.
    """
    user = lock_person(actor)
    payables = _payables(actor, choice.account, at)
    lines = [line for account in payables for line in account.lines if choice.takes(line)]
    if lines and not any(line.payee for line in lines):
        raise NotPayableHere
    asked = [(line, asked_for(line, is_ahead=choice.is_ahead)) for line in lines if line.payee]
    due = [
        _New(line, amount, line.penalty, is_edited=False, is_ahead=_has_ahead(line, choice))
        for line, amount in asked
        if amount
    ]
    if not due:
        raise NothingIsDue
    _write(user, due, at)
    audit.record(actor, "payments.cart.put", user, at=at, lines=len(due))
    _drop_former(actor, payables, lines)
    return len(due)


def _has_ahead(line: PayableLine, choice: Choice) -> bool:
    return choice.is_ahead and line.ahead is not None


@transaction.atomic
def put_typed_in_cart(
    *, actor: Actor, account_id: uuid.UUID, lines: Sequence[TypedLine], at: datetime
) -> int:
    """Put lines in at the sums that the person typed, an advance among them (PAY-23).

    :raises AccountNotFound: the account is not linked to this person, or not open to them for paying.
    :raises CartLineNotFound: the provider has no such line.
    :raises NotPayableHere: nobody takes money for it here.
    :raises SumNotPositive: a sum is zero or less.
    """
    user = lock_person(actor)
    (payables,) = _payables(actor, account_id, at)
    new = [_typed(payables, line) for line in lines]
    if not new:
        raise NothingIsDue
    _write(user, new, at)
    _drop_former(actor, [payables], [one.line for one in new])
    audit.record(actor, "payments.cart.put", user, at=at, lines=len(new))
    return len(new)


def _typed(payables: AccountPayables, typed: TypedLine) -> _New:
    line = line_for(payables, typed.place, typed.receipt)
    if line is None:
        raise CartLineNotFound
    if line.payee is None:
        raise NotPayableHere
    _require_sum(typed.amount, typed.penalty)
    is_edited = (typed.amount, typed.penalty) != (line.due, line.penalty)
    return _New(line, typed.amount, typed.penalty, is_edited=is_edited, is_ahead=False)


@transaction.atomic
def repeat_in_cart(*, actor: Actor, checkout_id: uuid.UUID, at: datetime) -> int:
    """Put the lines of an earlier checkout into the cart: those that did not go through, or all if everything did.

    What was not paid comes at the sum that was typed then while that much is due, and at what is due now when that has
    changed; what was paid comes at what is due now, or at the same sum again where nothing is. Lines that can't be paid
    any more are left out.

    :raises CheckoutNotFound: it is another person's, or is not there.
    :raises NotPayableHere: none of its lines can be paid now.
    :raises NothingIsDue: they could be, and nothing is owed on them any more.
    """
    user = lock_person(actor)
    checkout = scopes.own_checkouts(actor).filter(public_id=checkout_id).first()
    if checkout is None:
        raise CheckoutNotFound
    items = CheckoutItem.objects.filter(part__checkout=checkout).select_related("part")
    every = list(items.order_by("part__number", "position"))
    unpaid = [item for item in every if item.part.state == PartState.OPEN]
    known = {row.account.id: row for row in _payables(actor, None, at)}
    found = [
        (item, line, known[item.account_id])
        for item in unpaid or every
        if (line := _line_of(item, known.get(item.account_id))) is not None
    ]
    if not found:
        raise NotPayableHere
    again = [one for row in found if (one := _again(*row)) is not None]
    new = {(one.line.account_id, one.line.place, one.line.receipt): one for one in again}
    if not new:
        raise NothingIsDue
    _write(user, list(new.values()), at)
    _drop_former(actor, known.values(), [one.line for one in new.values()])
    audit.record(actor, "payments.cart.repeat", user, at=at, lines=len(new))
    return len(new)


def _line_of(item: CheckoutItem, payables: AccountPayables | None) -> PayableLine | None:
    if payables is None:
        return None
    line = line_for(payables, (item.service_id, item.supplier_id), item.receipt)
    return line if line is not None and line.payee is not None else None


def _again(item: CheckoutItem, line: PayableLine, account: AccountPayables) -> _New | None:
    is_open = item.part.state == PartState.OPEN
    is_as_it_was = account.as_of is None or Money(item.due) in (line.due, line.ahead)
    if line.due and not (is_open and is_as_it_was):
        return _New(line, line.due, line.penalty, is_edited=False, is_ahead=False)
    if is_open and not is_as_it_was:
        return None
    sums = Money(item.amount), Money(item.penalty)
    return _New(line, *sums, is_edited=sums != (line.due, line.penalty), is_ahead=False)


@transaction.atomic
def save_cart(*, actor: Actor, sums: Mapping[uuid.UUID, tuple[Money, Money]], at: datetime) -> None:
    """Keep the sums as the page shows them, (whole, penalty) by line; lines not named stay as they are.

    What the provider has changed counts as seen from now on, and lines on which nothing is due any more go.
    A line that another tab has removed meanwhile is left out.

    :raises SumNotPositive: a sum is zero or less.
    """
    lock_person(actor)
    # Locked before they are read: a payment that is settled meanwhile takes its lines out.
    kept = {item.public_id: item for item in _locked(scopes.kept_cart(actor))}
    changed, gone = [], []
    for row in get_cart(actor=actor, accounts=get_linked_accounts(actor=actor), at=at).lines:
        item = kept[row.public_id]
        if row.state in {LineState.SETTLED, LineState.GONE} and row.public_id not in sums:
            gone.append(item.pk)
        elif not row.stops:
            changed.append(_seen(item, row, sums.get(row.public_id)))
    CartItem.objects.filter(pk__in=gone).delete()
    CartItem.objects.bulk_update(
        changed, ["amount", "penalty", "told", "told_penalty", "is_edited", "receipt"]
    )


def _seen(item: CartItem, row: CartLineRow, typed: tuple[Money, Money] | None) -> CartItem:
    amount, penalty = typed or (row.amount, row.penalty)
    _require_sum(amount, penalty)
    asked = (row.due, row.due_penalty)
    item.amount, item.penalty = amount.amount, penalty.amount
    item.told, item.told_penalty = row.due.amount, row.due_penalty.amount
    item.is_edited = (amount, penalty) != asked
    return item


def _require_sum(amount: Money, penalty: Money) -> None:
    if amount <= NOTHING or penalty < NOTHING or penalty > amount:
        raise SumNotPositive


@transaction.atomic
def remove_from_cart(*, actor: Actor, line_id: uuid.UUID, at: datetime) -> None:
    """Take one line out; twice is once (PAY-34)."""
    _delete(actor, lock_person(actor), scopes.kept_cart(actor).filter(public_id=line_id), at)


@transaction.atomic
def clear_cart(*, actor: Actor, at: datetime) -> None:
    """Take everything out (PAY-33)."""
    _delete(actor, lock_person(actor), scopes.kept_cart(actor), at)


@transaction.atomic
def drop_unpayable(*, actor: Actor, at: datetime) -> None:
    """Take out what can't be paid now, so that the rest can (PAY-30)."""
    user = lock_person(actor)
    cart = get_cart(actor=actor, accounts=get_linked_accounts(actor=actor), at=at)
    good = [line.public_id for line in cart.lines if not line.stops]
    _delete(actor, user, scopes.kept_cart(actor).exclude(public_id__in=good), at)


def _delete(actor: Actor, user: User, items: QuerySet[CartItem], at: datetime) -> None:
    found = [item.pk for item in _locked(items)]
    if found:
        CartItem.objects.filter(pk__in=found).delete()
        audit.record(actor, "payments.cart.remove", user, at=at, lines=len(found))


def _locked(items: QuerySet[CartItem]) -> Sequence[CartItem]:
    """Rows in the order in which settling takes them out, so that neither waits for the other in a ring."""
    return list(items.order_by("pk").select_for_update(of=("self",)))


def _payables(
    actor: Actor, account_id: uuid.UUID | None, at: datetime
) -> Sequence[AccountPayables]:
    accounts = [
        account
        for account in get_linked_accounts(actor=actor)
        if _is_meant(account, account_id) and account.opens(Feature.PAY)
    ]
    if account_id is not None and not accounts:
        raise AccountNotFound
    return list(get_payables(actor=actor, accounts=accounts, at=at).values())


def _is_meant(account: LinkedAccountRow, account_id: uuid.UUID | None) -> bool:
    return account_id is None or account.public_id == account_id


def _write(user: User, lines: Sequence[_New], at: datetime) -> None:
    """Make the lines or change them: the table has one row for each account, service, supplier and receipt."""
    CartItem.objects.bulk_create(
        [
            CartItem(
                user=user,
                account_id=new.line.account_id,
                service_id=new.line.service_id,
                supplier_id=new.line.supplier_id,
                receipt=new.line.receipt,
                amount=new.amount.amount,
                penalty=new.penalty.amount,
                told=asked_for(new.line, is_ahead=new.is_ahead).amount,
                told_penalty=new.line.penalty.amount,
                is_edited=new.is_edited,
                is_ahead=new.is_ahead,
                added_at=at,
            )
            for new in lines
        ],
        update_conflicts=True,
        unique_fields=["user", "account", "service", "supplier", "receipt"],
        update_fields=[
            "amount",
            "penalty",
            "told",
            "told_penalty",
            "is_edited",
            "is_ahead",
            "added_at",
        ],
    )


def _drop_former(
    actor: Actor, payables: Iterable[AccountPayables], lines: Sequence[PayableLine]
) -> None:
    """What the provider tells no more, or under another receipt, goes when the receipt is put in anew (PAY-31).

    A line kept under its receipt's former name is the same line, and would be paid twice.
    """
    for account in payables:
        receipts = {line.receipt for line in lines if line.account_id == account.account.id}
        if not receipts:
            continue
        kept = _locked(scopes.kept_cart(actor).filter(account=account.account.id))
        gone = [item.pk for item in kept if _is_former(item, account, receipts)]
        CartItem.objects.filter(pk__in=gone).delete()


def _is_former(item: CartItem, account: AccountPayables, receipts: Collection[str]) -> bool:
    line = line_for(account, (item.service_id, item.supplier_id), item.receipt)
    if line is None:
        return item.receipt in receipts
    is_renamed = line.receipt != item.receipt
    return is_renamed and (line.receipt in receipts or item.receipt in receipts)

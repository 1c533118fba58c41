"""What the demo's people have paid before it starts: by the cabinet's own operations, at the sandbox bank.

Yesterday's books do not all meet, so that the desk has something to look at: the bank has taken money that the cabinet
never asked for, has taken it after all, or knows nothing of a payment; and the provider is late with one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from demo.bank import NO_MONEY, PAYS, Bank, is_a_sandbox, opened
from demo.mark import is_paid, set_mark
from demo.merchants import YOOKASSA
from demo.providers import GAS_A, HOUSING
from kabinet.accounts.queries import LinkedAccountRow, get_linked_accounts
from kabinet.identity.models import User
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import NOTHING, PayLine
from kabinet.payments.enums import Cause, Origin
from kabinet.payments.gateways.base import PaymentTruth, TruthState
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Attempt, Merchant, Refund, SavedCard
from kabinet.payments.operations import attempts, refunding
from kabinet.payments.operations.access import access_to, order_of
from kabinet.payments.operations.autopay.connecting import (
    AutopayOrder,
    AutopayTerms,
    connect_autopay,
)
from kabinet.payments.operations.checkouts import CheckoutOrder, open_checkout
from kabinet.payments.operations.reconciliation import reconcile
from kabinet.payments.operations.refunds import RefundOrder, request_refund
from kabinet.payments.operations.settlement import apply_truth
from kabinet.payments.queries.payables import get_payables
from kabinet.providers.enums import PayMethod
from kabinet.providers.queries import get_grants

BORIS, KSENIA, GALINA = (
    "boris@kabinet.example",
    "ksenia@kabinet.example",
    "trudnosti@kabinet.example",
)
LONG_AGO = 14
LIMIT = Money(Decimal("5000.00"))


@dataclass(frozen=True, slots=True)
class Payment:
    """``roubles`` of what is due on the account, ``minutes`` after noon of the day."""

    email: str
    number: str
    roubles: int
    minutes: int
    method: PayMethod = PayMethod.CARD
    card: str = PAYS
    keeps: bool = False


LATE = Payment(KSENIA, "1017200011", 500, 0)
LOST = Payment(GALINA, "203330511", 400, 0)
YESTERDAY = (
    Payment(BORIS, "203330486", 300, 5, keeps=True),
    Payment(KSENIA, "510080", 650, 10, card=NO_MONEY),
    Payment(KSENIA, "510080", 650, 12, method=PayMethod.SBP),
    Payment(KSENIA, "10204518", 420, 20, keeps=True),
    Payment(GALINA, "805107", 900, 25),
    Payment(KSENIA, "1017200011", 1000, 30),
)
GIVEN_BACK = Money(Decimal("250.00"))
DOUBTFUL = Payment(GALINA, "805107", 350, 40)


def make_payments(*, folder: Path, commands: Sequence[Sequence[str]], at: datetime) -> None:
    """Make them once; ``commands`` start the sandboxes, of which YooKassa's is the first."""
    if is_paid(folder) or not commands or not is_a_sandbox():
        return
    # First: a start that was cut off leaves a part of them, and money is paid once.
    set_mark(folder, loaded=True, paid=True)
    bank = list(commands[0])
    yesterday = _noon(at, days_ago=1)
    forgetful = [word for word in bank if word != "--state"]
    forgetful.remove(bank[bank.index("--state") + 1])
    with opened(forgetful, since=yesterday, at=at) as books:
        _make(books, LOST, yesterday)
    with opened(bank, since=_noon(at, days_ago=LONG_AGO), at=at) as books:
        _make(books, LATE, _noon(at, days_ago=LONG_AGO))
        for payment in YESTERDAY:
            _make(books, payment, yesterday)
        _give_back(yesterday + timedelta(minutes=45))
        _pay_what_was_given_up(books, yesterday)
        _take_unasked(books)
        _compare(yesterday.date(), at)
    _connect_autopay(at)


def _noon(at: datetime, *, days_ago: int) -> datetime:
    """It is the same day everywhere where the demo's providers are."""
    zone = ZoneInfo(GAS_A.timezone)
    day = at.astimezone(zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(12), tzinfo=zone)


def _make(bank: Bank, payment: Payment, noon: datetime) -> Attempt:
    """From the press to what the bank says."""
    moment = noon + timedelta(minutes=payment.minutes)
    bank.turn_to(moment)
    attempt = _begin(payment, moment)
    if attempt.acquirer_id is None:
        raise RuntimeError(f"{payment}: {attempt.state} {attempt.reason}")
    if payment.method is PayMethod.SBP:
        bank.pay_by_phone(attempt.acquirer_id)
    else:
        bank.give_card(attempt.acquirer_id, payment.card, keep=payment.keeps)
    attempts.check(attempt_id=attempt.pk, at=moment)
    return attempt


def _begin(payment: Payment, moment: datetime) -> Attempt:
    actor = _person(payment.email)
    order = CheckoutOrder(
        key=uuid.uuid4(),
        lines=_lines(actor, payment, moment),
        method=payment.method,
        origin=Origin.ACCOUNT,
        email=payment.email,
        save_card=payment.keeps,
    )
    checkout_id = open_checkout(actor=actor, order=order, at=moment)
    return Attempt.objects.get(pk=attempts.pay(actor=actor, checkout_id=checkout_id, at=moment))


def _lines(actor: Actor, payment: Payment, moment: datetime) -> Sequence[PayLine]:
    """Fill what is due from the top, for one payee; where less is due the last line is paid ahead."""
    account = _account(actor, payment.number)
    payables = get_payables(actor=actor, accounts=[account], at=moment)[account.id]
    known = [row for row in payables.lines if row.payee and row.payee.gateway == YOOKASSA]
    first = known[0].payee
    left, lines = Money(Decimal(payment.roubles)), []
    owed = [line for line in known if line.payee == first and line.due > NOTHING] or known[:1]
    for number, line in enumerate(owed, start=1):
        amount = left if number == len(owed) else min(left, line.due)
        left = left - amount
        if amount:
            lines.append(
                PayLine(
                    account_id=line.account_id,
                    service_id=line.service_id,
                    supplier_id=line.supplier_id,
                    title=line.title,
                    amount=amount,
                    penalty=min(line.penalty, amount),
                    due=line.due,
                    receipt=line.receipt,
                )
            )
    return lines


def _give_back(moment: datetime) -> None:
    """The housing company's administrator gives a part of yesterday's payment back."""
    user = User.objects.get(email=f"administrator@{HOUSING.code}.example")
    actor = Actor(ActorKind.STAFF, user_id=user.pk, grants=get_grants(user_id=user.pk))
    part = Attempt.objects.filter(part__checkout__user__email=KSENIA).latest("created_at").part
    request_refund(
        actor=actor,
        order=RefundOrder(
            checkout_id=part.checkout.public_id,
            part=part.number,
            why="Заявление № 17: заплачено дважды",
            key=uuid.uuid4(),
            sums={part.items.earliest("position").position: GIVEN_BACK},
        ),
        at=moment,
    )
    refunding.check_refund(refund_id=Refund.objects.latest("pk").pk, at=moment)


def _pay_what_was_given_up(bank: Bank, noon: datetime) -> None:
    """The first try is given up here and another pays; then the bank takes the money of the first one, too."""
    moment = noon + timedelta(minutes=DOUBTFUL.minutes)
    bank.turn_to(moment)
    first = _begin(DOUBTFUL, moment)
    given_up = PaymentTruth(
        first.acquirer_id or "",
        str(first.public_id),
        TruthState.CANCELED,
        Money(first.amount),
        cause=Cause.SESSION_OVER,
        reason="expired_on_confirmation",
    )
    apply_truth(attempt_id=first.pk, truth=given_up, at=moment)
    checkout = first.part.checkout
    second = attempts.pay(actor=_person(GALINA), checkout_id=checkout.public_id, at=moment)
    bank.give_card(Attempt.objects.get(pk=second).acquirer_id or "", PAYS)
    attempts.check(attempt_id=second, at=moment)
    bank.give_card(first.acquirer_id or "", PAYS)


def _take_unasked(bank: Bank) -> None:
    """Somebody has paid the same on the provider's own page at the bank: the cabinet knows nothing of it."""
    like = Attempt.objects.select_related("merchant", "part__checkout").latest("created_at")
    order = replace(order_of(like), ref=str(uuid.uuid4()), key=str(uuid.uuid4()))
    truth = gateway(like.merchant.gateway).create(access_to(like.merchant), order)
    bank.give_card(truth.acquirer_id, PAYS)


def _compare(day: date, at: datetime) -> None:
    """What the worker does every morning, for the shops of the bank that is open.

    One day for all: late in the evening of the first provider the last one has a new day already.
    """
    for shop in Merchant.objects.filter(gateway=YOOKASSA):
        reconcile(merchant_id=shop.pk, day=day, at=at)


def _connect_autopay(at: datetime) -> None:
    actor = _person(BORIS)
    card = SavedCard.objects.get(user=actor.user_id)
    connect_autopay(
        actor=actor,
        order=AutopayOrder(
            key=uuid.uuid4(),
            account_id=_account(actor, "203330486").public_id,
            terms=AutopayTerms(limit=LIMIT, day=25, email=BORIS),
            card_id=card.public_id,
            consents=True,
        ),
        at=at,
    )


def _person(email: str) -> Actor:
    return Actor.customer(User.objects.get(email=email).pk)


def _account(actor: Actor, number: str) -> LinkedAccountRow:
    return next(row for row in get_linked_accounts(actor=actor) if row.number == number)

"""What a difference is about, what the bank says of it now, and which ways out that leaves."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.money import Money
from kabinet.kernel.secrets import SecretUnreadable
from kabinet.payments import scopes
from kabinet.payments.enums import (
    GIVEN_UP,
    HOLDING,
    REFUND_UNDER_WAY,
    UNDER_WAY,
    AttemptState,
    Outcome,
    PartState,
    RefundState,
)
from kabinet.payments.gateways.base import (
    Gateway,
    GatewayUnavailable,
    GatewayUnknown,
    MerchantAccess,
    PaymentTruth,
    TruthState,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Attempt, Discrepancy, Merchant, Refund
from kabinet.payments.operations.access import access_to
from kabinet.payments.operations.attempts import a_call
from kabinet.payments.operations.refunds import LONGEST_WHY
from kabinet.payments.operations.settlement import ROUBLE, is_known_elsewhere
from kabinet.payments.queries.differences import is_undecided
from kabinet.payments.queries.three_books import DiscrepancyNotFound


class NothingToDecide(Refused):
    message = _("Здесь уже нечего решать: об этих деньгах решили раньше.")


class BankSilent(Refused):
    message = _("Банк сейчас не отвечает. Без его слова решать нельзя: попробуйте через минуту.")


class BankChanged(Refused):
    message = _("Пока вы решали, банк сказал другое. Посмотрите ещё раз.")


class WayClosed(Refused):
    message = _("Так решить нельзя: посмотрите, что банк говорит сейчас.")


class WordMissing(Refused):
    message = _("Напишите, почему так решили: до 250 знаков.")


@dataclass(frozen=True, slots=True)
class Case:
    """A difference and the attempt it is about."""

    found: Discrepancy
    attempt: Attempt

    @property
    def payment_id(self) -> str:
        """The bank's payment in question: not always the one that the attempt knows."""
        return self.found.acquirer_id or self.attempt.acquirer_id or ""

    @property
    def twin_id(self) -> str:
        """The attempt's own payment where the difference is about a second one."""
        own = self.attempt.acquirer_id or ""
        return own if own != self.payment_id else ""


@dataclass(frozen=True, slots=True)
class BankWord:
    """What the bank says of the payment in question and of its twin; None: it knows none such."""

    payment_id: str
    truth: PaymentTruth | None
    twin: PaymentTruth | None

    @property
    def mark(self) -> str:
        """The same word, the same mark: it comes back with the decision."""
        return mark_of(self.payment_id, _facts(self.truth), _facts(self.twin))

    @property
    def taken(self) -> Money:
        if self.truth is None or self.truth.state is not TruthState.SUCCEEDED:
            return Money.zero()
        return self.truth.amount


def mark_of(*facts: object) -> str:
    """The same facts, the same mark."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _facts(truth: PaymentTruth | None) -> tuple[str, ...]:
    if truth is None:
        return ()
    return (
        truth.state,
        str(truth.amount.amount),
        str(truth.refunded.amount),
        truth.currency,
        truth.ref,
    )


def require_word(why: str) -> str:
    """Give it without needless spaces.

    :raises WordMissing: it is empty or too long.
    """
    word = " ".join(why.split())
    if not 0 < len(word) <= LONGEST_WHY:
        raise WordMissing
    return word


def is_same_press(actor: Actor, key: uuid.UUID) -> bool:
    """Whether this form has asked for a refund already.

    :raises WayClosed: the key is another person's, or the bank has declined what was asked for with it.
    """
    earlier = Refund.objects.filter(key=key).first()
    if earlier is None:
        return False
    if earlier.requested_by_id != actor.user_id or earlier.state == RefundState.DECLINED:
        raise WayClosed
    return True


def find_case(actor: Actor, discrepancy_id: int, *, attempts: QuerySet[Attempt]) -> Case:
    """Give what is to be decided; ``attempts`` may be locked ones.

    :raises DiscrepancyNotFound: the actor may not decide about such a provider's money.
    :raises NothingToDecide: it is decided, or is no matter of a payment's.
    """
    found, number = _find(actor, discrepancy_id, "attempt")
    attempt = attempts.filter(public_id=number, merchant__provider=found.provider_id).first()
    if attempt is None or not is_undecided(found, attempt):
        raise NothingToDecide
    return Case(found, attempt)


def find_refund(actor: Actor, discrepancy_id: int) -> tuple[Discrepancy, Refund]:
    """Give a difference about a refund, whether or not anything is to be decided.

    :raises DiscrepancyNotFound: the actor may not decide about such a provider's money.
    :raises NothingToDecide: it is no matter of a refund's.
    """
    found, number = _find(actor, discrepancy_id, "refund")
    refunds = Refund.objects.select_related(
        "attempt__merchant", "part__merchant__provider", "part__checkout__user"
    )
    refund = refunds.filter(public_id=number, part__merchant__provider=found.provider_id).first()
    if refund is None:
        raise NothingToDecide
    return found, refund


def _find(actor: Actor, discrepancy_id: int, about: str) -> tuple[Discrepancy, str]:
    found = scopes.decidable_discrepancies(actor).filter(pk=discrepancy_id).first()
    if found is None:
        raise DiscrepancyNotFound
    kind, _colon, number = found.key.partition(":")
    if kind != about:
        raise NothingToDecide
    return found, number


@contextmanager
def listening(merchant: Merchant) -> Iterator[tuple[Gateway, MerchantAccess]]:
    """Give the merchant's bank to ask; no transaction is open meanwhile.

    :raises BankSilent: it does not answer or knows no such thing, or too many wait for banks at this moment.
    """
    with a_call() as is_free:
        if not is_free:
            raise BankSilent
        try:
            yield gateway(merchant.gateway), access_to(merchant)
        except (GatewayUnavailable, GatewayUnknown, SecretUnreadable) as error:
            raise BankSilent from error


def hear(case: Case) -> BankWord:
    """Ask the bank.

    :raises BankSilent: as ``listening``.
    """
    with listening(case.attempt.merchant) as (bank, access):
        truth = _fetch(bank, access, case.payment_id)
        twin = _fetch(bank, access, case.twin_id)
    return BankWord(case.payment_id, truth, twin)


def _fetch(bank: Gateway, access: MerchantAccess, payment_id: str) -> PaymentTruth | None:
    if not payment_id:
        return None
    try:
        return bank.fetch(access, payment_id)
    except GatewayUnknown:
        return None


def ways_out(case: Case, word: BankWord) -> AbstractSet[Outcome]:
    """What may be decided now.

    Money that is ours, whole and in roubles may be booked where nothing else pays the part, or given back. What is
    neither is settled at the bank and closed here; what the bank has not finished is left to it.
    """
    attempt, part = case.attempt, case.attempt.part
    ways: set[Outcome] = set()
    if part.refunds.filter(state__in=REFUND_UNDER_WAY).exists():
        return ways
    if attempt.state in UNDER_WAY and word.truth is not None:
        # The bank remembers it after all: the poller applies its word.
        return ways
    if word.truth is None or word.truth.state is not TruthState.PENDING:
        ways.add(Outcome.BY_HAND)
    if _is_whole(case, word.truth):
        ways.add(Outcome.RETURNED)
        others = part.attempts.filter(state__in=HOLDING).exclude(pk=attempt.pk)
        may_book = attempt.state == AttemptState.DISPUTED or attempt.state in GIVEN_UP
        is_only = word.twin is None or word.twin.state is TruthState.CANCELED
        if may_book and is_only and part.state == PartState.OPEN and not others.exists():
            ways.add(Outcome.ACCEPTED)
    return ways


def _is_whole(case: Case, truth: PaymentTruth | None) -> bool:
    """Taken for this very order, in roubles, and nothing of it has gone back."""
    return (
        truth is not None
        and truth.state is TruthState.SUCCEEDED
        and truth.currency == ROUBLE
        and truth.ref in {"", str(case.attempt.public_id)}
        and bool(truth.amount)
        and not truth.refunded
        and not is_known_elsewhere(case.attempt, case.payment_id)
    )

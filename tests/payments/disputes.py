"""Money that a bank took otherwise than asked for, and the people who decide about it."""

from __future__ import annotations

import uuid

from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.payments.enums import AttemptState
from kabinet.payments.models import Attempt, Discrepancy
from kabinet.payments.operations.attempts import check, pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.disputes import deciding
from kabinet.payments.operations.disputes.deciding import Decision
from tests.clock import NOW
from tests.factories import UserFactory
from tests.payments.payers import line, order, roubles

WHY = "Решено с банком"


def staff_of(merchant, role=Role.ADMINISTRATOR):
    grants = frozenset({(merchant.provider_id, role)})
    return Actor(ActorKind.STAFF, user_id=UserFactory().pk, grants=grants)


def disputed(payer, books, took="650.00", **more):
    """Two lines, 500.00 with 50.00 of penalty and 300.00; the bank takes another sum. Gives the attempt."""
    actor, account, _merchant = payer
    lines = line(account, penalty=roubles("50.00")), line(account, "300.00", title="ТО ВДГО")
    checkout_id = open_checkout(actor=actor, order=order(*lines, **more), at=NOW)
    attempt = Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))
    books.pay(attempt.acquirer_id, amount=roubles(took), at=NOW)
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.DISPUTED
    attempt.refresh_from_db()
    return attempt


def found_about(attempt):
    """The first difference that was found about it."""
    return Discrepancy.objects.filter(key=f"attempt:{attempt.public_id}").earliest("pk")


def decision(chief, attempt, way, **more):
    """What the form sends when the person has seen what the bank says now."""
    found = found_about(attempt)
    mark = deciding.look(actor=chief, discrepancy_id=found.pk).mark
    values = {"discrepancy_id": found.pk, "way": way, "why": WHY, "mark": mark}
    return Decision(**{**values, "key": uuid.uuid4(), **more})


def decide(chief, attempt, way, **more):
    deciding.decide(actor=chief, decision=decision(chief, attempt, way, **more), at=NOW)
    attempt.refresh_from_db()

"""A refund whose answer was lost for longer than the bank remembers its key: looked for, then decided by people."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.payments.calculations.waiting import KEY_LIVES
from kabinet.payments.enums import Outcome, RefundState
from kabinet.payments.models import Discrepancy, LedgerEntry, Refund
from kabinet.payments.operations import reconciliation, refunding, refunds
from kabinet.payments.operations.disputes import lost_refunds
from kabinet.payments.operations.disputes.cases import BankChanged, NothingToDecide, WayClosed
from kabinet.payments.operations.disputes.deciding import Decision
from kabinet.payments.operations.disputes.lost_refunds import RefundFound
from kabinet.payments.queries.three_books import DiscrepancyNotFound
from tests.clock import NOW
from tests.factories import AccountFactory
from tests.factories.payments import MerchantFactory, paid
from tests.payments import refunding_bank
from tests.payments.disputes import WHY, staff_of
from tests.payments.payers import roubles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
LATER = NOW + KEY_LIVES


@pytest.fixture
def part(bank):
    merchant = MerchantFactory(gateway=refunding_bank.CODE)
    account = AccountFactory(provider=merchant.provider)
    return paid(account=account, amount="100.00", merchant=merchant).item.part


@pytest.fixture
def chief(part):
    return staff_of(part.merchant)


def lost(bank, chief, part, amount="40.00"):
    """The bank gave back 30.00 on its own site and never answered about ours; gives our refund."""
    sums = {part.items.get().position: roubles(amount)}
    order = refunds.RefundOrder(part.checkout.public_id, 1, "заявление", uuid.uuid4(), sums)
    refunds.request_refund(actor=chief, order=order, at=NOW)
    refund = Refund.objects.latest("pk")
    bank.troubles, bank.forgets_numbers = ["down"], True
    bank.by_hand[refund.attempt.acquirer_id] = roubles("30.00")
    assert refunding.check_refund(refund_id=refund.pk, at=NOW) is RefundState.CREATED
    assert refunding.check_refund(refund_id=refund.pk, at=LATER) is RefundState.CREATED
    return refund


def wanted(chief, way, **more):
    found = Discrepancy.objects.get()
    mark = lost_refunds.look(actor=chief, discrepancy_id=found.pk, at=LATER).mark
    values = {"discrepancy_id": found.pk, "way": way, "why": WHY, "mark": mark}
    return Decision(**{**values, "key": uuid.uuid4(), **more})


def decide(chief, made):
    lost_refunds.decide(actor=chief, decision=made, at=LATER)


def test_people_see_what_the_bank_has_given_back_and_what_our_books_hold(bank, chief, part):
    lost(bank, chief, part)

    look = lost_refunds.look(actor=chief, discrepancy_id=Discrepancy.objects.get().pk, at=LATER)

    assert (look.amount, look.at_bank, look.booked) == tuple(
        map(roubles, ("40.00", "30.00", "0.00"))
    )
    assert list(look.ways) == [Outcome.ENDED, Outcome.AGAIN]


def test_one_that_the_bank_did_not_make_is_ended_and_its_sum_is_free(bank, chief, part):
    refund = lost(bank, chief, part)

    decide(chief, wanted(chief, Outcome.ENDED))

    refund.refresh_from_db()
    part.refresh_from_db()
    assert (refund.state, part.refunded, len(bank.asked)) == (RefundState.DECLINED, 0, 1)
    found = Discrepancy.objects.get()
    assert (found.outcome, found.note, found.closed_by_id) == ("ended", WHY, chief.user_id)
    assert AuditEntry.objects.get(action="payments.refund.ended").actor_id == chief.user_id


def test_one_asked_for_anew_goes_with_another_key_and_is_booked_once(bank, chief, part):
    refund = lost(bank, chief, part)
    made = wanted(chief, Outcome.AGAIN)

    decide(chief, made)
    decide(chief, made)

    anew = Refund.objects.latest("pk")
    assert (Refund.objects.count(), anew.key, anew.amount) == (2, made.key, refund.amount)
    assert refunding.check_refund(refund_id=anew.pk, at=LATER) is RefundState.SUCCEEDED
    assert [sent.key for sent in bank.asked] == [str(refund.key), str(anew.key)]
    entry = LedgerEntry.objects.get(kind="refunded")
    assert (entry.amount, entry.refund) == (Decimal("40.00"), anew)
    part.refresh_from_db()
    assert part.refunded == Decimal("40.00")


def test_more_than_the_bank_still_holds_is_not_asked_for_anew(bank, chief, part):
    lost(bank, chief, part, "80.00")

    with pytest.raises(WayClosed):
        decide(chief, wanted(chief, Outcome.AGAIN))

    assert Refund.objects.get().state == RefundState.CREATED


def test_one_that_the_bank_finds_after_all_is_applied_and_nothing_is_decided(bank, chief, part):
    refund = lost(bank, chief, part)
    made = wanted(chief, Outcome.AGAIN)
    bank.refunds[str(refund.key)] = refunding_bank.RefundTruth(
        "refund-late", bank.answers, roubles("40.00")
    )
    bank.forgets_numbers = False

    with pytest.raises(RefundFound):
        decide(chief, made)

    refund.refresh_from_db()
    assert (refund.state, refund.acquirer_id) == (RefundState.SUCCEEDED, "refund-late")
    assert Refund.objects.count() == 1


def test_nothing_is_decided_on_an_old_word_of_the_bank_or_before_the_key_is_forgotten(
    bank, chief, part
):
    refund = lost(bank, chief, part)
    made = wanted(chief, Outcome.ENDED)
    bank.by_hand[refund.attempt.acquirer_id] = roubles("31.00")

    with pytest.raises(BankChanged):
        decide(chief, made)
    with pytest.raises(NothingToDecide):
        lost_refunds.decide(actor=chief, decision=made, at=NOW)

    assert Refund.objects.get().state == RefundState.CREATED


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INTEGRATOR, None])
def test_only_administrators_of_the_provider_decide_about_it(bank, chief, part, role):
    lost(bank, chief, part)
    made = wanted(chief, Outcome.ENDED)
    other = staff_of(part.merchant, role) if role else staff_of(MerchantFactory())

    with pytest.raises(DiscrepancyNotFound):
        decide(other, made)
    with pytest.raises(reconciliation.DecisionNeeded):
        reconciliation.close_discrepancy(
            actor=chief,
            discrepancy_id=made.discrepancy_id,
            note="ждём",
            settles_entry=False,
            at=LATER,
        )

    assert Refund.objects.get().state == RefundState.CREATED
    decide(chief, made)

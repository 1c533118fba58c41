"""Receipts that a bank tells of by itself while people still decide about the payment (PAY-44, 45)."""

from __future__ import annotations

import datetime as dt

import pytest

from kabinet.payments.enums import Outcome, ReceiptState
from kabinet.payments.gateways.base import Fiscal
from kabinet.payments.models import Attempt, FiscalReceipt, Merchant
from kabinet.payments.operations import receipts
from tests.clock import NOW
from tests.payments.disputes import decide, disputed, staff_of
from tests.payments.payers import linked_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
REGISTERED = Fiscal(
    is_final=True,
    document_number="3986",
    storage_number="9288000100115785",
    sign="3522207165",
    registered_at=dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC),
)


@pytest.fixture
def payer(books):
    actor, account, merchant = linked_account()
    Merchant.objects.filter(pk=merchant.pk).update(issues_receipts=True)
    merchant.refresh_from_db()
    return actor, account, merchant


def tell(attempt, fiscal, acquirer_id=None):
    receipts.take_fiscal(
        merchant_id=attempt.merchant_id,
        acquirer_id=acquirer_id or attempt.acquirer_id,
        fiscal=fiscal,
        at=NOW,
    )


@pytest.mark.parametrize(
    "told", [[REGISTERED], [REGISTERED, Fiscal(is_final=True)], [REGISTERED] * 2]
)
def test_its_numbers_wait_until_the_money_is_booked(payer, books, told):
    attempt = disputed(payer, books)

    for fiscal in told:
        tell(attempt, fiscal)

    assert not FiscalReceipt.objects.exists()
    decide(staff_of(payer[2]), attempt, Outcome.ACCEPTED)
    receipt = FiscalReceipt.objects.get(attempt=attempt)
    assert (receipt.state, receipt.document_number, receipt.storage_number) == (
        ReceiptState.REGISTERED,
        "3986",
        "9288000100115785",
    )
    assert receipt.registered_at == REGISTERED.registered_at


def test_a_receipt_that_failed_is_mended_by_a_later_word(payer, books):
    attempt = disputed(payer, books)

    tell(attempt, Fiscal(is_final=True))
    tell(attempt, REGISTERED)

    decide(staff_of(payer[2]), attempt, Outcome.ACCEPTED)
    assert FiscalReceipt.objects.get().state == ReceiptState.REGISTERED


def test_the_numbers_of_another_payment_are_not_its_own(payer, books):
    attempt = disputed(payer, books)

    tell(attempt, REGISTERED, "bank-another")

    decide(staff_of(payer[2]), attempt, Outcome.ACCEPTED)
    assert FiscalReceipt.objects.get().state == ReceiptState.WAITING


def test_money_that_goes_back_leaves_no_receipt_here(payer, books):
    attempt = disputed(payer, books)
    tell(attempt, REGISTERED)

    decide(staff_of(payer[2]), attempt, Outcome.BY_HAND)

    assert not FiscalReceipt.objects.exists()
    assert Attempt.objects.get().told_receipt["fiscal"]["document_number"] == "3986"

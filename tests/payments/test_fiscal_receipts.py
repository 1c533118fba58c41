"""Fiscal receipts (PAY-44): a row with the money, the till's numbers as they come, an end when they do not."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.kernel.models import AuditEntry
from kabinet.kernel.money import Money
from kabinet.kernel.workflow import TransitionRefused
from kabinet.payments.asked import as_kept, lines_as_kept
from kabinet.payments.enums import ReceiptState, VatCode
from kabinet.payments.fiscal import asked_of, digits_of
from kabinet.payments.gateways.base import Fiscal, PaymentTruth, TruthState
from kabinet.payments.models import Attempt, CheckoutItem, FiscalReceipt, Merchant
from kabinet.payments.operations import attempts, polling, receipts, refunding, refunds, settlement
from kabinet.payments.operations.access import order_of
from kabinet.payments.operations.attempts import with_its_order
from kabinet.providers.models import Supplier
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    ProviderFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)
from tests.factories.payments import (
    AttemptFactory,
    CheckoutFactory,
    CheckoutItemFactory,
    CheckoutPartFactory,
    FiscalReceiptFactory,
    MerchantFactory,
    MerchantSupplierFactory,
    paid,
)
from tests.payments import memory_bank
from tests.payments.refunding_bank import CODE

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant(bank):
    return MerchantFactory(gateway=CODE, provider__email="provider@example.ru")


def pending(merchant, **checkout):
    """A part of gas for 100 roubles that the bank knows of."""
    part = CheckoutPartFactory(
        merchant=merchant,
        checkout=CheckoutFactory(**{"receipt_email": "payer@example.ru", **checkout}),
    )
    CheckoutItemFactory(part=part, account__number="00510080")
    return AttemptFactory(part=part, pending=True)


def take(attempt):
    truth = PaymentTruth(
        attempt.acquirer_id,
        str(attempt.public_id),
        TruthState.SUCCEEDED,
        Money(attempt.amount),
        paid_at=NOW,
    )
    return settlement.apply_truth(attempt_id=attempt.pk, truth=truth, at=NOW)


def staff_of(merchant, role=Role.OPERATOR):
    grants = frozenset({(merchant.provider_id, role)})
    return Actor(ActorKind.STAFF, user_id=UserFactory().pk, grants=grants)


REGISTERED = Fiscal(
    is_final=True,
    acquirer_id="rt-1",
    document_number="3986",
    storage_number="9288000100115785",
    sign="2617603921",
    registered_at=NOW,
)


def test_money_that_came_brings_its_receipt_once(merchant):
    attempt = pending(merchant)

    take(attempt)
    take(attempt)

    receipt = FiscalReceipt.objects.get()
    assert (receipt.attempt, receipt.state, receipt.contact) == (
        attempt,
        ReceiptState.WAITING,
        "payer@example.ru",
    )
    assert receipt.lines == [
        {
            "title": "Газоснабжение, ЛС 00510080",
            "amount": "100.00",
            "vat": 11,
            "subject": "service",
            "mode": "full_payment",
            "supplier": "",
            "supplier_inn": "",
            "supplier_phone": "",
        }
    ]


def test_a_payee_that_sends_receipts_by_itself_gets_no_row(merchant):
    merchant.issues_receipts = False
    merchant.save()

    take(pending(merchant))

    assert not FiscalReceipt.objects.exists()


def test_the_tills_numbers_are_kept_and_asked_for_no_more(bank, merchant):
    attempt = pending(merchant)
    take(attempt)
    receipt = FiscalReceipt.objects.get()

    assert receipts.check_receipt(receipt_id=receipt.pk, at=NOW) == ReceiptState.WAITING
    bank.receipts[attempt.acquirer_id] = REGISTERED
    assert receipts.check_receipt(receipt_id=receipt.pk, at=NOW) == ReceiptState.REGISTERED
    receipts.check_receipt(receipt_id=receipt.pk, at=NOW)

    receipt.refresh_from_db()
    assert (receipt.document_number, receipt.storage_number, receipt.fiscal_sign) == (
        "3986",
        "9288000100115785",
        "2617603921",
    )
    assert (receipt.registered_at, receipt.next_check_at) == (NOW, None)
    assert bank.receipts_asked == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://receipt.example/1?a=%D1%87", "https://receipt.example/1?a=%D1%87"),
        ("https://receipt.example/" + "1" * 476, "https://receipt.example/" + "1" * 476),
        ("javascript:alert(1)", ""),
        ("http://receipt.example/1", ""),
        ("https://", ""),
        ("https://[", ""),
        ("https://[::1", ""),
        ("https://receipt.example:port/", ""),
        ("https://receipt.example/a b", ""),
        ("https://receipt.example/\x00", ""),
        ("https://receipt.example/\n", ""),
        ("https://receipt.example/" + "1" * 477, ""),
    ],
)
def test_only_a_real_address_becomes_a_link(bank, merchant, given, kept):
    attempt = pending(merchant)
    take(attempt)
    bank.receipts[attempt.acquirer_id] = Fiscal(True, document_number="1", url=given)

    receipts.check_receipt(receipt_id=FiscalReceipt.objects.get().pk, at=NOW)

    assert FiscalReceipt.objects.get().url == kept


def test_a_receipt_that_the_bank_gave_up_has_failed(bank, merchant):
    attempt = pending(merchant)
    take(attempt)
    bank.receipts[attempt.acquirer_id] = Fiscal(is_final=True)

    state = receipts.check_receipt(receipt_id=FiscalReceipt.objects.get().pk, at=NOW)

    assert state == ReceiptState.FAILED


def test_a_till_that_never_answers_is_given_up_and_may_be_asked_again(bank, merchant):
    attempt = pending(merchant)
    take(attempt)
    receipt = FiscalReceipt.objects.get()
    late = NOW + receipts.GIVEN_UP_AFTER
    bank.troubles = ["down"]

    assert receipts.check_receipt(receipt_id=receipt.pk, at=late) == ReceiptState.FAILED

    bank.receipts[attempt.acquirer_id] = REGISTERED
    with pytest.raises(receipts.ReceiptNotFound):
        receipts.ask_for_receipt_again(
            actor=staff_of(MerchantFactory(gateway=CODE)), receipt_id=receipt.pk, at=late
        )
    actor = staff_of(merchant)
    receipts.ask_for_receipt_again(actor=actor, receipt_id=receipt.pk, at=late)
    assert receipts.check_receipt(receipt_id=receipt.pk, at=late) == ReceiptState.REGISTERED
    with pytest.raises(TransitionRefused):
        receipts.ask_for_receipt_again(actor=actor, receipt_id=receipt.pk, at=late)
    assert AuditEntry.objects.filter(action="payments.receipt.ask_again").count() == 1


def test_the_poller_takes_up_due_receipts_once(merchant):
    take(pending(merchant))
    later = NOW + dt.timedelta(seconds=30)

    assert polling.enqueue_due_receipts(at=NOW) == 0
    assert polling.enqueue_due_receipts(at=later) == 1
    assert polling.enqueue_due_receipts(at=later) == 0

    jobs = ProcrastinateJob.objects.filter(task_name="payments.check_receipt")
    assert [job.args for job in jobs] == [{"receipt_id": FiscalReceipt.objects.get().pk}]


def test_a_bank_that_tells_nothing_of_receipts_is_not_asked_and_nobody_is_alarmed(
    settings, merchant
):
    path = "tests.payments.refunding_bank.SilentBank"
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, CODE: path}

    take(pending(merchant))

    receipt = FiscalReceipt.objects.get()
    assert (receipt.state, receipt.next_check_at) == (ReceiptState.SENT, None)
    assert polling.enqueue_due_receipts(at=NOW + receipts.GIVEN_UP_AFTER) == 0
    told = {"merchant_id": merchant.pk, "acquirer_id": receipt.attempt.acquirer_id}
    receipts.take_fiscal(fiscal=Fiscal(is_final=True), at=NOW, **told)
    assert FiscalReceipt.objects.get().state == ReceiptState.FAILED
    receipts.take_fiscal(fiscal=REGISTERED, at=NOW, **told)
    receipts.take_fiscal(fiscal=Fiscal(is_final=True), at=NOW, **told)
    receipt.refresh_from_db()
    assert (receipt.state, receipt.document_number) == (ReceiptState.REGISTERED, "3986")


def test_a_receipt_told_before_its_payment_is_asked_for_later(merchant):
    attempt = pending(merchant)
    told = {"merchant_id": merchant.pk, "acquirer_id": attempt.acquirer_id}

    with pytest.raises(receipts.ReceiptNotFound):
        receipts.take_fiscal(fiscal=REGISTERED, at=NOW, **told)
    take(attempt)
    receipts.take_fiscal(fiscal=REGISTERED, at=NOW, **told)

    assert FiscalReceipt.objects.get().state == ReceiptState.REGISTERED


def test_money_that_went_back_has_a_receipt_of_its_own(bank, merchant):
    entry = paid(account=AccountFactory(provider=merchant.provider), merchant=merchant)
    order = refunds.RefundOrder(
        checkout_id=entry.item.part.checkout.public_id, part=1, why="Ошибка", key=uuid.uuid4()
    )
    refunds.request_refund(actor=staff_of(merchant, Role.ADMINISTRATOR), order=order, at=NOW)
    refund = entry.item.part.refunds.get()
    refunding.check_refund(refund_id=refund.pk, at=NOW)
    refund.refresh_from_db()
    bank.receipts[refund.acquirer_id] = REGISTERED

    receipt = FiscalReceipt.objects.get(refund=refund)
    assert [line["amount"] for line in receipt.lines] == ["100.00"]
    assert receipts.check_receipt(receipt_id=receipt.pk, at=NOW) == ReceiptState.REGISTERED


def test_a_receipt_row_is_of_one_thing_and_is_checked_while_it_waits(bank):
    receipt = FiscalReceiptFactory(attempt__part__merchant__gateway=CODE)

    assert (receipt.state, receipt.refund) == (ReceiptState.WAITING, None)


CONTACTS = [
    ({"receipt_email": "a@example.ru"}, ("a@example.ru", "")),
    ({"receipt_email": "", "receipt_phone": "+79990001122"}, ("", "79990001122")),
    ({"receipt_email": "", "user__email": "own@example.ru"}, ("own@example.ru", "")),
    ({"receipt_email": "", "user": None}, ("provider@example.ru", "")),
]


@pytest.mark.parametrize(("checkout", "contact"), CONTACTS)
def test_a_receipt_always_has_somebody_to_go_to(merchant, checkout, contact):
    part = pending(merchant, **checkout).part

    order = asked_of(part).receipt

    assert (order.email, order.phone) == contact


def test_where_even_the_provider_has_no_mailbox_the_operator_gets_it(settings):
    settings.DEFAULT_FROM_EMAIL = "Кабинет <cabinet@example.ru>"
    part = pending(MerchantFactory(gateway=CODE), receipt_email="", user=None).part

    assert asked_of(part).receipt.email == "cabinet@example.ru"


def test_the_tax_is_the_suppliers_own_and_none_for_the_fund_of_capital_repair(merchant):
    supplier = SupplierFactory(provider=merchant.provider)
    MerchantSupplierFactory(merchant=merchant, supplier=supplier, vat_code=VatCode.TEN)
    part = CheckoutPartFactory(merchant=merchant)
    fund = ServiceFactory(provider=merchant.provider, kind="capital_repair")
    for position, line in enumerate(({}, {"supplier": supplier}, {"service": fund})):
        CheckoutItemFactory(part=part, position=position, amount="10.00", **line)

    order = asked_of(part).receipt

    assert [line.vat for line in order.lines] == [VatCode.TWENTY_TWO, VatCode.TEN, VatCode.NONE]


def test_an_agent_names_the_provider_where_the_bill_names_nobody(merchant):
    merchant.is_agent = True
    merchant.provider.inn = "7712345678"
    merchant.provider.phone = "8 (800) 555-35-35"
    supplier = SupplierFactory(provider=merchant.provider, phone="+78462001010")
    part = CheckoutPartFactory(merchant=merchant)
    CheckoutItemFactory(part=part, position=1)
    CheckoutItemFactory(part=part, position=2, supplier=supplier)

    own, other = asked_of(part).receipt.lines

    assert (own.supplier_name, own.supplier_inn, own.supplier_phone) == (
        merchant.provider.name,
        "7712345678",
        "78005553535",
    )
    assert (other.supplier_inn, other.supplier_phone) == (supplier.inn, "78462001010")


@pytest.mark.parametrize("phone", ["", "звоните нам", "8 800 555-35-35, 8 846 200-10-10", "12"])
def test_what_is_no_single_telephone_is_not_sent_as_one(phone):
    assert digits_of(phone) == ""


def changed(merchant, item):
    """Everything that a receipt rests on becomes another."""
    Merchant.objects.filter(pk=merchant.pk).update(vat_code=VatCode.NONE, tax_system=2)
    Supplier.objects.filter(pk=item.supplier_id).update(name="ООО «Другой»", inn="9914040249")
    CheckoutItem.objects.filter(pk=item.pk).update(title="Другая услуга")


def test_what_was_sent_is_kept_whatever_changes_before_the_money_comes(bank, books):
    merchant = MerchantFactory(gateway=memory_bank.CODE, is_agent=True, utilities=True)
    supplier = SupplierFactory(provider=merchant.provider, phone="+78462001010")
    part = CheckoutPartFactory(
        merchant=merchant, checkout=CheckoutFactory(receipt_email="payer@example.ru")
    )
    item = CheckoutItemFactory(part=part, supplier=supplier)
    attempt = AttemptFactory(part=part, created_at=NOW, expires_at=NOW + dt.timedelta(minutes=20))
    books.troubles = ["lost"]
    attempts.send(attempt_id=attempt.pk, at=NOW)
    (first,) = books.orders.values()

    changed(merchant, item)
    attempts.send(attempt_id=attempt.pk, at=NOW)
    attempt.refresh_from_db()
    books.pay(attempt.acquirer_id, at=NOW)
    attempts.check(attempt_id=attempt.pk, at=NOW)

    # The repeated call asks for the same: a bank refuses a key whose order has changed.
    again = order_of(with_its_order(Attempt.objects.all()).get(pk=attempt.pk))
    assert (again.receipt, again.utilities) == (first.receipt, first.utilities)
    kept = FiscalReceipt.objects.get()
    assert kept.lines == lines_as_kept(first.receipt.lines)
    assert [(line["vat"], line["supplier_inn"]) for line in kept.lines] == [(11, "7707083893")]


def test_a_refunds_receipt_has_the_rates_of_the_payments_own(bank, merchant):
    supplier = SupplierFactory(provider=merchant.provider)
    account = AccountFactory(provider=merchant.provider)
    entry = paid(account=account, merchant=merchant, supplier=supplier)
    attempt = entry.attempt
    attempt.asked = as_kept(asked_of(entry.item.part))
    attempt.save()
    changed(merchant, entry.item)
    order = refunds.RefundOrder(
        checkout_id=entry.item.part.checkout.public_id, part=1, why="Ошибка", key=uuid.uuid4()
    )

    refunds.request_refund(actor=staff_of(merchant, Role.ADMINISTRATOR), order=order, at=NOW)
    refunding.check_refund(refund_id=entry.item.part.refunds.get().pk, at=NOW)

    (line,) = FiscalReceipt.objects.get().lines
    assert (line["vat"], line["amount"]) == (11, "100.00")


@pytest.mark.parametrize(("due", "month"), [("100.00", 10), ("0.00", 11)])
def test_a_debt_is_of_last_month_and_a_payment_ahead_of_this_one(due, month):
    merchant = MerchantFactory(utilities=True, provider__timezone="Asia/Yekaterinburg")
    checkout = CheckoutFactory(created_at=dt.datetime(2026, 10, 31, 20, 0, tzinfo=dt.UTC))
    part = CheckoutPartFactory(merchant=merchant, checkout=checkout)
    CheckoutItemFactory(part=part, due=Decimal(due), account__gis_id="10АБ123456")

    order = asked_of(part).utilities

    assert (order.year, order.month, order.unified_account_number) == (2026, month, "10АБ123456")


def test_who_is_no_shop_for_utilities_tells_nothing_to_the_state(merchant):
    part = CheckoutPartFactory(merchant=MerchantFactory(provider=ProviderFactory()))

    assert asked_of(part).utilities is None

"""The payment receipt on paper (PAY-10, 11, 26), and the letters about money (PAY-10, 48)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal

import pypdfium2
import pytest
from django.urls import reverse

from kabinet.channels import operations as channels
from kabinet.channels import writing
from kabinet.channels.models import Delivery
from kabinet.kernel import events
from kabinet.kernel.actors import NOBODY, Actor
from kabinet.kernel.money import Money
from kabinet.payments import documents
from kabinet.payments.enums import Origin
from kabinet.payments.events import PaymentSettled, RefundSettled
from kabinet.payments.gateways.base import PaymentTruth, TruthState
from kabinet.payments.models import LedgerEntry, Refund
from kabinet.payments.operations import settlement
from kabinet.payments.operations.papers import make_payment_receipt
from kabinet.payments.queries.papers import ReceiptNotReady, get_payment_papers
from tests.clock import NOW
from tests.factories import AccountFactory, SupplierFactory, UserFactory
from tests.factories.payments import (
    AttemptFactory,
    CheckoutFactory,
    CheckoutItemFactory,
    CheckoutPartFactory,
    FiscalReceiptFactory,
    MerchantFactory,
    paid,
    refunded,
)
from tests.payments import memory_bank

pytestmark = pytest.mark.django_db
PAID_AT = dt.datetime(2026, 11, 20, 21, 30, tzinfo=dt.UTC)


@pytest.fixture
def entry():
    merchant = MerchantFactory(
        provider__name="АО «Приозёрьегаз»",
        provider__timezone="Europe/Samara",
        provider__phone="8 800 555-35-35",
        payee_kpp="770701001",
    )
    account = AccountFactory(provider=merchant.provider, number="00510080")
    entry = paid(
        account=account,
        amount="1243.56",
        penalty=Decimal("12.10"),
        commission=Decimal("12.44"),
        merchant=merchant,
        at=PAID_AT,
        position=1,
    )
    entry.attempt.card_system, entry.attempt.card_last4 = "Mir", "4477"
    entry.attempt.acquirer_id = "2c85a1b2"
    entry.attempt.save()
    return entry


def payer_of(entry):
    return Actor.customer(entry.item.part.checkout.user_id)


def papers_of(entry, **changed):
    checkout = entry.item.part.checkout
    asked = {"actor": payer_of(entry), "checkout_id": checkout.public_id, **changed}
    return get_payment_papers(**asked)


def page_of(papers):
    sent, pdf = documents.render_receipt(papers, at=NOW)
    assert pdf.startswith(b"%PDF-")
    return json.loads(sent.replace("\u00a0", " "))["pages"][0]


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    return " ".join(text.replace("\u00a0", " ").split())


def test_the_receipt_says_what_was_paid_to_whom_how_and_when(entry):
    FiscalReceiptFactory(
        attempt=entry.attempt,
        state="registered",
        next_check_at=None,
        document_number="3986",
        storage_number="9288000100115785",
        fiscal_sign="2617603921",
        registered_at=PAID_AT,
    )

    page = page_of(papers_of(entry))

    assert (page["state"], page["sum"], page["when"]) == (
        "Оплачено",
        "1 256,00 ₽",
        "21 ноября 2026, 01:30",
    )
    assert (page["provider"], page["contacts"]) == ("АО «Приозёрьегаз»", "8 800 555-35-35")
    assert page["facts"] == [
        ["Получатель", "ООО «Газ Пример»"],
        ["", "ИНН 7707083893, КПП 770701001"],
        ["Способ оплаты", "Банковская карта, Мир •• 4477"],
        ["Номер операции в банке", "2c85a1b2"],
        ["Номер платежа", str(entry.attempt.public_id)],
    ]
    assert page["lines"] == [
        [["Газоснабжение", "в том числе пени 12,10 ₽"], "00510080", "1 243,56 ₽"]
    ]
    assert page["totals"] == [
        ["За услуги", "1 243,56 ₽"],
        ["Комиссия", "12,44 ₽"],
        ["Всего", "1 256,00 ₽"],
    ]
    assert page["fiscal"] == [
        ["Фискальный документ (ФД)", "3986"],
        ["Фискальный накопитель (ФН)", "9288000100115785"],
        ["Фискальный признак (ФПД)", "2617603921"],
        ["Зарегистрирован", "21 ноября 2026, 01:30"],
    ]


def test_what_went_back_is_on_the_receipt(entry):
    refunded(entry, amount="43.56", at=NOW)

    page = page_of(papers_of(entry))

    assert (page["state"], page["returned"]) == (
        "Возвращено частично",
        [["21 ноября 2026, 13:00", "43,56 ₽"]],
    )
    assert page["totals"][-2:] == [["Возвращено", "−43,56 ₽"], ["Осталось оплачено", "1 212,44 ₽"]]


def test_a_receipt_of_money_that_went_back_whole_says_so(entry):
    part = entry.item.part
    refunded(entry, at=NOW)
    part.refresh_from_db()
    part.refunded, part.state = Decimal("1256.00"), "returned"
    part.save()

    assert page_of(papers_of(entry))["state"] == "Возвращено"


def test_suppliers_are_named_where_there_are_any(entry):
    supplier = SupplierFactory(provider=entry.account.provider, name="АО «Водоканал»")
    CheckoutItemFactory(
        part=entry.item.part,
        account=entry.account,
        supplier=supplier,
        amount=Decimal("1.00"),
        position=99,
    )

    page = page_of(papers_of(entry))

    assert [row[2] for row in page["lines"]] == [None, "АО «Водоканал»"]


def test_by_sbp_there_is_no_card_on_the_receipt(entry):
    entry.attempt.method = "sbp"
    entry.attempt.save()

    assert ["Способ оплаты", "Система быстрых платежей (СБП)"] in page_of(papers_of(entry))["facts"]


def test_who_came_by_a_link_does_not_learn_the_whole_number(entry):
    checkout = entry.item.part.checkout
    checkout.origin, checkout.user, checkout.subject_hash = Origin.LINK, None, "a" * 64
    checkout.save()

    papers = papers_of(entry, actor=NOBODY, session="a" * 64)

    line = papers[0].lines[0]
    assert (line.account_number, line.title, line.supplier_name) == ("••••0080", "Услуги", "")


def test_nobody_else_gets_the_receipt_and_nothing_of_what_is_not_paid(entry):
    strangers = [
        {"actor": Actor.customer(UserFactory().pk)},
        {"actor": NOBODY},
        {"actor": NOBODY, "session": "a" * 64},
        {"checkout_id": uuid.uuid4()},
        {"part": 2},
    ]
    for asked in strangers:
        with pytest.raises(ReceiptNotReady):
            papers_of(entry, **asked)
    open_part = CheckoutPartFactory(checkout=CheckoutFactory(user=entry.item.part.checkout.user))
    AttemptFactory(part=open_part, declined=True)
    with pytest.raises(ReceiptNotReady):
        papers_of(entry, checkout_id=open_part.checkout.public_id)

    assert len(papers_of(entry)) == 1


def test_each_payee_has_a_page_and_can_be_asked_for_alone(entry):
    checkout = entry.item.part.checkout
    second = CheckoutPartFactory(
        checkout=checkout,
        number=2,
        paid=True,
        amount=Decimal("5.00"),
        merchant__payee_name="ООО «Второй»",
    )
    CheckoutItemFactory(part=second)
    AttemptFactory(part=second, succeeded=True)

    def made(part=None):
        return make_payment_receipt(
            actor=payer_of(entry), checkout_id=checkout.public_id, part=part, at=NOW
        )

    assert len(pypdfium2.PdfDocument(made().content)) == 2
    alone = made(2)
    assert "ООО «Второй»" in text_of(alone.content)
    assert "ООО «Газ Пример»" not in text_of(alone.content)
    assert made(1).file_name == "Квитанция об оплате 2026-11-21 ЛС 00510080.pdf"


def test_the_page_gives_the_file_to_the_payer_and_404_to_others(client, entry):
    address = reverse("payment-receipt", args=[entry.item.part.checkout.public_id])
    client.force_login(entry.item.part.checkout.user)

    answer = client.get(address)
    opened = client.get(address, {"print": ""})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith("attachment")
    assert opened["Content-Disposition"].startswith("inline")
    client.force_login(UserFactory())
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 404


def written():
    """The one letter, as it stands when it is about to leave."""
    letter = Delivery.objects.get()
    writing.write_out(delivery_id=letter.pk)
    letter.refresh_from_db()
    return letter


def settled(entry):
    events.publish(PaymentSettled(part_id=entry.item.part_id, attempt_id=entry.attempt_id, at=NOW))


def test_the_letter_after_a_payment_goes_to_the_address_given(entry):
    checkout = entry.item.part.checkout
    checkout.receipt_email = "payer@example.ru"
    checkout.save()

    settled(entry)

    letter = written()
    text = letter.text.replace("\u00a0", " ")
    assert (letter.recipient, letter.subject.replace("\u00a0", " ")) == (
        "payer@example.ru",
        "Оплачено: 1 256,00 ₽",
    )
    assert "Платёж на 1 256,00 ₽ принят 21 ноября, 01:30. Получатель: ООО «Газ Пример»." in text
    assert "Газоснабжение, лицевой счёт ••••0080: 1 243,56 ₽" in text
    assert "Комиссия: 12,44 ₽" in text
    assert reverse("payment-receipt", args=[checkout.public_id]) in text
    assert "00510080" not in letter.html


@pytest.mark.parametrize(
    "changed", [{"receipt_email": ""}, {"receipt_email": "a@example.ru", "origin": "autopay"}]
)
def test_who_asked_for_no_letter_gets_none(entry, changed):
    checkout = entry.item.part.checkout
    for name, value in changed.items():
        setattr(checkout, name, value)
    checkout.save()

    settled(entry)

    assert not Delivery.objects.exists()


def test_a_guests_letter_has_no_link_for_it_would_not_open(entry):
    checkout = entry.item.part.checkout
    checkout.user, checkout.receipt_email = None, "guest@example.ru"
    checkout.subject_hash = "a" * 64
    checkout.save()

    settled(entry)

    told = written().text
    assert "http" not in told
    assert entry.item.title not in told


def test_the_payer_is_told_of_money_that_comes_back(entry):
    back = refunded(entry, amount="43.56", at=NOW)

    events.publish(RefundSettled(refund_id=back.refund_id, at=NOW))

    letter = written()
    assert letter.recipient == entry.item.part.checkout.user.email
    text = letter.text.replace("\u00a0", " ")
    assert "возвращает 43,56 ₽ тем же способом" in text
    assert "Почему: Заявление плательщика" in text
    assert Refund.objects.count() == 1


def test_a_template_that_raises_holds_up_no_money_and_its_letter_leaves_once_mended(
    books, settings, mailoutbox
):
    attempt = AttemptFactory(
        part__merchant__gateway=memory_bank.CODE,
        part__merchant__issues_receipts=False,
        part__checkout__receipt_email="payer@example.ru",
        pending=True,
    )
    CheckoutItemFactory(part=attempt.part)
    truth = PaymentTruth(
        attempt.acquirer_id,
        str(attempt.public_id),
        TruthState.SUCCEEDED,
        Money(attempt.amount),
        paid_at=NOW,
    )
    mended = settings.TEMPLATES
    settings.TEMPLATES = [{**mended[0], "DIRS": [], "APP_DIRS": False, "OPTIONS": {}}]

    settlement.apply_truth(attempt_id=attempt.pk, truth=truth, at=NOW)
    letter = Delivery.objects.get()
    for _try in range(2):
        with pytest.raises(writing.NotWritten):
            channels.deliver(delivery_id=letter.pk, at=NOW)

    attempt.refresh_from_db()
    assert (attempt.state, LedgerEntry.objects.count()) == ("succeeded", 1)
    letter.refresh_from_db()
    assert (letter.status, letter.attempts, letter.error) == (
        "queued",
        2,
        "not written: TemplateDoesNotExist",
    )
    settings.TEMPLATES = mended
    for _try in range(2):
        channels.deliver(delivery_id=letter.pk, at=NOW)
    assert [sent.to for sent in mailoutbox] == [["payer@example.ru"]]


def test_a_letter_that_can_never_be_written_is_closed_as_failed(entry):
    entry.item.part.checkout.receipt_email = "payer@example.ru"
    entry.item.part.checkout.save()
    settled(entry)
    letter = Delivery.objects.get()
    Delivery.objects.update(writer="payments.unknown")

    for _try in range(channels.MAX_ATTEMPTS):
        with pytest.raises(writing.NotWritten):
            channels.deliver(delivery_id=letter.pk, at=NOW)
    channels.deliver(delivery_id=letter.pk, at=NOW)

    letter.refresh_from_db()
    assert (letter.status, letter.error) == ("failed", "not written: KeyError")

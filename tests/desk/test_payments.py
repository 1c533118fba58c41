"""The register of payments and a payment's page at the desk (OPX-19, 33)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.payments.models import FiscalReceipt
from kabinet.providers.models import StaffMember
from tests.clock import NOW
from tests.factories import AccountFactory, ProviderFactory, UserFactory
from tests.factories.payments import (
    AttemptFactory,
    CheckoutItemFactory,
    CheckoutPartFactory,
    FiscalReceiptFactory,
    MerchantFactory,
    paid,
    refunded,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

REGISTER = reverse("desk-payments")


@pytest.fixture
def merchant():
    return MerchantFactory(payee_name="ООО «Газ Пример»")


@pytest.fixture
def account(merchant):
    return AccountFactory(provider=merchant.provider, number="00510080")


def works(client, provider, role=Role.OPERATOR):
    user = UserFactory()
    StaffMember.objects.create(provider=provider, user=user, role=role)
    client.force_login(user)
    return user


def text_of(response):
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", plain.replace("\xa0", " "))


def page_of(entry):
    part = entry.item.part
    return reverse("desk-payment", args=[part.checkout.public_id, part.number])


def rows_of(response):
    return [line["row"] for line in response.context["rows"]]


def found_by(client, **asked):
    return [row.whole.amount for row in rows_of(client.get(REGISTER, asked))]


def test_the_register_says_what_was_paid_to_whom_and_how(client, merchant, account):
    entry = paid(account=account, amount="1243.56", merchant=merchant)
    refunded(entry, amount="43.56")
    works(client, merchant.provider)

    text = text_of(client.get(REGISTER))

    assert "Найдено: 1 платёж" in text
    assert "1 243,56 ₽ возвращено 43,56 ₽" in text
    assert "00510080" in text
    assert "ООО «Газ Пример»" in text
    assert entry.attempt.acquirer_id in text_of(client.get(page_of(entry)))


def test_each_filter_finds_its_own(client, merchant, account):
    works(client, merchant.provider)
    other = MerchantFactory(provider=merchant.provider, is_default=False, payee_name="Фонд")
    early = NOW - dt.timedelta(days=3)
    gas = paid(account=account, amount="100.00", merchant=merchant, at=early)
    fund = paid(
        account=AccountFactory(provider=merchant.provider, number="777"),
        amount="200.00",
        merchant=other,
    )
    fund.attempt.method = "sbp"
    fund.attempt.save()
    refunded(gas, amount="1.00")
    AttemptFactory(part__merchant=merchant, declined=True, part__amount=Decimal("300.00"))
    AttemptFactory(part__merchant=merchant, pending=True, part__amount=Decimal("400.00"))
    AttemptFactory(part__merchant=merchant, disputed=True, part__amount=Decimal("500.00"))
    FiscalReceiptFactory(attempt=fund.attempt, state="failed", next_check_at=None)
    one, two = Decimal("100.00"), Decimal("200.00")

    assert found_by(client) == [two, one]
    assert found_by(client, shown="returned") == [one]
    assert found_by(client, shown="failed") == [Decimal("300.00")]
    assert found_by(client, shown="moving") == [Decimal("400.00")]
    assert found_by(client, shown="disputed") == [Decimal("500.00")]
    assert found_by(client, shown="no_receipt") == [two]
    assert found_by(client, payee=other.pk) == [two]
    assert found_by(client, method="sbp") == [two]
    assert found_by(client, account="777") == [two]
    assert found_by(client, amount="100") == [one]
    assert found_by(client, number=gas.attempt.acquirer_id) == [one]
    assert found_by(client, number=gas.item.part.refunds.get().acquirer_id) == [one]
    assert found_by(client, number=str(gas.item.part.checkout.public_id)) == [one]
    assert found_by(client, last=f"{early:%Y-%m-%d}") == [one]
    assert found_by(client, first=f"{early:%Y-%m-%d}", last=f"{early:%Y-%m-%d}") == [one]
    assert found_by(client, first="2026-12-01") == []


def test_days_are_those_of_the_providers_clock(client):
    merchant = MerchantFactory(provider__timezone="Asia/Vladivostok")
    works(client, merchant.provider)
    # 22:30 in Moscow and 05:30 of the next day there.
    evening = dt.datetime(2026, 11, 19, 19, 30, tzinfo=dt.UTC)
    paid(account=AccountFactory(provider=merchant.provider), merchant=merchant, at=evening)

    assert found_by(client, first="2026-11-20", last="2026-11-20") == [Decimal("100.00")]
    assert found_by(client, first="2026-11-19", last="2026-11-19") == []


def test_the_totals_are_of_all_that_is_found_and_pages_hold_fifty(client, merchant, account):
    works(client, merchant.provider)
    for _number in range(51):
        paid(account=account, amount="10.00", merchant=merchant)

    first, second = client.get(REGISTER), client.get(REGISTER, {"page": "2"})

    assert (len(first.context["rows"]), len(second.context["rows"])) == (50, 1)
    assert first.context["totals"].whole.amount == Decimal("510.00")
    assert 'href="?page=2"' in first.content.decode()


def test_what_has_gone_back_is_counted_once_whatever_the_refunds_and_tries(
    client, merchant, account
):
    works(client, merchant.provider)
    entry = paid(account=account, amount="100.00", merchant=merchant)
    for _number in range(2):
        AttemptFactory(part=entry.item.part, declined=True)
    refunded(entry, amount="10.00")
    refunded(entry, amount="20.00")

    def totals(shown):
        sums = client.get(REGISTER, {"shown": shown}).context["totals"]
        return sums.count, sums.refunded.amount

    assert totals("paid") == totals("returned") == (1, Decimal("30.00"))
    assert totals("failed") == (2, 0)


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "x"},
        {"first": "0001-01-01"},
        {"last": "9999-12-31"},
        {"amount": "-"},
        {"amount": "-100"},
        {"shown": "all"},
        {"payee": "0"},
    ],
)
def test_a_filter_that_makes_no_sense_is_explained(client, merchant, asked):
    works(client, merchant.provider)

    assert client.get(REGISTER, asked).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_takes_eight_queries(client, django_assert_max_num_queries, merchant, count):
    works(client, merchant.provider)
    for _number in range(count):
        entry = paid(account=AccountFactory(provider=merchant.provider), merchant=merchant)
        FiscalReceiptFactory(attempt=entry.attempt)

    # Session, person, roles, providers, payees, rows, sums, the trail; and the marks of the transaction.
    with django_assert_max_num_queries(10):
        response = client.get(REGISTER)

    assert len(response.context["rows"]) == count


def test_another_providers_payments_are_neither_listed_nor_opened(client, merchant, account):
    entry = paid(account=account, merchant=merchant)
    works(client, ProviderFactory(), Role.ADMINISTRATOR)

    assert found_by(client) == []
    assert client.get(page_of(entry)).status_code == 404
    works(client, merchant.provider)
    assert client.get(page_of(entry)).status_code == 200


def test_publishers_and_customers_do_not_get_in(client, merchant, account):
    entry = paid(account=account, merchant=merchant)
    works(client, merchant.provider, Role.PUBLISHER)
    assert [client.get(url).status_code for url in (REGISTER, page_of(entry))] == [403, 403]

    client.force_login(entry.item.part.checkout.user)
    assert [client.get(url).status_code for url in (REGISTER, page_of(entry))] == [403, 403]


def test_every_look_leaves_a_trace(client, merchant, account):
    entry = paid(account=account, merchant=merchant)
    user = works(client, merchant.provider)

    client.get(REGISTER, {"account": "00510080"})
    client.get(page_of(entry))
    client.get(reverse("desk-payments-csv"))

    trail = AuditEntry.objects.filter(actor_id=user.pk).order_by("pk")
    assert [(row.action, row.details) for row in trail] == [
        ("payments.register.look", {"rows": 1, "account": "00510080"}),
        ("payments.payment.look", {}),
        ("payments.register.download", {"rows": 1, "account": ""}),
    ]


def test_the_file_has_a_row_for_each_line(client, merchant, account):
    works(client, merchant.provider)
    entry = paid(account=account, amount="100.00", merchant=merchant, position=1)
    CheckoutItemFactory(
        part=entry.item.part, account=account, amount=Decimal("5.00"), title="=1+1", position=2
    )

    answer = client.get(reverse("desk-payments-csv"), {"account": "00510080"})

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert answer["Cache-Control"] == "private, no-store"
    assert [row[3:7] for row in rows[1:]] == [
        ["00510080", "Газоснабжение", "", "100,00"],
        ["00510080", "'=1+1", "", "5,00"],
    ]
    book = load_workbook(
        io.BytesIO(client.get(reverse("desk-payments-xlsx")).content), read_only=True
    )
    assert [row[6].value for row in book.active.iter_rows(min_row=2)] == [100, 5]


def test_a_filter_of_a_file_that_makes_no_sense_leads_to_its_words(client, merchant):
    works(client, merchant.provider)

    answer = client.get(reverse("desk-payments-csv"), {"first": "x"})

    assert answer.url == f"{REGISTER}?first=x"


def test_the_payments_page_says_why_a_try_failed_and_who_did_what(client, merchant, account):
    part = CheckoutPartFactory(merchant=merchant)
    CheckoutItemFactory(part=part, account=account)
    AttemptFactory(part=part, declined=True)
    works(client, merchant.provider)

    text = text_of(client.get(reverse("desk-payment", args=[part.checkout.public_id, 1])))

    assert "Не оплачено" in text
    assert "На карте не хватило денег insufficient_funds" in text
    assert "г. Озёрск" in text or "Озёрск, ул. Лесная, д. 12" in text


def test_who_only_exchanges_files_sees_neither_address_nor_payer(client, merchant, account):
    entry = paid(account=account, merchant=merchant)
    works(client, merchant.provider, Role.INTEGRATOR)

    text = text_of(client.get(page_of(entry)))

    assert "ул. Лесная" not in text
    assert entry.item.part.checkout.user.email not in text
    works(client, merchant.provider)
    assert entry.item.part.checkout.user.email in text_of(client.get(page_of(entry)))


def test_a_receipt_that_was_given_up_is_asked_for_again(client, merchant, account):
    entry = paid(account=account, merchant=merchant)
    receipt = FiscalReceiptFactory(attempt=entry.attempt, state="failed", next_check_at=None)
    part = entry.item.part
    address = reverse("desk-payment-receipt", args=[part.checkout.public_id, part.number])
    works(client, ProviderFactory())
    assert client.post(address, {"receipt": receipt.pk}).status_code == 404
    works(client, merchant.provider)

    assert client.post(address, {"receipt": "x"}).status_code == 404
    assert FiscalReceipt.objects.get().state == "failed"
    assert client.post(address, {"receipt": receipt.pk}).url == page_of(entry)
    assert FiscalReceipt.objects.get().state == "waiting"


def test_receipts_that_no_till_registered_are_told_on_the_first_page(client, merchant, account):
    entry = paid(account=account, merchant=merchant)
    back = refunded(entry, amount="1.00")
    works(client, merchant.provider)
    home = reverse("desk-home")
    assert "Касса не зарегистрировала" not in text_of(client.get(home))

    FiscalReceiptFactory(attempt=None, refund=back.refund, state="failed", next_check_at=None)

    assert "Касса не зарегистрировала: 1 чек." in text_of(client.get(home))
    assert found_by(client, shown="no_receipt") == [Decimal("100.00")]

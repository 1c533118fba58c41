"""Deciding at the desk about money on which the bank contradicts us: what, why, a second look, once (OPX-31, PAY-45)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.kernel.actors import Role
from kabinet.payments.calculations.waiting import KEY_LIVES
from kabinet.payments.models import Attempt, Discrepancy, LedgerEntry, Refund
from tests.clock import NOW
from tests.desk.test_payments import page_of, text_of, works
from tests.factories import AccountFactory, ProviderFactory
from tests.factories.payments import MerchantFactory, paid
from tests.payments import memory_bank, refunding_bank
from tests.payments.disputes import disputed, found_about, staff_of
from tests.payments.payers import ledger, linked_account, two_paid_lines
from tests.payments.test_disputes_lost_refunds import lost
from tests.payments.test_disputes_other_refunds import declined_and_made, other_sum

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def books(settings):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    return memory_bank.empty_books()


@pytest.fixture
def bank(settings):
    settings.PAYMENT_GATEWAYS = {
        **settings.PAYMENT_GATEWAYS,
        refunding_bank.CODE: refunding_bank.PATH,
    }
    return refunding_bank.empty_books()


@pytest.fixture
def payer(books):
    return linked_account()


@pytest.fixture
def attempt(payer, books):
    return disputed(payer, books)


def difference_page(found):
    return reverse("desk-discrepancy", args=[found.pk])


def deciding_page(found):
    return reverse("desk-discrepancy-decide", args=[found.pk])


def hidden(response):
    """What the page's form sends besides what people type."""
    named = re.findall(r'name="(\w+)" value="([^"]*)"', response.content.decode())
    return {name: value for name, value in named if name in {"key", "mark", "way", "why"}}


def confirmed(client, found, way):
    """Choose, say why, and see what will happen; gives that page and its form."""
    first = client.get(deciding_page(found))
    typed = {"way": way, "why": "Письмо банка № 5", "key": hidden(first)["key"]}
    second = client.post(deciding_page(found), typed)
    assert second.status_code == 200
    return text_of(second), {**hidden(second), "confirmed": "1"}


@pytest.mark.parametrize(
    ("way", "said", "outcome"),
    [
        (
            "accepted",
            ("Учесть 650,00 ₽", "500,00 ₽", "150,00 ₽", "чек коррекции"),
            ("succeeded", 2),
        ),
        ("returned", ("Вернуть 650,00 ₽", "Отменить возврат после этого нельзя"), ("disputed", 0)),
        ("by_hand", ("у банка по этому платежу 650,00 ₽", "заплатить ещё раз"), ("closed", 0)),
    ],
)
def test_an_administrator_sees_what_will_happen_and_it_happens_once(
    client, payer, attempt, way, said, outcome
):
    works(client, payer[2].provider, Role.ADMINISTRATOR)
    found = found_about(attempt)
    page = client.get(difference_page(found))
    assert "Спросить банк и решить" in text_of(page)
    assert "Закрыть расхождение" not in text_of(page)
    assert "650,00 ₽" in text_of(client.get(deciding_page(found)))

    words, sent = confirmed(client, found, way)

    for word in said:
        assert word in words
    assert (Attempt.objects.get().state, ledger(payer[1])) == ("disputed", [])
    for _ in range(2):
        assert client.post(deciding_page(found), sent).url == difference_page(found)
    assert (Attempt.objects.get().state, len(ledger(payer[1]))) == outcome
    assert Refund.objects.count() == (way == "returned")
    after = text_of(client.get(difference_page(found)))
    assert ("банк возвращает их" if way == "returned" else "Письмо банка № 5") in after


def test_a_bank_that_changes_its_word_before_the_last_press_sends_back(
    client, payer, attempt, books
):
    works(client, payer[2].provider, Role.ADMINISTRATOR)
    found = found_about(attempt)
    _words, sent = confirmed(client, found, "accepted")
    truth = books.payments[attempt.acquirer_id]
    books.payments[attempt.acquirer_id] = memory_bank.replace(truth, refunded=truth.amount)

    response = client.post(deciding_page(found), sent, follow=True)

    assert "Пока вы решали, банк сказал другое" in text_of(response)
    assert (Attempt.objects.get().state, ledger(payer[1])) == ("disputed", [])
    assert 'value="accepted"' not in client.get(deciding_page(found)).content.decode()


def test_without_a_choice_or_a_word_the_form_says_so(client, payer, attempt):
    works(client, payer[2].provider, Role.ADMINISTRATOR)

    response = client.post(deciding_page(found_about(attempt)), {"why": " "})

    assert response.status_code == 422
    assert "Выберите, что сделать." in text_of(response)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INTEGRATOR])
def test_others_of_the_provider_see_it_and_do_not_decide(client, payer, attempt, role):
    works(client, payer[2].provider, role)
    found = found_about(attempt)

    page = client.get(difference_page(found))

    assert "о них решает администратор поставщика" in text_of(page)
    assert client.get(deciding_page(found)).status_code == 403
    assert client.post(deciding_page(found), {"confirmed": "1"}).status_code == 403
    assert client.post(difference_page(found), {"note": "разобрались"}).status_code == 409
    assert found_about(attempt).closed_at is None


def test_administrators_of_another_provider_find_nothing(client, attempt):
    works(client, ProviderFactory(), Role.ADMINISTRATOR)

    assert client.get(deciding_page(found_about(attempt))).status_code == 404


def test_the_page_of_a_disputed_payment_leads_to_its_difference(client, payer, attempt):
    works(client, payer[2].provider, Role.ADMINISTRATOR)
    checkout_id = attempt.part.checkout.public_id
    payment = reverse("desk-payment", args=[checkout_id, 1])

    assert difference_page(found_about(attempt)) in client.get(payment).content.decode()
    _words, sent = confirmed(client, found_about(attempt), "accepted")
    client.post(deciding_page(found_about(attempt)), sent)
    assert "просили 800,00 ₽, банк взял 650,00 ₽" in text_of(client.get(payment))


@pytest.mark.parametrize(
    ("way", "said", "states"),
    [
        ("ended", "снова числится оплаченной", ["declined"]),
        ("again", "с новым ключом", ["declined", "created"]),
    ],
)
def test_a_lost_refund_is_ended_or_asked_for_anew(client, bank, way, said, states):
    merchant = MerchantFactory(gateway=refunding_bank.CODE)
    account = AccountFactory(provider=merchant.provider)
    entry = paid(account=account, amount="100.00", merchant=merchant)
    refund = lost(bank, staff_of(merchant), entry.item.part)
    Refund.objects.update(created_at=NOW - KEY_LIVES)
    works(client, merchant.provider, Role.ADMINISTRATOR)
    found = Discrepancy.objects.get()

    words, sent = confirmed(client, found, way)

    assert said in words
    for _ in range(2):
        client.post(deciding_page(found), sent)
    assert [*Refund.objects.order_by("pk").values_list("state", flat=True)] == states
    assert LedgerEntry.objects.filter(kind="refunded").count() == 0
    assert refund.amount == Decimal("40.00")
    assert "40,00 ₽" in text_of(client.get(page_of(entry)))


@pytest.mark.parametrize("made", [other_sum, declined_and_made])
@pytest.mark.parametrize(
    ("way", "said", "after"),
    [
        (
            "booked",
            ("Учесть 120,00 ₽", "19,00 ₽", "Комиссия: 1,00 ₽", "Кассовый чек возврата", "151,50 ₽"),
            ("succeeded", Decimal("120.00"), 2),
        ),
        ("left", ("вернул плательщику 120,00 ₽", "Письмо банка № 5"), ("declined", Decimal(0), 0)),
    ],
)
def test_a_refund_that_the_bank_made_otherwise_is_booked_as_it_was_made_or_closed(
    client, bank, made, way, said, after
):
    merchant = MerchantFactory(gateway=refunding_bank.CODE)
    part = two_paid_lines(merchant)
    refund = made(bank, staff_of(merchant), part, told="120.00")
    works(client, merchant.provider, Role.ADMINISTRATOR)
    found = Discrepancy.objects.get()
    payment = reverse("desk-payment", args=[part.checkout.public_id, part.number])
    assert difference_page(found) in client.get(payment).content.decode()
    assert "Банк сделал возврат не так" in text_of(client.get(difference_page(found)))
    first = text_of(client.get(deciding_page(found)))
    assert "151,50 ₽" in first
    assert "120,00 ₽" in first

    words, sent = confirmed(client, found, way)

    for word in said:
        assert word in words
    assert LedgerEntry.objects.filter(kind="refunded").count() == 0
    for _ in range(2):
        assert client.post(deciding_page(found), sent).url == difference_page(found)
    refund.refresh_from_db()
    part.refresh_from_db()
    entries = LedgerEntry.objects.filter(kind="refunded").count()
    assert (refund.state, part.refunded, entries) == after
    assert "Письмо банка № 5" in text_of(client.get(difference_page(found)))
    assert ("просили 151,50 ₽" in text_of(client.get(payment))) == (way == "booked")

"""Giving money back at the desk: sums, a reason, a second look, the bank (OPX-31)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.kernel.actors import Role
from kabinet.payments.models import Refund
from kabinet.payments.operations import refunding
from tests.clock import NOW
from tests.desk.test_payments import page_of, text_of, works
from tests.factories import AccountFactory, ProviderFactory
from tests.factories.payments import CheckoutItemFactory, LedgerEntryFactory, MerchantFactory, paid
from tests.payments import refunding_bank
from tests.payments.banks import play

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def bank(settings):
    return play(settings, refunding_bank)


@pytest.fixture
def entry(bank):
    """Gas for 100 and maintenance for 50 with 0.50 commission, in one payment."""
    merchant = MerchantFactory(gateway=refunding_bank.CODE)
    account = AccountFactory(provider=merchant.provider, number="00510080")
    entry = paid(account=account, amount="100.00", merchant=merchant, position=1)
    part = entry.item.part
    more = {"amount": Decimal("50.00"), "commission": Decimal("0.50"), "title": "ТО ВДГО"}
    LedgerEntryFactory(item=CheckoutItemFactory(part=part, account=account, position=2, **more))
    part.amount, part.commission = Decimal("150.00"), Decimal("0.50")
    part.save()
    return entry


def form_of(entry):
    part = entry.item.part
    return reverse("desk-refund", args=[part.checkout.public_id, part.number])


def typed(**changed):
    return {
        "sum-1": "100,00",
        "sum-2": "50,00",
        "why": "Заявление № 17",
        "key": str(uuid.uuid4()),
        **changed,
    }


def test_the_form_holds_all_that_is_left_and_the_bank_hears_after_the_second_press(
    client, entry, bank
):
    works(client, entry.account.provider, Role.ADMINISTRATOR)
    page = client.get(form_of(entry))
    assert 'value="100,00"' in page.content.decode()
    assert "Можно вернуть до 50,00 ₽" in text_of(page)
    sent = typed(**{"sum-1": "40", "sum-2": "50,00"})

    confirm = client.post(form_of(entry), sent)

    assert "Вернуть 90,50 ₽" in text_of(confirm)
    assert "В том числе комиссия 0,50 ₽" in text_of(confirm)
    assert not Refund.objects.exists()

    answer = client.post(form_of(entry), {**sent, "confirmed": "1"})

    assert answer.url == page_of(entry)
    refund = Refund.objects.get()
    assert (refund.amount, refund.why) == (Decimal("90.50"), "Заявление № 17")
    assert "отправляем в банк" in text_of(client.get(page_of(entry)))
    refunding.check_refund(refund_id=refund.pk, at=NOW)
    text = text_of(client.get(page_of(entry)))
    assert "Оплачено, часть возвращена" in text
    assert "Банк вернул деньги" in text
    assert bank.returned.amount == Decimal("90.50")


def test_a_second_press_of_the_same_page_is_the_same_refund(client, entry):
    works(client, entry.account.provider, Role.ADMINISTRATOR)
    sent = typed(confirmed="1")

    assert client.post(form_of(entry), sent).status_code == 302
    assert client.post(form_of(entry), sent).status_code == 302

    assert Refund.objects.count() == 1


def test_one_steps_back_to_the_sums_that_were_typed(client, entry):
    works(client, entry.account.provider, Role.ADMINISTRATOR)

    answer = client.post(form_of(entry), typed(**{"sum-1": "7,00", "back": "1"}))

    assert answer.status_code == 200
    assert 'value="7,00"' in answer.content.decode()


WRONG = [
    ({"sum-1": "100,01"}, "По этой строке осталось 100,00 ₽."),
    ({"sum-1": "сто"}, "Напишите сумму в рублях, например 1243,56."),
    ({"sum-1": "-1,00"}, "Напишите сумму в рублях, например 1243,56."),
    ({"sum-1": "−1,00"}, "Напишите сумму в рублях, например 1243,56."),
    ({"sum-1": "", "sum-2": "0"}, "Укажите, сколько вернуть"),
    ({"why": " "}, "Обязательное поле"),
]


@pytest.mark.parametrize(("changed", "told"), WRONG)
@pytest.mark.parametrize("step", [{}, {"confirmed": "1"}])
def test_what_is_wrong_is_said_and_nothing_is_given_back(client, entry, changed, told, step):
    works(client, entry.account.provider, Role.ADMINISTRATOR)

    answer = client.post(form_of(entry), typed(**changed, **step))

    assert answer.status_code == 422
    assert told in text_of(answer)
    assert not Refund.objects.exists()


def test_while_one_refund_is_under_way_another_is_refused(client, entry):
    works(client, entry.account.provider, Role.ADMINISTRATOR)
    client.post(form_of(entry), typed(**{"sum-1": "1,00", "confirmed": "1"}))

    answer = client.post(form_of(entry), typed(**{"sum-1": "2,00", "confirmed": "1"}))

    assert "Возврат по этому платежу уже идёт" in text_of(answer)
    assert Refund.objects.count() == 1
    assert reverse("desk-refund", args=form_of(entry).split("/")[3:5]) not in (
        client.get(page_of(entry)).content.decode()
    )


def test_only_administrators_of_the_provider_reach_the_form(client, entry):
    works(client, entry.account.provider, Role.OPERATOR)
    answers = [client.get(form_of(entry)), client.post(form_of(entry), typed(confirmed="1"))]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert "Вернуть деньги" not in client.get(page_of(entry)).content.decode()

    works(client, ProviderFactory(), Role.ADMINISTRATOR)
    answers = [client.get(form_of(entry)), client.post(form_of(entry), typed(confirmed="1"))]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert not Refund.objects.exists()


def test_an_administrator_elsewhere_who_is_an_operator_here_gives_nothing_back(client, entry):
    user = works(client, entry.account.provider, Role.OPERATOR)
    user.staff_of.create(provider=ProviderFactory(), role=Role.ADMINISTRATOR)

    assert client.get(form_of(entry)).status_code == 404
    assert client.post(form_of(entry), typed()).status_code == 404
    assert client.post(form_of(entry), typed(confirmed="1")).status_code == 404
    assert not Refund.objects.exists()

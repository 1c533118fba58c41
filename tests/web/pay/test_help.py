"""What stands beside the payment form and after a payment: how, is it safe, how to get money back (PAY-14, 15)."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from kabinet.payments.models import Checkout, PaymentHelp, Refund
from kabinet.payments.operations.attempts import check, pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.providers.enums import GuestCheck
from tests.clock import NOW
from tests.factories import UserFactory
from tests.payments.carts import payable
from tests.payments.memory_bank import BOOKS
from tests.payments.payers import ledger, line, linked_account, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]
STEPS = (
    "Проверьте адрес и номер лицевого счёта.",
    "Проверьте суммы за услуги и пени. Их можно изменить.",
    "Укажите почту: на неё придёт чек.",
    "Прочитайте правила оплаты и отметьте это.",
    "Нажмите «Оплатить»: откроется страница банка.",
    "Введите данные карты и код из СМС.",
)


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()).replace("\xa0", " ")


def form(client, account):
    return text_of(client.get(reverse("account-pay", args=[account.public_id])))


def test_without_the_providers_words_the_platforms_stand_beside_the_form(client, user):
    account = payable(user, "100.00", style="B")

    page = form(client, account)

    assert [step for step in STEPS if step in page] == list(STEPS)
    for title in ("Как оплатить", "Безопасно ли это", "Как вернуть деньги"):
        assert title in page
    assert "Кабинет их не видит и не хранит." in page
    assert f"подайте письменное заявление поставщику ({account.provider.name})." in page


@pytest.mark.parametrize(
    ("field", "lost"),
    [
        ("steps", STEPS[0]),
        ("security", "Кабинет их не видит и не хранит."),
        ("refund", "подайте письменное заявление поставщику"),
    ],
)
def test_a_providers_own_words_take_the_place_of_ours_alone(client, user, field, lost):
    account = payable(user, "100.00", style="B")
    PaymentHelp.objects.create(provider=account.provider, **{field: "Звоните нам.\n\nЖдём вас."})

    page = form(client, account)

    assert "Звоните нам. Ждём вас." in page
    assert lost not in page
    ours = {"steps": STEPS[0], "security": "Кабинет их не видит", "refund": "письменное заявление"}
    assert all(words in page for name, words in ours.items() if name != field)


def test_words_of_a_provider_are_escaped_and_of_no_use_to_another(client, user):
    mine, other = payable(user, "100.00"), payable(user, "50.00")
    PaymentHelp.objects.create(provider=mine.provider, steps="<b>Жмите</b>")

    assert (
        "<li>&lt;b&gt;Жмите&lt;/b&gt;</li>"
        in client.get(reverse("account-pay", args=[mine.public_id])).content.decode()
    )
    assert "Жмите" not in form(client, other)


@pytest.fixture
def paid(books, client):
    actor, account, _merchant = linked_account()
    client.force_login(UserFactory._meta.model.objects.get(pk=actor.user_id))
    checkout_id = open_checkout(actor=actor, order=order(line(account)), at=NOW)
    attempt_id = pay(actor=actor, checkout_id=checkout_id, at=NOW)
    BOOKS.pay(next(iter(BOOKS.payments)))
    check(attempt_id=attempt_id, at=NOW)
    return account, reverse("checkout", kwargs={"checkout_id": checkout_id})


@pytest.mark.parametrize("own", ["", "Приходите в офис с паспортом."])
def test_a_payment_that_went_through_says_how_to_get_money_back_and_cannot_be_cancelled_here(
    client, paid, own
):
    account, address = paid
    PaymentHelp.objects.create(provider=account.provider, refund=own)

    page = client.get(address)

    ours = (
        "Прошедший платёж в кабинете не отменяется. Чтобы вернуть деньги, подайте письменное "
        f"заявление в офис: {account.provider.name}."
    )
    assert (own or ours) in text_of(page)
    forms = re.findall(r'<form[^>]*action="([^"]+)"', page.content.decode())
    assert not [action for action in forms if "/pay/" in action]
    assert (Refund.objects.count(), len(ledger(account))) == (0, 1)
    assert Checkout.objects.count() == 1


def test_guests_read_the_same_rules(client, user):
    account = payable(user, "100.00", style="B", guest_payments=GuestCheck.INITIALS)
    client.logout()

    page = text_of(client.get(reverse("guest-pay-rules", args=[account.provider.code])))

    assert "Одному получателю можно заплатить от 10,00 ₽." in page
    assert "За один раз — не больше 15 000,00 ₽." in page

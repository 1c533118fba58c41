"""The pages of saved cards (PAY-07, 41, 42)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from kabinet.kernel.actors import Actor
from kabinet.payments.models import Autopay, CardBinding, PaymentHelp, SavedCard
from kabinet.payments.operations.bindings import BindingRequest, open_binding
from tests.clock import NOW
from tests.factories import AccountFactory, UserFactory
from tests.factories.payments import (
    AttemptFactory,
    CheckoutFactory,
    CheckoutPartFactory,
    MerchantFactory,
    SavedCardFactory,
)
from tests.payments.autopayers import autopay_of
from tests.payments.card_bank import CODE, PAGE
from tests.web.entry import prove_now
from tests.web.test_entry_attacks import grow_old

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock", "drawer")]


@pytest.fixture(autouse=True)
def _proved(client, user):
    prove_now(client, user)


@pytest.fixture
def merchant(account):
    return MerchantFactory(
        provider=account.provider, gateway=CODE, supports_recurring=True, payee_name="ООО «Газ»"
    )


@pytest.fixture
def card(user, merchant):
    return SavedCardFactory(user=user, merchant=merchant, last4="4477", is_default=True)


def text(response):
    return response.content.decode().replace("\u00a0", " ")


def url(name, card):
    return reverse(name, kwargs={"card_id": card.public_id})


def filled(page, **changes):
    form = page.context["form"]
    return {
        "key": str(form["key"].value()),
        "shown": form["shown"].value(),
        "payee": form["payee"].value(),
        "accepts": "on",
        **changes,
    }


def test_the_list_says_what_each_card_is_and_does(client, user, account, card):
    autopay_of(Actor.customer(user.pk), account, card.merchant, card=card)
    SavedCardFactory(
        user=user, merchant=card.merchant, last4="0001", expiry_year=2026, expiry_month=10
    )

    page = text(client.get(reverse("cards")))

    for words in (
        *("Мир •• 4477", "12/29", "по умолчанию", "служит автоплатежу", account.number),
        *("Мир •• 0001", "10/26", "срок вышел", "ООО «Газ»"),
    ):
        assert words in page
    assert card.token not in page


def test_without_cards_it_says_how_to_get_one(client, account, merchant):
    assert "Сохранённых карт пока нет" in text(client.get(reverse("cards")))


def test_where_no_bank_saves_cards_it_says_so(client, account):
    page = text(client.get(reverse("cards")))

    assert "пока не сохраняют карты" in page
    assert reverse("card-new") not in page
    assert "не сохраняют карты без оплаты" in text(client.get(reverse("card-new")))


def unsaved(user, merchant, *, at=NOW, **about):
    """A payment whose card the person wanted to be saved."""
    checkout = CheckoutFactory(user=user, save_card=True, created_at=at)
    part = CheckoutPartFactory(checkout=checkout, merchant=merchant, paid=True)
    masked = {"card_system": "Mir", "card_last4": "0077"} | about
    return AttemptFactory(part=part, created_at=at, succeeded=True, **masked)


def test_a_card_that_the_bank_has_not_saved_is_told_for_a_week(client, user, account, merchant):
    unsaved(user, merchant)
    unsaved(user, merchant, card_last4="0078", at=NOW - dt.timedelta(days=8))
    unsaved(UserFactory(), merchant, card_last4="0079")
    kept = unsaved(user, merchant, card_last4="0080")
    SavedCardFactory(user=user, merchant=merchant, last4="0080", saved_at=kept.created_at)

    page = text(client.get(reverse("cards")))

    assert "Карту Мир •• 0077 банк не сохранил, хотя вы просили. Сам платёж прошёл" in page
    assert "если банк откажет, мы назовём причину" in page
    for other in ("0078", "0079", "Карту Мир •• 0080"):
        assert other not in page


@pytest.mark.parametrize(
    ("methods", "said", "unsaid"),
    [
        (["sbp", "card"], "Только для автоплатежа: ООО «Газ».", "Без ввода номера"),
        (["card", "saved_card"], "Без ввода номера карту принимают: ООО «Газ».", "Только для"),
    ],
)
def test_it_promises_what_the_providers_of_the_accounts_offer(
    client, account, card, methods, said, unsaid
):
    account.provider.policy.pay_methods = methods
    account.provider.policy.save()

    page = text(client.get(reverse("cards")))

    assert said in page
    assert unsaid not in page
    assert ("только автоплатежом" in page) is ("saved_card" not in methods)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_six_queries(client, user, card, count, django_assert_num_queries):
    for _ in range(count - 1):
        SavedCardFactory(user=user, merchant=card.merchant)
        AccountFactory(holders=[user])
    for _ in range(count):
        unsaved(user, card.merchant)
    client.get(reverse("cards"))

    with django_assert_num_queries(
        6
    ):  # session, user, links, cards, unsaved, payees that save cards
        page = client.get(reverse("cards"))

    assert len(page.context["cards"]) == count


def test_a_card_is_saved_on_the_banks_page(client, user, merchant, drawer):
    page = client.get(reverse("card-new"))
    assert "Номер карты, срок действия и код вы вводите на странице банка." in text(page)

    answer = client.post(reverse("card-new"), filled(page), follow=True)
    assert f"url={PAGE}" in text(answer)
    address = answer.redirect_chain[0][0]
    assert f"url={PAGE}" not in text(client.get(address))
    drawer.confirm(CardBinding.objects.get().acquirer_id)

    assert "Карта сохранена" in text(client.get(address))
    assert SavedCard.objects.get().user == user


def test_a_stranger_at_an_open_browser_saves_no_card(client, merchant):
    sent = filled(client.get(reverse("card-new")))
    grow_old(client)

    for answer in (client.get(reverse("card-new")), client.post(reverse("card-new"), sent)):
        assert answer.url.startswith(reverse("account_reauthenticate"))

    assert not CardBinding.objects.exists()


def test_two_presses_are_one_binding(client, merchant):
    sent = filled(client.get(reverse("card-new")))

    client.post(reverse("card-new"), sent)
    client.post(reverse("card-new"), sent)

    assert CardBinding.objects.count() == 1


def test_what_is_accepted_is_what_was_read(client, merchant):
    help_ = PaymentHelp.objects.create(provider=merchant.provider, card_offer="Свои условия.")
    page = client.get(reverse("card-new"))
    assert "Свои условия." in page.content.decode()
    help_.card_offer, help_.offer_url = "Новые условия.", "https://bank.example/offer"
    help_.save()

    answer = client.post(reverse("card-new"), filled(page))

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Условия изменились. Прочитайте их ещё раз." in shown
    assert "Новые условия." in shown
    assert 'href="https://bank.example/offer"' in shown
    assert not CardBinding.objects.exists()
    assert client.post(reverse("card-new"), filled(answer)).status_code == 302


def test_the_offer_can_be_read_before_a_card_is_kept_with_a_payment(client, account):
    address = reverse("card-offer", args=[account.provider.code])
    assert "Сохранённой картой можно платить" in client.get(address).content.decode()
    assert client.get(reverse("card-offer", args=["unknown"])).status_code == 404


def test_without_the_tick_it_is_not_begun(client, merchant):
    sent = filled(client.get(reverse("card-new")))
    del sent["accepts"]

    answer = client.post(reverse("card-new"), sent)

    assert answer.status_code == 422
    assert "Чтобы сохранить карту, примите условия." in text(answer)
    assert not CardBinding.objects.exists()


def test_of_several_payees_one_is_chosen(client, user, merchant):
    other = MerchantFactory(
        provider=AccountFactory(holders=[user]).provider, gateway=CODE, supports_recurring=True
    )
    page = client.get(reverse("card-new"))

    assert client.post(reverse("card-new"), filled(page, payee="")).status_code == 422
    client.post(reverse("card-new"), filled(page, payee=str(other.public_id)))

    assert CardBinding.objects.get().merchant == other


@pytest.mark.parametrize("payee", ["x", str(uuid.UUID(int=5))])
def test_a_payee_out_of_the_blue_is_refused(client, merchant, payee):
    page = client.get(reverse("card-new"))

    assert client.post(reverse("card-new"), filled(page, payee=payee)).status_code == 422
    assert not CardBinding.objects.exists()


def test_a_bank_that_is_down_is_waited_for(client, merchant, drawer):
    drawer.troubles = ["down"]

    answer = client.post(reverse("card-new"), filled(client.get(reverse("card-new"))), follow=True)

    assert "Связываемся с банком…" in text(answer)
    assert f"url={PAGE}" in text(client.get(answer.redirect_chain[0][0]))


def test_a_refusal_says_why_and_offers_another_try(client, merchant, drawer):
    client.post(reverse("card-new"), filled(client.get(reverse("card-new"))), follow=True)
    binding = CardBinding.objects.get()
    drawer.refuse(binding.acquirer_id)

    page = text(client.get(reverse("card-binding", kwargs={"binding_id": binding.public_id})))

    assert "Карта не сохранена" in page
    assert "номер карты или код с оборота не подошли" in page
    assert reverse("card-new") in page


def test_another_persons_binding_and_card_do_not_exist(client, account, merchant, drawer):
    other = AccountFactory(provider=account.provider, holders=[SavedCardFactory().user])
    owner = Actor.customer(other.links.get().user_id)
    wanted = BindingRequest(key=uuid.uuid4(), merchant_id=merchant.public_id, accepts_offer=True)
    binding_id = open_binding(actor=owner, wanted=wanted, at=NOW)
    foreign = SavedCard.objects.get()

    answers = [
        client.get(reverse("card-binding", kwargs={"binding_id": binding_id})),
        client.get(reverse("card-binding", kwargs={"binding_id": uuid.uuid4()})),
        client.get(url("card-remove", foreign)),
        client.post(url("card-remove", foreign)),
        client.post(url("card-default", foreign)),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert (drawer.calls, SavedCard.objects.get().removed_at) == ([], None)


def test_a_card_is_removed_after_a_question(client, card):
    assert "Мир •• 4477" in text(client.get(url("card-remove", card)))

    page = text(client.post(url("card-remove", card), follow=True))

    assert "Карта удалена." in page
    assert SavedCard.objects.get().token == ""


def test_one_that_serves_an_autopay_says_what_stops_with_it(client, user, account, card):
    autopay_of(Actor.customer(user.pk), account, card.merchant, card=card)
    page = text(client.get(url("card-remove", card)))
    assert f"С этой карты идёт автоплатёж: {account.number}." in page

    refused = text(client.post(url("card-remove", card), follow=True))
    assert "Подтвердите, что его надо отключить." in refused
    assert Autopay.objects.get().state == "on"
    done = text(client.post(url("card-remove", card), {"ends_autopay": "yes"}, follow=True))

    assert "Карта удалена, автоплатёж с неё отключён." in done
    assert Autopay.objects.get().state == "off"


def test_another_card_is_offered_first(client, user, card):
    other = SavedCardFactory(user=user, merchant=card.merchant)

    page = text(client.post(url("card-default", other), follow=True))

    assert "Теперь эту карту предложим первой." in page
    assert SavedCard.objects.get(is_default=True) == other

"""The pages of an account's autopay, and where they are found (PAY-16–18, 28)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.kernel.actors import Actor
from kabinet.payments.enums import AutopayNote
from kabinet.payments.models import Attempt, Autopay, AutopayRun, Checkout
from kabinet.payments.operations import attempts
from kabinet.payments.operations.autopay import starting
from kabinet.providers.enums import OverLimit
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    BalanceFactory,
    SupplierFactory,
    UserFactory,
)
from tests.factories.payments import (
    AutopayRunFactory,
    MerchantFactory,
    MerchantSupplierFactory,
    SavedCardFactory,
)
from tests.payments import memory_bank
from tests.payments.autopayers import autopay_of, card_of, told_run
from tests.payments.card_bank import CODE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock", "drawer")]


@pytest.fixture
def merchant(account):
    BalanceFactory(account=account, amount=Decimal("1243.56"))
    return MerchantFactory(
        provider=account.provider,
        gateway=CODE,
        supports_recurring=True,
        payee_name="ООО «Газ»",
        issues_receipts=False,
    )


@pytest.fixture
def actor(user):
    return Actor.customer(user.pk)


@pytest.fixture
def autopay(actor, account, merchant):
    return autopay_of(actor, account, merchant, card=card_of(actor, merchant, last4="4477"))


def text(response):
    return response.content.decode().replace("\u00a0", " ")


def url(account, name="autopay"):
    return reverse(name, kwargs={"account_id": account.public_id})


def filled(page, **changes):
    return {
        "key": str(page.context["form"]["key"].value()),
        "limit": "3 000,00",
        "day": "25",
        "email": "anna@example.ru",
        "card": "new",
        "consents": "on",
        **changes,
    }


def act(client, account, what):
    return text(client.post(url(account, f"autopay-{what}"), follow=True))


def test_before_it_is_connected_it_says_what_it_does_and_offers_it(client, account, merchant):
    page = text(client.get(url(account)))

    assert "Не подключён" in page
    assert url(account, "autopay-connect") in page
    assert "Раз в месяц, в выбранный вами день с 10 до 20 часов" in page


def test_where_the_bank_does_not_do_it_it_says_so(client, account):
    MerchantFactory(provider=account.provider, gateway=CODE)

    page = text(client.get(url(account)))

    assert "Банк вашего поставщика пока не списывает деньги автоматически." in page
    assert url(account, "autopay-connect") not in page
    assert client.get(url(account, "autopay-connect")).url == url(account)


def test_a_new_card_is_bound_by_a_rouble_and_then_it_is_on(client, account, merchant):
    page = client.get(url(account, "autopay-connect"))
    assert account.number in text(page)

    answer = client.post(url(account, "autopay-connect"), filled(page), follow=True)
    assert "Оплатите на странице банка" in text(answer)
    assert "Ещё не подключён" in text(client.get(url(account)))
    attempt = Attempt.objects.get()
    memory_bank.BOOKS.pay(attempt.acquirer_id, at=NOW)
    attempts.check(attempt_id=attempt.pk, at=NOW)

    page = text(client.get(url(account)))
    assert "Подключён" in page
    assert "Следующий платёж: 25 ноября, 10:00." in page
    assert "Мир •• 4477" in page
    assert Autopay.objects.get().state == "on"


def test_a_saved_card_connects_at_once(client, actor, account, merchant):
    card = card_of(actor, merchant)
    page = client.get(url(account, "autopay-connect"))

    answer = client.post(
        url(account, "autopay-connect"), filled(page, card=str(card.public_id)), follow=True
    )

    assert "Автоплатёж подключён." in text(answer)
    assert (Autopay.objects.get().card, Checkout.objects.count()) == (card, 0)


def test_the_same_form_sent_twice_connects_once(client, actor, account, merchant):
    card = card_of(actor, merchant)
    sent = filled(client.get(url(account, "autopay-connect")), card=str(card.public_id))

    for _ in range(2):
        answer = client.post(url(account, "autopay-connect"), sent)

    assert answer.url == url(account)
    assert Autopay.objects.count() == 1


def test_another_form_leads_to_the_rouble_that_is_under_way(client, account, merchant):
    client.post(
        url(account, "autopay-connect"), filled(client.get(url(account, "autopay-connect")))
    )
    running = Checkout.objects.get()

    page = client.get(url(account, "autopay-connect"))
    answer = client.post(url(account, "autopay-connect"), filled(page), follow=True)

    address = reverse("checkout", kwargs={"checkout_id": running.public_id})
    assert answer.redirect_chain == [(address, 302)]
    assert "Эта оплата ещё идёт. Закончите её, потом подключите автоплатёж." in text(answer)
    assert Checkout.objects.count() == 1


def test_a_rouble_that_can_be_paid_no_more_is_said_in_the_form(client, account, merchant):
    sent = filled(client.get(url(account, "autopay-connect")))
    client.post(url(account, "autopay-connect"), sent)
    attempt = Attempt.objects.get()
    memory_bank.BOOKS.decline(attempt.acquirer_id)
    attempts.check(attempt_id=attempt.pk, at=NOW)
    merchant.is_default = False
    merchant.save()
    MerchantFactory(provider=account.provider, gateway=CODE, supports_recurring=True)

    answer = client.post(url(account, "autopay-connect"), sent)

    assert answer.status_code == 422
    assert "Продолжить эту оплату нельзя" in text(answer)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"limit": "0"}, "Предел — не меньше 10,00 ₽"),
        ({"limit": "15 000,01"}, "Предел — не больше 15 000,00 ₽"),
        ({"limit": "много"}, "Нужна сумма цифрами"),
        ({"limit": "NaN"}, "Нужна сумма цифрами"),
        ({"limit": "100,001"}, "После запятой — не больше двух цифр."),
        ({"limit": ""}, "Укажите предел."),
        ({"day": "29"}, "День — от 1 до 28"),
        ({"day": ""}, "Выберите день."),
        ({"email": "anna"}, "Проверьте адрес"),
        ({"email": ""}, "Укажите почту"),
        ({"card": "4477"}, "Этой карты нет."),
        ({"consents": ""}, "Прочитайте условия и подтвердите их."),
    ],
)
def test_what_is_missing_or_wrong_is_said_beside_its_field(
    client, account, merchant, change, words
):
    page = client.get(url(account, "autopay-connect"))
    sent = {name: value for name, value in filled(page, **change).items() if value}

    answer = client.post(url(account, "autopay-connect"), sent)

    assert (answer.status_code, Autopay.objects.count()) == (422, 0)
    assert words in text(answer)


def test_another_persons_card_is_no_choice(client, account, merchant):
    foreign = SavedCardFactory(merchant=merchant)
    page = client.get(url(account, "autopay-connect"))

    answer = client.post(url(account, "autopay-connect"), filled(page, card=str(foreign.public_id)))

    assert (answer.status_code, Autopay.objects.count()) == (422, 0)


def test_up_to_the_limit_is_offered_where_the_provider_allows_it(client, account, merchant):
    name = url(account, "autopay-connect")
    assert "заплатить, сколько позволяет предел" not in text(client.get(name))
    account.provider.policy.autopay_over_limit = OverLimit.PAY_LIMIT
    account.provider.policy.save()
    page = client.get(name)
    assert "заплатить, сколько позволяет предел" in text(page)

    client.post(name, filled(page, over_limit="limit"))

    assert Autopay.objects.get().pays_up_to_limit


def test_payees_that_it_does_not_pay_are_named(client, account, merchant):
    other = MerchantFactory(
        provider=account.provider, gateway=CODE, is_default=False, payee_name="Фонд капремонта"
    )
    MerchantSupplierFactory(merchant=other, supplier=SupplierFactory(provider=account.provider))

    page = text(client.get(url(account, "autopay-connect")))

    assert "платит только получателю ООО «Газ». Другим получателям (Фонд капремонта)" in page


def test_the_state_says_limit_day_card_address_and_the_next_payment(client, account, autopay):
    told_run(autopay, amount=Decimal("1243.56"))

    page = text(client.get(url(account)))

    for words in (
        *("3 000,00 ₽", "25-е число", "Мир •• 4477", "anna@example.ru", "ООО «Газ»"),
        *("Следующий платёж: 25 ноября, 10:00.", "Спишется 1 243,56 ₽."),
        *("Пропустить ноябрь 2026", "Отключить автоплатёж"),
    ):
        assert words in page


def test_a_month_is_skipped_and_taken_back(client, account, autopay):
    assert "Автоплатёж за ноябрь 2026 пропущен." in act(client, account, "skip")
    assert AutopayRun.objects.get().told == AutopayNote.BY_PERSON
    page = text(client.get(url(account)))
    assert "Следующий платёж: 25 декабря, 10:00." in page
    assert "Не пропускать ноябрь 2026" in page

    assert "Месяц больше не пропущен." in act(client, account, "restore")

    assert "Следующий платёж: 25 ноября, 10:00." in text(client.get(url(account)))


def test_it_is_changed(client, actor, account, merchant, autopay):
    page = client.get(url(account, "autopay-change"))
    assert page.context["form"]["limit"].value() == "3\u00a0000,00"

    sent = filled(page, limit="500", day="5", card=str(autopay.card.public_id))
    answer = text(client.post(url(account, "autopay-change"), sent, follow=True))

    autopay.refresh_from_db()
    assert "Автоплатёж изменён." in answer
    assert (autopay.limit, autopay.day) == (Decimal("500.00"), 5)


def test_a_change_that_cannot_be_is_said_beside_its_field(client, account, autopay):
    page = client.get(url(account, "autopay-change"))
    sent = filled(page, limit="5", card=str(autopay.card.public_id))

    answer = client.post(url(account, "autopay-change"), sent)

    assert (answer.status_code, "Предел — не меньше" in text(answer)) == (422, True)


def test_switched_off_it_is_offered_again(client, account, autopay):
    page = act(client, account, "off")

    assert "Автоплатёж отключён. Больше ничего не спишется." in page
    assert "Не подключён" in page
    assert Autopay.objects.get().state == "off"


def test_switched_off_during_a_charge_the_person_is_told(client, account, autopay):
    told_run(autopay, due_at=NOW, notified_at=NOW - dt.timedelta(days=2))
    starting.claim_due_runs(at=NOW)
    assert "Платёж идёт" in text(client.get(url(account)))

    page = act(client, account, "off")

    assert "Один платёж уже идёт: он закончится, результат придёт на почту." in page


def test_a_paused_one_says_what_to_do_and_is_resumed(client, account, autopay):
    Autopay.objects.update(state="paused", failures=3)
    page = text(client.get(url(account)))
    assert "три неудачи подряд" in page

    assert "Автоплатёж возобновлён." in act(client, account, "resume")
    assert Autopay.objects.get().state == "on"


def test_another_holders_autopay_shows_nothing_but_that_it_is_there(
    client, user, account, merchant
):
    other = AccountLinkFactory(account=account)
    foreign = autopay_of(Actor.customer(other.user_id), account, merchant)
    told_run(foreign, amount=Decimal("700.00"))

    page = text(client.get(url(account)))

    assert "Подключён другим владельцем" in page
    for words in ("anna@example.ru", "••", "700,00", "3 000,00"):
        assert words not in page
    assert client.post(url(account, "autopay-off")).status_code == 404
    assert Autopay.objects.get().state == "on"


def test_a_strangers_account_does_not_exist(client, user):
    foreign = AccountFactory(holders=[UserFactory()])

    answers = [
        client.get(url(foreign)),
        client.get(url(foreign, "autopay-connect")),
        *(client.post(url(foreign, f"autopay-{what}")) for what in ("off", "skip", "resume")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5


@pytest.mark.parametrize("months", [1, 3])
def test_the_state_costs_seven_queries(client, account, autopay, months, django_assert_num_queries):
    for month in range(months):
        AutopayRunFactory(
            autopay=autopay,
            period=dt.date(2026, 11 - month, 1),
            state="skipped",
            told=AutopayNote.NOTHING_DUE,
        )
    client.get(url(account))

    with django_assert_num_queries(7):  # session, user, links, autopay, its months, payees, offer
        page = client.get(url(account))

    assert len(page.context["autopay"].runs) == months


@pytest.mark.parametrize("cards", [1, 3])
def test_connecting_costs_six_queries(
    client, actor, account, merchant, cards, django_assert_num_queries
):
    for _ in range(cards):
        card_of(actor, merchant)
    client.get(url(account, "autopay-connect"))

    with django_assert_num_queries(6):  # session, user, links, payees, cards, offer
        page = client.get(url(account, "autopay-connect"))

    assert len(page.context["form"].fields["card"].choices) == cards + 1


def test_home_offers_it_until_it_is_on(client, actor, account, merchant):
    home = reverse("account-home", kwargs={"account_id": account.public_id})
    assert "Подключить автоплатёж" in text(client.get(home))

    autopay_of(actor, account, merchant)

    page = text(client.get(home))
    assert "Подключить автоплатёж" not in page
    assert "Автоплатёж: 25 числа" in page


def test_home_does_not_offer_what_the_bank_does_not_do(client, account):
    home = reverse("account-home", kwargs={"account_id": account.public_id})

    assert "втоплатёж" not in text(client.get(home))


def test_the_profile_shows_all_accounts(client, user, actor, account, autopay):
    second = AccountFactory(holders=[user])
    MerchantFactory(provider=second.provider, gateway=CODE)
    third = AccountFactory(holders=[user])
    MerchantFactory(provider=third.provider, gateway=CODE, supports_recurring=True)

    page = text(client.get(reverse("profile")))

    assert "Карты и автоплатежи" in page
    assert "25-го числа, не больше 3 000,00 ₽" in page
    assert "автоплатёж недоступен" in page
    assert url(third) in page
    assert reverse("cards") in page

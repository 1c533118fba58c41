"""An account's payments: what was paid here stands there at once, and never twice (PAY-10, 47)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.billing import queries
from kabinet.billing.queries import PaymentState
from kabinet.kernel.actors import NOBODY, Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from tests.factories import (
    NOON,
    AccountFactory,
    PostedPaymentFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
)
from tests.factories.payments import paid, refunded

pytestmark = pytest.mark.django_db


def roubles(text):
    return Money(Decimal(text))


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def account(user):
    return AccountFactory(holders=[user])


def page_of(actor, account, *, size=50, page=1, **search):
    search.setdefault("first_day", dt.date(2000, 1, 1))
    return queries.get_payments(
        actor=actor,
        account_id=account.pk,
        search=queries.PaymentSearch(**search),
        size=size,
        page=page,
    )


def listed(user, account, **search):
    found = page_of(Actor.customer(user.pk), account, **search)
    assert found.total == Money.total(row.amount for row in found.payments)
    return [(str(row.received_on), row.amount, row.state) for row in found.payments]


def confirm(entry, amount=None, **posted):
    """The provider books it, in part or whole."""
    amount = entry.amount if amount is None else Decimal(amount)
    entry.posted, entry.confirmed_at = amount, NOON
    entry.save()
    return PostedPaymentFactory(
        account=entry.account,
        amount=amount,
        portal_id=entry.public_id,
        **{"received_on": dt.date(2026, 11, 21), **posted},
    )


def test_a_payment_made_here_is_in_the_list_at_once(user, account):
    paid(account=account, amount="300.00")
    PostedPaymentFactory(account=account, received_on=dt.date(2026, 11, 21))
    PostedPaymentFactory(account=account, received_on=dt.date(2026, 10, 1))

    assert listed(user, account) == [
        ("2026-11-21", roubles("100.00"), PaymentState.OUTSIDE),
        ("2026-11-20", roubles("300.00"), PaymentState.TAKEN),
        ("2026-10-01", roubles("100.00"), PaymentState.OUTSIDE),
    ]


def test_it_says_when_it_has_been_handed_over(user, account):
    entry = paid(account=account, amount="300.00")
    entry.handed_over_at = NOON
    entry.save()

    assert listed(user, account) == [("2026-11-20", roubles("300.00"), PaymentState.HANDED_OVER)]


def test_the_providers_record_takes_its_place(user, account):
    confirm(paid(account=account, amount="300.00"))

    assert listed(user, account) == [("2026-11-21", roubles("300.00"), PaymentState.POSTED)]


def test_of_a_sum_booked_in_part_the_rest_stands_beside_it(user, account):
    confirm(paid(account=account, amount="300.00"), "200.00")

    assert listed(user, account) == [
        ("2026-11-21", roubles("200.00"), PaymentState.POSTED),
        ("2026-11-20", roubles("100.00"), PaymentState.TAKEN),
    ]


def test_money_given_back_stands_with_a_minus(user, account):
    entry = paid(account=account, amount="300.00")
    refunded(entry, amount="120.00", at=NOON + dt.timedelta(days=1))

    assert listed(user, account) == [
        ("2026-11-21", roubles("-120.00"), PaymentState.TAKEN),
        ("2026-11-20", roubles("300.00"), PaymentState.TAKEN),
    ]


def test_the_day_is_the_providers(user):
    provider = ProviderFactory(timezone="Asia/Yekaterinburg")
    account = AccountFactory(provider=provider, holders=[user])
    paid(account=account, at=dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC))

    assert [day for day, *_ in listed(user, account)] == ["2026-11-21"]


def test_both_kinds_are_found_by_day_and_by_sum(user, account):
    paid(account=account, amount="300.10")
    PostedPaymentFactory(account=account, amount=Decimal("300.20"))
    here = ("2026-11-20", roubles("300.10"), PaymentState.TAKEN)
    outside = ("2026-10-13", roubles("300.20"), PaymentState.OUTSIDE)

    assert listed(user, account, amount=Decimal(300), whole_roubles=True) == [here, outside]
    assert listed(user, account, amount=Decimal("300.10")) == [here]
    assert listed(user, account, last_day=dt.date(2026, 11, 1)) == [outside]
    assert listed(user, account, first_day=dt.date(2026, 11, 1)) == [here]


def test_pages_go_over_both_kinds(user, account):
    for day in (1, 2, 3):
        paid(account=account, at=NOON.replace(day=day))
        PostedPaymentFactory(account=account, received_on=dt.date(2026, 11, day))
    actor = Actor.customer(user.pk)

    pages = [page_of(actor, account, size=4, page=number) for number in (1, 2, 9)]

    assert [[row.received_on.day for row in page.payments] for page in pages] == [
        [3, 3, 2, 2],
        [1, 1],
        [1, 1],
    ]
    assert {(page.count, page.total) for page in pages} == {(6, roubles("600.00"))}


def test_the_service_and_the_penalty_are_told(user, account):
    service = ServiceFactory(provider=account.provider, name="Газоснабжение")
    paid(account=account, amount="300.00", service=service, penalty=Decimal("5.00"))

    (row,) = page_of(Actor.customer(user.pk), account).payments

    assert (row.service_name, row.penalty, row.source) == (
        "Газоснабжение",
        roubles("5.00"),
        "Личный кабинет",
    )


@pytest.mark.parametrize("is_posted", [False, True])
def test_only_who_paid_is_led_to_the_payment(user, account, is_posted):
    entry = paid(account=account)
    if is_posted:
        confirm(entry)
    payer = entry.item.part.checkout.user
    account.links.create(user=payer, level="extended", linked_at=NOON, extended_at=NOON)

    seen = [
        page_of(Actor.customer(who.pk), account).payments[0].checkout_id for who in (payer, user)
    ]

    assert seen == [entry.item.part.checkout.public_id, None]


def test_a_record_that_names_a_payment_of_another_account_is_an_outside_one(user, account):
    stranger = paid(account=AccountFactory())
    PostedPaymentFactory(account=account, portal_id=stranger.public_id)

    (row,) = page_of(Actor.customer(user.pk), account).payments

    assert (row.state, row.checkout_id) == (PaymentState.OUTSIDE, None)


def test_strangers_limited_links_and_nobody_see_no_payment():
    provider, limited = ProviderFactory(policy__limited_features=[Feature.METERS]), UserFactory()
    account = AccountFactory(provider=provider, holders=[UserFactory()], limited=[limited])
    paid(account=account)

    for actor in (Actor.customer(UserFactory().pk), Actor.customer(limited.pk), NOBODY):
        found = page_of(actor, account)
        assert (found.payments, found.count, found.total) == ([], 0, Money.zero())


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_two_queries(user, account, count, django_assert_num_queries):
    for _ in range(count):
        paid(account=account)
        PostedPaymentFactory(account=account)

    with django_assert_num_queries(2):  # count and sum, rows
        found = page_of(Actor.customer(user.pk), account)

    assert found.count == 2 * count


def test_the_page_shows_state_and_way_to_the_payment(client, user, account):
    entry = paid(account=account, at=timezone.now())
    entry.item.part.checkout.user = user
    entry.item.part.checkout.save()
    client.force_login(user)

    page = client.get(reverse("payments", kwargs={"account_id": account.public_id}))

    text = page.content.decode()
    own = reverse("own-payment", kwargs={"checkout_id": entry.item.part.checkout.public_id})
    assert f'<a href="{own}">Личный кабинет</a>' in text
    assert "передаём поставщику" in text


NOVEMBER, JUNE = Period(2026, 11), Period(2026, 6)


def happened(user, account):
    """The payments of the feed of events: day, sum, state."""
    months = queries.get_events(
        actor=Actor.customer(user.pk), account_id=account.pk, first=JUNE, last=NOVEMBER
    ).months
    return [
        (str(event.on), event.amount, event.payment.state)
        for month in months
        for event in month.events
    ]


def test_the_feed_of_events_has_it_at_once_too_and_once_only(user, account):
    entry = paid(account=account, amount="300.00")
    assert happened(user, account) == [("2026-11-20", roubles("300.00"), PaymentState.TAKEN)]

    row = confirm(entry, "200.00")
    assert happened(user, account) == [
        ("2026-11-21", roubles("200.00"), PaymentState.POSTED),
        ("2026-11-20", roubles("100.00"), PaymentState.TAKEN),
    ]

    row.amount, entry.posted = Decimal("300.00"), Decimal("300.00")
    row.save()
    entry.save()
    assert happened(user, account) == [("2026-11-21", roubles("300.00"), PaymentState.POSTED)]


def test_the_feed_begins_and_ends_with_what_is_only_here(user, account):
    def span(who=user):
        return queries.get_event_span(
            actor=Actor.customer(who.pk), account_id=account.pk, since=JUNE, today=NOVEMBER
        )

    assert span() is None
    paid(account=account)
    assert span() == (NOVEMBER, NOVEMBER)
    assert span(UserFactory()) is None


def test_where_payments_are_closed_the_feed_has_none_of_ours_either(user):
    offered = [feature.value for feature in Feature if feature is not Feature.PAYMENTS]
    provider = ProviderFactory(policy__enabled_features=offered)
    account = AccountFactory(provider=provider, holders=[user])
    paid(account=account)

    assert happened(user, account) == []


def test_the_page_of_events_says_what_the_provider_has_not_booked(client, user, account):
    client.force_login(user)
    refunded(paid(account=account, amount="300.00"), amount="40.00")

    page = client.get(reverse("events", kwargs={"account_id": account.public_id}))
    text = " ".join(page.content.decode().split())

    assert text.count("поставщик ещё не учёл") == 2
    assert "Возврат<" in text
    assert "Возврат из личного кабинета" in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_feed_takes_the_same_queries(user, account, count, django_assert_num_queries):
    for _ in range(count):
        confirm(paid(account=account, amount="10.00"))
        paid(account=account, amount="20.00")

    with django_assert_num_queries(3):  # bills (and no lines of none), payments, readings
        found = happened(user, account)

    assert len(found) == 2 * count

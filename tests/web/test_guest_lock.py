"""Three wrong fillings in a row close the door for a while, and nobody learns what was wrong (MET-16, IDN-31)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel.models import AttemptLimit
from kabinet.providers.enums import GuestCheck
from tests.factories import AccountFactory, ProviderFactory, UserFactory
from tests.web.entry import EMAIL, is_signed_in, make_person, sign_in
from tests.web.guests import (
    ADDRESS,
    BY_ADDRESS,
    BY_INITIALS,
    METERS,
    REGION,
    account_b,
    account_d,
    find,
    words,
)
from tests.work import challenge_of, solve

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
WRONG = {"initials": "ЯЯЯ"}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


def lock(client):
    for _ in range(3):
        response = find(client, **WRONG)
    return response


def solved(response):
    return solve(challenge_of(response))


# --- three in a row ---


def test_the_third_wrong_filling_blocks_for_a_quarter_of_an_hour(client, clock):
    account_b()

    statuses = [find(client, **WRONG).status_code for _ in range(3)]
    blocked = find(client)

    assert statuses == [422, 422, 429]
    assert (blocked.status_code, blocked.headers["Retry-After"]) == (429, "900")
    assert "Слишком много попыток. Попробуйте снова через 15 мин." in words(blocked)
    assert "guest_pass" not in client.session


def test_the_words_count_down_to_the_block(client):
    account_b()

    said = [words(find(client, **WRONG)) for _ in range(3)]

    assert "Осталось попыток: 2." in said[0]
    assert "Осталось попыток: 1." in said[1]
    assert "Попытки закончились, снова можно через 15 мин." in said[2]


def test_numbers_may_differ_the_row_goes_on(client):
    account_b()

    for number in ("80510711", "80510712", "80510713"):
        response = find(client, number=number)

    assert response.status_code == 429


def test_both_kinds_of_check_share_the_row(client):
    account_b()
    account_d()

    find(client, **WRONG)
    find(client, BY_ADDRESS, ADDRESS, house="13")
    response = find(client, **WRONG)

    assert response.status_code == 429


def test_success_clears_the_row(client):
    account_b()
    for _ in range(2):
        find(client, **WRONG)

    assert find(client).url == reverse(METERS)

    assert [find(client, **WRONG).status_code for _ in range(3)] == [422, 422, 429]


def test_requests_during_the_block_do_not_make_it_longer(client, clock):
    account_b()
    lock(client)

    for minute in range(14):
        clock(NOW + minute * MINUTE)
        for _ in range(5):
            assert find(client).status_code == 429

    clock(NOW + 15 * MINUTE)
    page = client.get(reverse(BY_INITIALS))
    assert find(client, captcha=solved(page)).url == reverse(METERS)


def test_the_page_itself_tells_the_time_that_is_left(client, clock):
    account_b()
    lock(client)
    clock(NOW + 5 * MINUTE + dt.timedelta(seconds=28))

    page = client.get(reverse(BY_INITIALS))

    assert page.status_code == 200
    assert "Попробовать снова можно через 9:32" in words(page)


def test_what_cannot_be_an_answer_costs_no_try(client):
    account_b()

    for changed in (
        {"number": "12"},
        {"number": "не помню"},
        {"initials": "123"},
        {"initials": ""},
        {"region": "Чужой край"},
        {"number": ""},
        {},
    ):
        response = find(client, **({"initials": "…"} | changed))
        assert response.status_code == 422

    assert AttemptLimit.objects.count() == 0
    assert "Номер не похож на лицевой счёт: в нём от 6 до 12 цифр." in words(
        find(client, number="12")
    )


def test_repeat_offenders_wait_longer(client, clock):
    account_b()
    lock(client)
    clock(NOW + 15 * MINUTE)

    for _ in range(3):
        page = client.get(reverse(BY_INITIALS))
        response = find(client, captcha=solved(page), **WRONG)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "1800")


# --- from elsewhere, and for others ---


def test_another_place_is_not_blocked(client):
    account_b()
    lock(client)

    response = client.post(
        reverse(BY_INITIALS),
        {"region": REGION, "number": "80510701", "initials": "АБВ"},
        REMOTE_ADDR="192.0.2.7",
    )

    assert response.url == reverse(METERS)


def test_going_through_numbers_ends_though_every_third_is_ones_own(client):
    account_b(number="80510000")
    answers = []
    for round_ in range(16):
        answers += [find(client, number=f"8051{round_:02}{n:02}").status_code for n in (51, 52)]
        answers.append(find(client, number="80510000").status_code)

    assert answers.count(422) == 29
    assert set(answers[-3:]) == {429}


def test_many_places_about_one_number_are_stopped_together(client):
    account_b()
    filled = {"region": REGION, "number": "80510701"}

    def guess(place, **changed):
        return client.post(
            reverse(BY_INITIALS), {**filled, **changed}, REMOTE_ADDR=f"192.0.2.{place}"
        )

    answers = [guess(place, **WRONG) for place in range(15)]
    assert [answer.status_code for answer in answers] == [422] * 14 + [429]
    # Whoever comes next does the work first, and is then told to wait, with the right answer too.
    suspect = guess(77, initials="АБВ")
    assert suspect.status_code == 422
    blocked = guess(77, initials="АБВ", captcha=solved(suspect))
    assert (blocked.status_code, blocked.headers["Retry-After"]) == (429, "3600")
    # The wait for that number is no wait for others.
    account_b(number="80510799", provider=ProviderFactory(region=REGION))
    assert guess(77, number="80510799", initials="АБВ").url == reverse(METERS)


def test_blocked_guests_leave_the_owner_signed_in_and_at_work(client, client_of_owner):
    account = account_b(holders=[client_of_owner.owner])
    lock(client)

    assert client_of_owner.get(reverse("readings", args=[account.public_id])).status_code == 200
    make_person()
    sign_in(client, EMAIL)
    assert is_signed_in(client)


@pytest.fixture
def client_of_owner(client):
    owner = UserFactory()
    other = client.__class__()
    other.force_login(owner)
    other.owner = owner
    return other


# --- nothing is revealed ---


def plain(response):
    """The page without what differs by itself: the token, and what the person typed."""
    return words(response), response.status_code, sorted(response.context["form"].errors)


def test_unknown_wrong_and_unwilling_look_and_cost_the_same(client):
    account_b()
    account_b(number="80510702", provider=ProviderFactory(region=REGION, is_active=False))
    off = ProviderFactory(region=REGION, policy__guest_readings=GuestCheck.OFF)
    account_b(number="80510703", provider=off)
    asks_address = ProviderFactory(region=REGION, policy__guest_readings=GuestCheck.ADDRESS)
    account_b(number="80510704", provider=asks_address)
    account_b(number="80510705", provider=ProviderFactory(region="Другой край"))
    account_b(number="80510706", provider=off, missing_since=NOW)
    find(client, **WRONG)

    cases = [
        {"number": "80510709"},
        {"number": "80510701", **WRONG},
        *({"number": f"8051070{n}"} for n in range(2, 7)),
    ]
    pages, costs = [], []
    for case in cases:
        AttemptLimit.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            pages.append(plain(find(client, **case)))
        costs.append(len(queries))

    assert len(set(map(str, pages))) == 1
    assert len(set(costs)) == 1
    assert find(client, number="80510701").url == reverse(METERS)


def test_an_unknown_house_number_and_a_wrong_flat_look_and_cost_the_same(client):
    account_d()
    pages, costs = [], []
    for case in ({"number": "1234567899"}, {"house": "13"}, {"flat": "8"}, {"flat": ""}):
        AttemptLimit.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            pages.append(plain(find(client, BY_ADDRESS, ADDRESS, **case)))
        costs.append(len(queries))

    assert len(set(map(str, pages))) == 1
    assert len(set(costs)) == 1


def test_a_surname_alone_is_too_little_to_guess_by(client):
    account_b(name="", patronymic="")

    assert find(client, initials="А").status_code == 422


def test_two_accounts_that_fit_open_neither(client):
    account_b()
    AccountFactory(provider=ProviderFactory(region=REGION), number="80510701")

    assert find(client).status_code == 422


# --- the proof of work after a block ---


def test_no_work_is_asked_before_the_first_block(client):
    account_b()

    asked = [challenge_of(find(client, **WRONG)) for _ in range(2)]

    assert asked == ["", ""]
    assert challenge_of(client.get(reverse(BY_INITIALS))) == ""


def test_after_the_block_a_filling_without_work_is_not_looked_at(client, clock):
    account_b()
    lock(client)
    clock(NOW + 16 * MINUTE)

    response = find(client)

    assert response.status_code == 422
    assert "Проверка не пройдена" in words(response)
    assert "guest_pass" not in client.session
    assert find(client, captcha=solved(response)).url == reverse(METERS)


def test_work_done_once_serves_one_filling(client, clock):
    account_b()
    lock(client)
    clock(NOW + 16 * MINUTE)
    work = solved(client.get(reverse(BY_INITIALS)))

    first = find(client, captcha=work, **WRONG)
    second = find(client, captcha=work, **WRONG)

    assert "Осталось попыток: 2." in words(first)
    assert "Проверка не пройдена" in words(second)


def test_a_success_ends_the_suspicion(client, clock):
    account_b()
    lock(client)
    clock(NOW + 16 * MINUTE)
    find(client, captcha=solved(client.get(reverse(BY_INITIALS))))

    assert challenge_of(client.get(reverse(BY_INITIALS))) == ""


def test_without_captcha_the_block_alone_holds(client, clock, settings):
    settings.CAPTCHA = "off"
    account_b()
    lock(client)
    clock(NOW + 16 * MINUTE)

    assert challenge_of(client.get(reverse(BY_INITIALS))) == ""
    assert find(client).url == reverse(METERS)

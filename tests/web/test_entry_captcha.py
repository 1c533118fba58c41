"""Where the forms before sign-in ask for a captcha, and how one gets through it (IDN-30)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.channels.models import Delivery
from kabinet.identity.models import OneTimeCode
from tests.clock import NOW
from tests.web.entry import EMAIL, is_signed_in, make_person, sign_in, sign_up
from tests.work import challenge_of, solve, stamp_of

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)
NOT_PASSED = "Проверка не пройдена"


@pytest.fixture(autouse=True)
def clock(monkeypatch, settings):
    settings.CAPTCHA_ON = ["sign-up", "recovery", "guest", "sign-in"]

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


def ask_for_recovery(client, **data):
    return client.post(reverse("account_reset_password"), {"identifier": EMAIL, **data})


@pytest.mark.parametrize(
    ("page", "fill"), [("account_signup", sign_up), ("account_reset_password", ask_for_recovery)]
)
class TestFormsThatAlwaysAsk:
    def test_without_work_nothing_is_sent_and_what_was_typed_stays(self, client, page, fill):
        refused = fill(client)

        assert refused.status_code == 422
        text = refused.content.decode()
        assert NOT_PASSED in text
        assert f'value="{EMAIL}"' in text
        assert (OneTimeCode.objects.count(), Delivery.objects.count()) == (0, 0)

    def test_work_passes_once_and_the_refusal_brings_the_next(self, client, page, fill):
        work = solve(challenge_of(fill(client)))

        assert fill(client, captcha=work).status_code == 302
        assert OneTimeCode.objects.count() == 1
        again = fill(client, captcha=work)
        assert (again.status_code, NOT_PASSED in again.content.decode()) == (422, True)
        assert challenge_of(again)

    def test_without_scripts_ten_seconds_do(self, client, clock, page, fill):
        opened = client.get(reverse(page))
        assert "не раньше чем через десять секунд" in opened.content.decode()
        note = {"captcha-opened": stamp_of(opened)}

        quick = fill(client, **note)
        clock(NOW + 10 * SECOND)

        assert (quick.status_code, "слишком быстро" in quick.content.decode()) == (422, True)
        assert fill(client, **note).status_code == 302

    def test_the_fourth_time_without_scripts_waits_an_hour(self, client, clock, page, fill):
        notes = [stamp_of(client.get(reverse(page))) for _ in range(4)]
        clock(NOW + 10 * SECOND)

        answers = [fill(client, **{"captcha-opened": note}) for note in notes]

        assert (answers[3].status_code, answers[3].headers["Retry-After"]) == (429, "3600")

    def test_it_is_shown_only_where_it_is_on(self, client, settings, page, fill):
        settings.CAPTCHA_ON = ["guest"]

        assert challenge_of(client.get(reverse(page))) == ""
        assert fill(client).status_code == 302

    def test_yandex_is_let_into_this_page_alone(self, client, settings, page, fill):
        settings.CAPTCHA, settings.SMARTCAPTCHA_KEY = "smartcaptcha", "site-key"
        shown = client.get(reverse(page))
        other = client.get(reverse("legal-document", args=["user-agreement"]))

        host = "https://smartcaptcha.cloud.yandex.ru"
        assert f'<script src="{host}/captcha.js" defer></script>' in shown.content.decode()
        assert 'data-sitekey="site-key"' in shown.content.decode()
        assert (
            f"; script-src 'self' {host}; frame-src {host}; connect-src 'self' {host}"
            in shown["Content-Security-Policy"]
        )
        assert "yandex" not in other["Content-Security-Policy"]


class TestSignIn:
    def test_three_wrong_passwords_make_the_page_ask(self, client):
        make_person()

        asked = [challenge_of(sign_in(client, password="не тот")) for _ in range(3)]

        assert [bool(one) for one in asked] == [False, False, True]

    def test_then_the_right_password_without_work_is_not_looked_at(self, client):
        make_person()
        for _ in range(3):
            sign_in(client, password="не тот")

        without = [sign_in(client) for _ in range(4)]

        assert {answer.status_code for answer in without} == {422}
        assert NOT_PASSED in without[-1].content.decode()
        assert EMAIL in without[-1].content.decode()
        assert not is_signed_in(client)
        # What was not looked at was not counted either.
        assert sign_in(client, captcha=solve(challenge_of(without[-1]))).status_code == 302
        assert is_signed_in(client)

    def test_an_unknown_contact_is_asked_alike(self, client):
        def told(login):
            answers = [sign_in(client, login, "не тот") for _ in range(4)]
            return [
                (
                    answer.status_code,
                    bool(challenge_of(answer)),
                    NOT_PASSED in answer.content.decode(),
                )
                for answer in answers
            ]

        make_person()

        assert told(EMAIL) == told("nobody@example.ru")

    def test_it_costs_no_query_more(self, client, settings, django_assert_num_queries):
        make_person()
        for _ in range(2):
            sign_in(client, password="не тот")

        with django_assert_num_queries(6):
            assert challenge_of(sign_in(client, password="не тот"))

    def test_switched_off_the_limits_alone_hold(self, client, settings):
        settings.CAPTCHA_ON = ["guest"]
        make_person()
        statuses = [sign_in(client, password="не тот").status_code for _ in range(6)]

        assert statuses == [422] * 5 + [429]

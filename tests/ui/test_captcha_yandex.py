"""SmartCaptcha, judged by a stand-in of Yandex's validation over real HTTP."""

from __future__ import annotations

import time

import pytest

from kabinet.kernel import http
from kabinet.kernel.limits import TooManyAttempts
from kabinet.ui.captcha import smartcaptcha
from kabinet.ui.captcha.base import CaptchaNotPassed
from kabinet.ui.captcha.smartcaptcha import SmartCaptcha
from tests.factories import NOON
from tests.ui.yandex import GOOD, HOST, TOKEN, Yandex

pytestmark = pytest.mark.django_db


@pytest.fixture
def yandex(settings):
    yandex = Yandex()
    settings.CAPTCHA, settings.SITE_URL = "smartcaptcha", f"https://{HOST}"
    settings.SMARTCAPTCHA_URL, settings.SMARTCAPTCHA_SECRET = yandex.url, "server-key"
    yield yandex
    yandex.close()


def judge(token=TOKEN):
    SmartCaptcha().require_passed(token, address="203.0.113.7", at=NOON)


def refused(token=TOKEN):
    with pytest.raises(CaptchaNotPassed):
        judge(token)
    return True


def test_a_solved_task_passes_once(yandex):
    judge()

    assert yandex.asked == [
        ("/validate", {"secret": "server-key", "token": "token-1", "ip": "203.0.113.7"})
    ]
    # Yandex says so itself; a fault there must not make a token good for ever.
    assert refused()
    judge("token-2")


@pytest.mark.parametrize(
    "answer",
    [{**GOOD, "status": "failed"}, {**GOOD, "host": "evil.example"}, {**GOOD, "host": ""}],
)
def test_a_failed_task_and_another_sites_task_are_refused(yandex, answer):
    yandex.answer = answer

    assert refused()


def test_rubbish_is_not_carried_to_yandex(yandex):
    assert refused("")
    assert refused("A" * 5_000)
    assert yandex.asked == []


@pytest.mark.parametrize(
    ("status", "answer"), [(500, GOOD), (403, {}), (200, []), (200, {"host": "lk.example.ru"})]
)
def test_without_a_verdict_the_form_passes_and_it_is_logged(yandex, caplog, status, answer):
    yandex.status, yandex.answer = status, answer

    judge()

    assert "SmartCaptcha gave no verdict" in caplog.text
    assert "token-1" not in caplog.text
    assert "server-key" not in caplog.text


def test_silence_is_waited_for_three_seconds_at_most(yandex, monkeypatch):
    assert (smartcaptcha.LIMITS.connect, smartcaptcha.LIMITS.whole) == (2.0, 3.0)
    monkeypatch.setattr(smartcaptcha, "LIMITS", http.Limits(connect=0.2, whole=0.2))
    yandex.pause = 1.0
    started = time.monotonic()

    judge()

    assert time.monotonic() - started < 0.9


def test_one_place_asks_yandex_sixty_times_in_ten_minutes(yandex, monkeypatch):
    monkeypatch.setattr(smartcaptcha.http, "send", lambda *_: http.Answer(500, b""))
    for number in range(60):
        judge(f"token-{number}")

    with pytest.raises(TooManyAttempts):
        judge("one more")

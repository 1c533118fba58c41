"""The proof of work: a genuine solution passes once; anything else does not."""

from __future__ import annotations

import base64
import datetime as dt
import json

import altcha
import pytest

from kabinet.kernel.models import AttemptLimit
from kabinet.ui.captcha import CaptchaForm, is_on
from kabinet.ui.captcha.altcha import ALGORITHM, COUNTERS, Altcha
from kabinet.ui.captcha.base import CaptchaNotPassed
from tests.factories import NOON
from tests.work import solve

pytestmark = pytest.mark.django_db


def passes(solution, at=NOON):
    Altcha().require_passed(solution, address="203.0.113.7", at=at)


def refused(solution, at=NOON):
    with pytest.raises(CaptchaNotPassed):
        passes(solution, at=at)
    return True


def test_a_solution_passes_once_and_never_again():
    solution = solve(Altcha().challenge(at=NOON))

    passes(solution)

    assert refused(solution)
    assert refused(solution, at=NOON + dt.timedelta(minutes=30))
    assert AttemptLimit.objects.get().purpose == "captcha.used"


def test_two_solutions_are_used_apart():
    first, second = (solve(Altcha().challenge(at=NOON)) for _ in range(2))

    passes(first, at=NOON)
    passes(second, at=NOON)


def test_a_solution_is_good_for_an_hour():
    solution = solve(Altcha().challenge(at=NOON))

    assert refused(solution, at=NOON + dt.timedelta(hours=1, seconds=1))
    passes(solution, at=NOON + dt.timedelta(hours=1))


@pytest.mark.parametrize("solution", ["", "x", "e30=", "W10=", "bnVsbA==", "я" * 10, "A" * 5_000])
def test_what_is_no_solution_is_refused_and_leaves_nothing(solution):
    assert refused(solution)
    assert AttemptLimit.objects.count() == 0


def changed(solution, part, **fields):
    told = json.loads(base64.b64decode(solution))
    target = told["challenge"]["parameters"] if part == "parameters" else told[part]
    target.update(fields)
    return base64.b64encode(json.dumps(told).encode()).decode()


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("solution", {"counter": 1, "derivedKey": "00" * 32}),
        ("parameters", {"data": {"until": 99_999_999_999}}),
        ("parameters", {"cost": 1}),
        ("parameters", {"nonce": "0" * 32}),
        ("parameters", {"keySignature": "0" * 64}),
        ("challenge", {"signature": "0" * 64}),
    ],
)
def test_one_changed_part_of_a_genuine_solution_is_refused(part, fields):
    solution = solve(Altcha().challenge(at=NOON))

    assert refused(changed(solution, part, **fields))
    passes(solution)


def test_a_challenge_of_somebody_elses_making_is_refused():
    own = altcha.create_challenge(
        ALGORITHM, 10, counter=1, hmac_secret="guessed", data={"until": 99_999_999_999}
    )

    assert refused(solve(json.dumps(own.to_dict())))


def test_the_work_is_what_a_telephone_does_in_a_second():
    challenge = json.loads(Altcha().challenge(at=NOON))["parameters"]

    assert (challenge["algorithm"], challenge["cost"]) == ("PBKDF2/SHA-256", 5_000)
    assert (COUNTERS.start, COUNTERS.stop) == (300, 900)


def test_it_is_asked_on_the_forms_that_the_deployment_names(settings):
    settings.CAPTCHA_ON = ["guest", "recovery"]
    assert [form.value for form in CaptchaForm if is_on(form)] == ["recovery", "guest"]

    settings.CAPTCHA = "off"

    assert [form for form in CaptchaForm if is_on(form)] == []

"""The way through without scripts: ten seconds, three times an hour from one place."""

from __future__ import annotations

import datetime as dt

import pytest

from kabinet.kernel.limits import TooManyAttempts
from kabinet.kernel.models import AttemptLimit
from kabinet.ui.captcha import patience
from kabinet.ui.captcha.base import CaptchaNotPassed
from tests.factories import NOON

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)
HERE = "203.0.113.7"


def waited(note, seconds=10, address=HERE):
    patience.require_waited(note, address=address, at=NOON + seconds * SECOND)


def test_who_waits_ten_seconds_passes_once():
    note = patience.stamp(at=NOON)
    with pytest.raises(patience.TooQuick):
        waited(note, seconds=9)

    waited(note)

    with pytest.raises(CaptchaNotPassed):
        waited(note)


@pytest.mark.parametrize("note", ["", "x", "e30:1abc:def", "я" * 10, "A" * 300])
def test_what_is_no_note_of_ours_is_refused_and_leaves_nothing(note):
    with pytest.raises(CaptchaNotPassed):
        waited(note)

    assert AttemptLimit.objects.count() == 0


def test_one_changed_sign_of_a_genuine_note_is_refused():
    note = patience.stamp(at=NOON)
    other = "A" if note[5] != "A" else "B"

    with pytest.raises(CaptchaNotPassed):
        waited(note[:5] + other + note[6:])
    waited(note)


def test_a_note_is_good_for_an_hour():
    with pytest.raises(CaptchaNotPassed):
        waited(patience.stamp(at=NOON), seconds=3601)

    waited(patience.stamp(at=NOON), seconds=3600)


def test_one_place_passes_so_three_times_an_hour():
    for _ in range(3):
        waited(patience.stamp(at=NOON))

    with pytest.raises(TooManyAttempts):
        waited(patience.stamp(at=NOON))
    waited(patience.stamp(at=NOON), address="198.51.100.9")
    waited(patience.stamp(at=NOON + dt.timedelta(hours=1)), seconds=3620)

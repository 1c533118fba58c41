"""Payments go to the billing system in exactly one run, also when exports are killed (XCH-11)."""

from __future__ import annotations

import random
import signal
import time

import pytest

from kabinet.payments.models import LedgerEntry
from tests.concurrency.test_exports import given, start_taker, take_the_rest
from tests.factories import AccountFactory, ProviderFactory
from tests.factories.payments import paid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_takers_at_once_and_killed_at_random_moments_lose_and_double_no_payment(tmp_path):
    chance = random.Random(20261121)
    account = AccountFactory(provider=ProviderFactory(code="gas"))
    first = paid(account=account)
    for _round in range(2):
        takers = [start_taker(tmp_path, f"{_round}-{number}", "payments") for number in range(2)]
        for _payment in range(60):
            paid(account=account, part=first.item.part)
        for taker in takers:
            time.sleep(chance.uniform(0, 0.02))
            taker.send_signal(signal.SIGKILL)
            taker.wait()
            taker.stdout.close()

    take_the_rest(tmp_path, "payments")

    numbers = LedgerEntry.objects.values_list("public_id", flat=True)
    assert given(tmp_path, "portal_id") == {str(number): 1 for number in numbers}
    assert not LedgerEntry.objects.filter(export_number=None).exists()
    assert not LedgerEntry.objects.filter(handed_over_at=None).exists()

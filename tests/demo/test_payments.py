"""What the demo's people have paid is real: at the sandbox bank, in the books, with yesterday's differences found."""

from __future__ import annotations

import socket
import sys
from decimal import Decimal

import pytest
from django.utils import timezone

from demo import merchants
from demo.mark import set_mark
from demo.payments import BORIS, KSENIA, make_payments
from demo.providers import register
from demo.seed import seed
from demo.showcase import SHOWCASE
from kabinet.config.cli import sandboxes
from kabinet.payments.models import Attempt, Autopay, Discrepancy, LedgerEntry, Reconciliation
from kabinet.providers.models import Provider
from tests.factories import AccountFactory, BalanceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def commands(tmp_path, settings):
    """The demo as an import leaves it, everybody owing three thousand; and how its bank is started."""
    at = timezone.now()
    register(at=at)
    providers = {provider.code: provider for provider in Provider.objects.all()}
    for row in SHOWCASE:
        account = AccountFactory(provider=providers[row.provider], number=row.number)
        BalanceFactory(account=account, amount=Decimal("3000.00"), as_of=at)
    merchants.register(at=at)
    seed(at=at)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.YOOKASSA_URL = f"http://127.0.0.1:{port}/v3"
    bank = next(row for row in sandboxes.SANDBOXES if row.gateway == "yookassa")
    line = [sys.executable, "-m", bank.module, "--port", str(port), "--state", str(tmp_path / "b")]
    for shop, _path in merchants.shops_of(bank.gateway):
        line += ["--shop", f"{shop.shop_id}:{shop.secret}", "--webhook", "http://127.0.0.1:9/"]
        line += ["--utilities", shop.shop_id] * shop.utilities
        line += ["--receipts", shop.shop_id] * shop.receipts
    set_mark(tmp_path, loaded=True)
    return [line]


def test_the_past_of_the_demo_is_made_once_and_the_books_tell_it(commands, tmp_path):
    make_payments(folder=tmp_path, commands=commands, at=timezone.now())

    states = Attempt.objects.filter(part__checkout__user__email=KSENIA).order_by("pk")
    assert list(states.values_list("state", "cause")) == [
        ("succeeded", ""),
        ("declined", "no_money"),
        ("succeeded", ""),
        ("succeeded", ""),
        ("succeeded", ""),
    ]
    autopay = Autopay.objects.get()
    assert (autopay.user.email, autopay.state, autopay.card.last4) == (BORIS, "on", "2987")
    found = Discrepancy.objects.values_list("kind", flat=True)
    assert sorted(found) == ["missing_here", "missing_there", "not_posted", "other_state"]
    yesterday = Reconciliation.objects.order_by("pk")
    assert set(yesterday.values_list("failure", flat=True)) == {""}
    assert yesterday.filter(matched__gt=0).exists()
    assert LedgerEntry.objects.filter(kind="refunded", amount=Decimal("250.00")).exists()

    count = LedgerEntry.objects.count()
    make_payments(folder=tmp_path, commands=commands, at=timezone.now())
    assert LedgerEntry.objects.count() == count


def test_at_a_bank_that_is_not_on_this_machine_nothing_is_paid(commands, tmp_path, settings):
    settings.YOOKASSA_URL = "https://api.yookassa.ru/v3"

    make_payments(folder=tmp_path, commands=commands, at=timezone.now())

    assert not Attempt.objects.exists()

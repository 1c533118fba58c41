"""Autopays picked and started a minute: claimed in sets, then paid at the stand-in bank by several processes.

``python -m benchmarks.autopay [ACCOUNTS] [PROCESSES]`` lays so many due accounts, each with a saved card, in a database
of its own, starts ``sandbox.bank`` beside it and lets the processes work as workers do. Counted is from the first
claim until the bank has answered for every payment; each account must have paid exactly once, to the kopeck.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks import site

ACCOUNTS, PROCESSES, SENDERS = 10_000, 2, 4
LEAST_A_MINUTE = 10_000
SHOP, SECRET = "100500", "test_secret_of_the_benchmark"
CARD = "2202474301322987"
SUM = Decimal("500.00")

# The providers' figures say 500 roubles; the card is one token of the shop, as each person has saved it.
FILL = """
INSERT INTO accounts_account (public_id, provider_id, number, surname, name, patronymic, region, city, street,
    house, building, flat, gis_id, stove, email, phone, pin_digest, as_of)
SELECT gen_random_uuid(), %(provider)s, lpad(n::text, 8, '0'), '', '', '', '', '', '', '', '', '', '', '', '', '', '', now()
FROM generate_series(1, %(accounts)s) n;

INSERT INTO identity_user (public_id, password, is_superuser, email, phone_verified, surname, name, patronymic,
    is_staff, is_active, date_joined, shows_hints, onboarding, must_change_password)
SELECT gen_random_uuid(), '!', false, 'person' || number || '@example.ru', false, '', '', '', false, true, now(), true,
    'done', false
FROM accounts_account;

INSERT INTO accounts_accountlink (user_id, account_id, level, alias, is_primary, linked_at, extended_at)
SELECT person.id, account.id, 'extended', '', true, now(), now()
FROM accounts_account account JOIN identity_user person ON person.email = 'person' || account.number || '@example.ru';

INSERT INTO billing_balance (account_id, service_id, amount, as_of)
SELECT id, %(service)s, 500, now() FROM accounts_account;

INSERT INTO payments_savedcard (public_id, user_id, merchant_id, token, is_sbp, system, last4, expiry_year,
    expiry_month, title, is_default, saved_at, forget_token)
SELECT gen_random_uuid(), user_id, %(merchant)s, %(token)s, false, 'Mir', '2987', 2030, 12, '', true, now(), ''
FROM accounts_accountlink;

INSERT INTO payments_autopay (public_id, account_id, user_id, card_id, state, "limit", day, email, pays_up_to_limit,
    failures, consented_at, connected_at)
SELECT gen_random_uuid(), link.account_id, link.user_id, card.id, 'on', 3000, 5, 'person@example.ru', false, 0, %(since)s,
    %(since)s
FROM accounts_accountlink link JOIN payments_savedcard card ON card.user_id = link.user_id;

INSERT INTO payments_autopayrun (autopay_id, account_id, period, state, amount, notified_at, due_at, tries, cause, told)
SELECT id, account_id, %(period)s, 'planned', 500, %(told)s, %(told)s + interval '1 day', 0, '', ''
FROM payments_autopay;
"""
WORKER = """
import sys
sys.path[:0] = [sys.argv[1]]
import django
django.setup()
from datetime import datetime
from django.conf import settings
from django.db import connection
connection.settings_dict["NAME"], settings.YOOKASSA_URL = sys.argv[2], sys.argv[3]
import time
from kabinet.payments.operations.autopay import sending, starting
asked, ask_all = [], sending.ask_all
def timed(*arguments, **named):
    answers = ask_all(*arguments, **named)
    asked.append(time.time())
    return answers
sending.ask_all = timed
began = time.time()
sent = starting.start_due_runs(at=datetime.fromisoformat(sys.argv[4]), senders=int(sys.argv[5]))
print(sent, began, max(asked[:-1], default=began), time.time(), flush=True)
"""


def main(accounts: int, processes: int) -> int:
    return site.measure_in_own_database(lambda _folder: _measure(accounts, processes))


def _measure(accounts: int, processes: int) -> int:
    from sandbox.bank.process import running_bank

    with running_bank(["--shop", f"{SHOP}:{SECRET}"]) as bank:
        at = _noon()
        _fill(accounts, token=_saved_card(bank), at=at)
        sent, asking, booking = _work(processes, bank.api_url, at)
        taken = Decimal(bank.get("/books")["totals"][SHOP]["charge"]) - 1
    rate = sent / asking * 60
    words = f"{rate:,.0f} a minute (target: {LEAST_A_MINUTE:,})"
    print(f"{sent:,} autopays started in {asking:.1f} s: {words}")
    print(f"{sent:,} autopays booked in {booking:.1f} s: {sent / booking * 60:,.0f} a minute")
    print(f"The bank has taken {taken}, our books hold {_booked()}")
    is_exact = sent == accounts and taken == _booked() == SUM * accounts and _paid_once(accounts)
    return 0 if is_exact and rate >= LEAST_A_MINUTE else 1


def _noon() -> datetime:
    """A moment within the hours of payments, whatever o'clock it is."""
    return datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)


def _saved_card(bank: Any) -> str:
    """Have the bank save one card by a payment of a rouble."""
    from django.conf import settings

    from kabinet.kernel.money import Money
    from kabinet.payments.gateways.base import MerchantAccess, Order, Page
    from kabinet.payments.gateways.registry import gateway

    settings.YOOKASSA_URL = bank.api_url
    access = MerchantAccess(1, SHOP, SECRET)
    order = Order(
        ref="first",
        key="first",
        amount=Money(Decimal("1.00")),
        description="Подключение",
        page=Page.REDIRECT,
        return_url="http://localhost/",
        save_means=True,
    )
    truth = gateway("yookassa").create(access, order)
    bank.pay(truth.acquirer_id, CARD)
    means = gateway("yookassa").fetch(access, truth.acquirer_id).means
    assert means is not None
    assert means.token
    return means.token


def _fill(accounts: int, *, token: str, at: datetime) -> None:
    from django.db import connection, transaction

    from kabinet.kernel.secrets import seal
    from tests.factories import ServiceFactory
    from tests.factories.payments import MerchantFactory

    service = ServiceFactory()
    merchant = MerchantFactory(
        provider=service.provider,
        gateway="yookassa",
        shop_id=SHOP,
        secret=seal(SECRET),
        supports_recurring=True,
        issues_receipts=False,
    )
    values = {
        "accounts": accounts,
        "provider": service.provider_id,
        "service": service.pk,
        "merchant": merchant.pk,
        "token": token,
        "since": at - timedelta(days=60),
        "told": at - timedelta(days=1),
        "period": date(at.year, at.month, 1),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _work(processes: int, api_url: str, at: datetime) -> tuple[int, float, float]:
    """Give how many were sent, the seconds until the last bank had answered, and those until all was booked."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-c", WORKER, ".", name, api_url, at.isoformat(), str(SENDERS)]
    workers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    told = [[float(word) for word in worker.communicate()[0].split()] for worker in workers]
    sent, began, asked, booked = zip(*told, strict=True)
    return int(sum(sent)), max(asked) - min(began), max(booked) - min(began)


def _booked() -> Decimal:
    from django.db.models import Sum

    from kabinet.payments.models import LedgerEntry

    booked: Decimal = LedgerEntry.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return booked


def _paid_once(accounts: int) -> bool:
    from kabinet.payments.models import LedgerEntry

    return LedgerEntry.objects.values("account").distinct().count() == accounts


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(sizes + [ACCOUNTS, PROCESSES][len(sizes) :])))

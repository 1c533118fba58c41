"""The daily comparison of the bank's book, ours and the provider's, against a bare join of the first two.

``python -m benchmarks.reconciliation [PAYMENTS]``, in a database of its own. A part of a per mille differs: some
payments are missing here or there, some have another sum, some the provider has not booked in time.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable

from django.db import connection, transaction

from benchmarks import site

ROUNDS = 7
AT_MOST_BARE = 5.0
DAY = dt.date(2026, 11, 19)
SINCE = dt.datetime(2026, 11, 18, 21, 0, tzinfo=dt.UTC)
UNTIL = SINCE + dt.timedelta(days=1)
AT = UNTIL + dt.timedelta(hours=6)

# A payment is a checkout of one line; its number n goes through all the tables.
FILL = """
INSERT INTO accounts_account (public_id, provider_id, number, surname, name, patronymic, region, city, street,
    house, building, flat, gis_id, stove, email, phone, pin_digest, as_of)
SELECT gen_random_uuid(), %(provider)s, lpad(n::text, 8, '0'), 'Абрамов', 'Борис', 'Васильевич', '', 'Озёрск',
    'ул. Лесная', '1', '', n::text, '', '', '', '', '', now()
FROM generate_series(1, %(accounts)s) n;

INSERT INTO payments_checkout (id, public_id, key, subject_hash, origin, method, save_card, again, amount, commission,
    receipt_email, receipt_phone, address, created_at)
SELECT n, gen_random_uuid(), gen_random_uuid(), '', 'cart', 'card', false, false, 100 + n %% 900, 0, '', '', '', %(since)s
FROM generate_series(1, %(payments)s) n;

INSERT INTO payments_checkoutpart (id, checkout_id, number, merchant_id, amount, commission, state, paid_at, refunded)
SELECT id, id, 1, %(merchant)s, amount, 0, 'paid', %(since)s + make_interval(secs => id %% 86400), 0
FROM payments_checkout;

INSERT INTO payments_checkoutitem (id, part_id, position, account_id, title, amount, penalty, commission, due)
SELECT p.id, p.id, 1, a.id, 'Газоснабжение', p.amount, 0, 0, p.amount
FROM payments_checkoutpart p JOIN accounts_account a ON a.number = lpad((p.id %% %(accounts)s + 1)::text, 8, '0');

INSERT INTO payments_attempt (id, public_id, part_id, number, merchant_id, key, state, method, amount, acquirer_id,
    confirmation_url, sbp_payload, reason, cause, card_system, card_last4, created_at, expires_at, finished_at, checks)
SELECT id, gen_random_uuid(), id, 1, %(merchant)s, gen_random_uuid(), 'succeeded', 'card', amount,
    md5(id::text), '', '', '', '', '', '', paid_at, paid_at, paid_at, 0
FROM payments_checkoutpart;

INSERT INTO payments_ledgerentry (public_id, item_id, kind, attempt_id, account_id, amount, penalty, commission,
    happened_at, posted)
SELECT gen_random_uuid(), i.id, 'paid', i.id, i.account_id, i.amount, 0, 0, p.paid_at,
    CASE WHEN i.id %% 4000 = 3 THEN 0 ELSE i.amount END
FROM payments_checkoutitem i JOIN payments_checkoutpart p ON p.id = i.part_id;

INSERT INTO payments_bankrecord (reconciliation_id, kind, acquirer_id, amount, happened_at)
SELECT %(run)s, 'paid', CASE WHEN id %% 4000 = 0 THEN 'alien-' || id ELSE acquirer_id END,
    amount + CASE WHEN id %% 4000 = 1 THEN 1 ELSE 0 END, finished_at
FROM payments_attempt;
"""
BARE = """
SELECT count(*), sum(record.amount), sum(attempt.amount)
FROM payments_bankrecord record
JOIN payments_attempt attempt
    ON attempt.merchant_id = %(merchant)s AND attempt.acquirer_id = record.acquirer_id
WHERE record.reconciliation_id = %(run)s
"""


def main(payments: int) -> int:
    return site.measure_in_own_database(lambda _folder: _measure(payments))


def _measure(payments: int) -> int:
    from kabinet.payments.models import Reconciliation
    from kabinet.payments.operations.reconciliation import comparing
    from tests.factories import ProviderFactory
    from tests.factories.payments import MerchantFactory

    merchant = MerchantFactory(provider=ProviderFactory(timezone="Europe/Moscow"))
    run = Reconciliation.objects.create(merchant=merchant, day=DAY, started_at=AT)
    values = {"provider": merchant.provider_id, "merchant": merchant.pk, "run": run.pk}
    _fill({**values, "payments": payments, "accounts": 1000, "since": SINCE})

    def compare() -> None:
        found = comparing.compare_with_bank(
            run, provider_id=merchant.provider_id, since=SINCE, until=UNTIL, at=AT
        )
        assert found.at_bank == payments
        comparing.compare_with_provider(
            merchant_id=merchant.pk,
            provider_id=merchant.provider_id,
            too_long_ago=DAY,
            at=AT,
        )

    def join() -> None:
        with connection.cursor() as cursor:
            cursor.execute(BARE, values)
            cursor.fetchall()

    # In turns, so that both meet the same state of the machine; every comparison finds all differences anew.
    times = [(_timed(join), _timed(compare)) for _round in range(ROUNDS)]
    bare, pass_ = (statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"{payments:,} payments: bare join {bare * 1000:.0f} ms, comparison {pass_ * 1000:.0f} ms"
    )
    print(f"comparison / bare join: {pass_ / bare:.2f} (target: at most {AT_MOST_BARE})")
    return 0 if pass_ / bare <= AT_MOST_BARE else 1


def _fill(values: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        for statement in FILL.split(";\n\n"):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


def _timed(work: Callable[[], None]) -> float:
    """Take it back afterwards: every round meets the same books."""
    with transaction.atomic():
        began = time.perf_counter()
        work()
        taken = time.perf_counter() - began
        transaction.set_rollback(True)
    return taken


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))

"""Banks' notifications: taken and settled per second on one core, with 1,000 and with 100,000 attempts in the table.

``python -m benchmarks.bank_notices [FEW] [MANY] [ROUNDS]`` calls the WSGI application in this process, in a database of
its own. A notification is taken when it is checked, its attempt found and a job queued; settling is the worker's part
after the bank has answered: the locked transaction with ledger, cart, receipt and audit.
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import site
from benchmarks.site import Wsgi, connected

ROUNDS = 600
LEAST_A_SECOND = 200
AT_MOST_GROWTH = 1.2
SUM = "500.00"

# Attempts that the bank has finished long ago, and those of the measurement, which wait for it.
FILL = """
INSERT INTO payments_checkout (public_id, key, user_id, subject_hash, origin, method, save_card, again, amount,
    commission, receipt_email, receipt_phone, address, created_at)
SELECT gen_random_uuid(), gen_random_uuid(), %(user)s, '', 'account', 'card', false, false, 500, 0, '', '', '', now()
FROM generate_series(%(first)s::int, %(last)s::int) n;

INSERT INTO payments_checkoutpart (checkout_id, number, merchant_id, amount, commission, state, paid_at, refunded)
SELECT c.id, 1, %(merchant)s, 500, 0,
    CASE WHEN c.id %% %(share)s = 0 THEN 'open' ELSE 'paid' END,
    CASE WHEN c.id %% %(share)s = 0 THEN NULL ELSE now() END, 0
FROM payments_checkout c LEFT JOIN payments_checkoutpart p ON p.checkout_id = c.id WHERE p.id IS NULL;

INSERT INTO payments_checkoutitem (part_id, position, account_id, title, amount, penalty, commission, due)
SELECT p.id, 1, %(account)s, 'Газ', 500, 0, 0, 500
FROM payments_checkoutpart p LEFT JOIN payments_checkoutitem i ON i.part_id = p.id WHERE i.id IS NULL;

INSERT INTO payments_attempt (public_id, part_id, number, merchant_id, key, state, method, amount, acquirer_id,
    confirmation_url, sbp_payload, reason, cause, card_system, card_last4, created_at, expires_at, finished_at,
    next_check_at, checks)
SELECT gen_random_uuid(), p.id, 1, %(merchant)s, gen_random_uuid(),
    CASE p.state WHEN 'open' THEN 'pending' ELSE 'succeeded' END, 'card', 500, gen_random_uuid()::text, '', '', '', '',
    '', '', now(), now() + interval '20 minutes', CASE p.state WHEN 'open' THEN NULL ELSE now() END,
    CASE p.state WHEN 'open' THEN now() + interval '1 day' END, 0
FROM payments_checkoutpart p LEFT JOIN payments_attempt a ON a.part_id = p.id WHERE a.id IS NULL;
"""


@dataclass(frozen=True)
class Cost:
    """Median milliseconds of one notification, of one that comes again after the end, and of one settlement."""

    taken: float
    again: float
    settled: float


def main(few: int, many: int, rounds: int) -> int:
    return site.measure_in_own_database(lambda folder: _measure(folder, few, many, rounds))


def _measure(folder: str, few: int, many: int, rounds: int) -> int:
    from django.conf import settings

    settings.YOOKASSA_NOTICE_NETWORKS = ["127.0.0.1"]
    application = site.serve(folder)
    values = {**_people(), "share": 1}
    values["share"] = 2 if few < rounds * 3 else few // rounds
    _fill({**values, "first": 1, "last": few})
    with site.copy_of_database() as small:
        _fill({**values, "first": few + 1, "last": many})
        large_cost = _costs(application, rounds)
        with connected(small):
            small_cost = _costs(application, rounds)
    rate = 1000 / large_cost.taken
    growth = large_cost.taken / small_cost.taken
    settling = large_cost.settled / small_cost.settled
    print(f"{many:,} attempts: {rate:.0f} notifications a second (target: {LEAST_A_SECOND})")
    print(f"{many:,} attempts: {1000 / large_cost.again:.0f} repeated ones a second")
    print(f"{many:,} attempts: {1000 / large_cost.settled:.0f} settlements a second")
    print(
        f"{many:,} / {few:,} attempts: taking {growth:.2f}, settling {settling:.2f} (≤ {AT_MOST_GROWTH})"
    )
    return 0 if rate >= LEAST_A_SECOND and max(growth, settling) <= AT_MOST_GROWTH else 1


def _people() -> dict[str, int]:
    from kabinet.kernel.secrets import seal
    from tests.factories import AccountLinkFactory
    from tests.factories.payments import MerchantFactory

    link = AccountLinkFactory()
    merchant = MerchantFactory(
        provider=link.account.provider, gateway="yookassa", secret=seal("secret")
    )
    return {"user": link.user_id, "account": link.account_id, "merchant": merchant.pk}


def _fill(values: dict[str, int]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _costs(application: Wsgi, rounds: int) -> Cost:
    from kabinet.payments.models import Attempt

    attempts = list(Attempt.objects.filter(state="pending").select_related("merchant")[:rounds])
    taken = [_told(application, attempt) for attempt in attempts]
    settled = [_settled(attempt) for attempt in attempts]
    again = [_told(application, attempt) for attempt in attempts]
    return Cost(*(_milliseconds(times) for times in (taken, again, settled)))


def _milliseconds(times: Sequence[float]) -> float:
    return statistics.median(times[len(times) // 10 :]) * 1000


def _told(application: Wsgi, attempt: Any) -> float:
    body = json.dumps(
        {
            "type": "notification",
            "event": "payment.succeeded",
            "object": {"id": attempt.acquirer_id, "status": "succeeded"},
        }
    ).encode()
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/api/payments/yookassa/{attempt.merchant.public_id}/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    started = time.perf_counter()
    response = application(environ, lambda status, _headers: statuses.append(status))
    b"".join(response)
    response.close()  # type: ignore[attr-defined]
    seconds = time.perf_counter() - started
    assert statuses == ["200 OK"], statuses
    return seconds


def _settled(attempt: Any) -> float:
    from decimal import Decimal

    from django.utils import timezone

    from kabinet.kernel.money import Money
    from kabinet.payments.enums import AttemptState
    from kabinet.payments.gateways.base import PaymentTruth, TruthState
    from kabinet.payments.operations.settlement import apply_truth

    truth = PaymentTruth(
        attempt.acquirer_id, str(attempt.public_id), TruthState.SUCCEEDED, Money(Decimal(SUM))
    )
    started = time.perf_counter()
    state = apply_truth(attempt_id=attempt.pk, truth=truth, at=timezone.now())
    seconds = time.perf_counter() - started
    assert state is AttemptState.SUCCEEDED
    return seconds


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(sizes + [1_000, 100_000, ROUNDS][len(sizes) :])))

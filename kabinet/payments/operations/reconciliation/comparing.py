"""The comparison itself: one statement for the bank's book and ours, one for ours and the provider's.

Both are set-based and take one day of one merchant, however many payments it has. A difference that is found again
is the same row; one that is there no more is marked gone, and nothing else is changed (PAY-46).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from kabinet.payments.intake import TAKE_TURN
from kabinet.payments.models import Reconciliation


@dataclass(frozen=True, slots=True)
class Found:
    """``at_bank`` and ``here`` are numbers of operations, the sums are takings less what was given back."""

    at_bank: int
    here: int
    matched: int
    bank_sum: Decimal
    own_sum: Decimal


# Until the caller's transaction ends: a day's books fit in memory, and compiling the plan takes longer than running it.
_SESSION = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"

# Most of the two books meet in one full join of the day. A bank's row that is left finds ours by its number whatever
# day ours says, for their clocks differ; ours that the bank does not name within the day or an hour around it is
# missing there. What people have decided about: money that was never booked and went back whole through us is matched;
# what was settled by hand is known, and no row of ours, as long as the bank's sum is the one they have seen.
_COMPARED = """
bank AS NOT MATERIALIZED (
    SELECT kind, acquirer_id, amount, happened_at >= %(since)s AND happened_at < %(until)s AS is_of_the_day
    FROM payments_bankrecord WHERE reconciliation_id = %(run)s
), refunds AS NOT MATERIALIZED (
    SELECT r.public_id, r.acquirer_id, r.amount, r.state, r.created_at, r.finished_at
    FROM payments_refund r JOIN payments_attempt a ON a.id = r.attempt_id
    WHERE a.merchant_id = %(merchant)s
), met AS (
    SELECT b.acquirer_id AS bank_id, b.amount AS bank_amount, b.is_of_the_day, a.public_id, a.acquirer_id, a.amount
    FROM (SELECT * FROM bank WHERE kind = 'paid') b
    FULL JOIN (
        SELECT a.public_id, a.acquirer_id, a.amount
        FROM payments_checkoutpart part JOIN payments_attempt a ON a.part_id = part.id AND a.state = 'succeeded'
        WHERE part.merchant_id = %(merchant)s AND part.paid_at >= %(since)s AND part.paid_at < %(until)s
    ) a ON a.acquirer_id = b.acquirer_id
    WHERE b.is_of_the_day OR a.public_id IS NOT NULL
), compared AS MATERIALIZED (
    SELECT 'paid' AS kind, acquirer_id, bank_amount, amount AS own_amount, public_id,
        CASE WHEN bank_id IS NULL THEN 'missing_there' WHEN amount <> bank_amount THEN 'other_sum'
            ELSE 'matched' END AS verdict
    -- What both hold belongs to the bank's day.
    FROM met WHERE public_id IS NOT NULL AND (bank_id IS NULL OR is_of_the_day)
    UNION ALL
    SELECT 'paid', met.bank_id, met.bank_amount, CASE WHEN met.went_back THEN met.bank_amount ELSE a.amount END,
        a.public_id,
        CASE WHEN met.went_back THEN 'matched' WHEN met.is_settled THEN 'settled' WHEN a.id IS NULL THEN 'missing_here' WHEN a.amount <> met.bank_amount THEN 'other_sum'
            WHEN a.state <> 'succeeded' THEN 'other_state' ELSE 'matched' END
    FROM (
        SELECT *,
            (bank_id, bank_amount) IN (
                SELECT r.of_payment, r.amount
                FROM payments_refund r JOIN payments_attempt p ON p.id = r.attempt_id AND p.merchant_id = %(merchant)s
                WHERE r.of_payment <> '' AND r.state = 'succeeded') AS went_back,
            (bank_id, bank_amount) IN (
                SELECT d.acquirer_id, d.bank_amount FROM payments_discrepancy d
                WHERE d.merchant_id = %(merchant)s AND d.outcome = 'by_hand' AND d.closed_at IS NOT NULL
                    AND d.bank_amount IS NOT NULL) AS is_settled
        FROM met WHERE public_id IS NULL
    ) met LEFT JOIN payments_attempt a ON a.merchant_id = %(merchant)s AND a.acquirer_id = met.bank_id
    UNION ALL
    SELECT 'refunded', b.acquirer_id, b.amount, r.amount, r.public_id,
        CASE WHEN r.public_id IS NULL THEN 'missing_here' WHEN r.amount <> b.amount THEN 'other_sum'
            WHEN r.state <> 'succeeded' THEN 'other_state' ELSE 'matched' END
    FROM bank b LEFT JOIN refunds r ON r.acquirer_id = b.acquirer_id
    WHERE b.kind = 'refunded' AND b.is_of_the_day
    UNION ALL
    -- Banks list a refund on the day that it was made, ours stands on the day that it came out.
    SELECT 'refunded', r.acquirer_id, NULL, r.amount, r.public_id,
        CASE WHEN EXISTS (
            SELECT FROM payments_reconciliation o
            JOIN payments_bankrecord b ON b.reconciliation_id = o.id AND b.kind = 'refunded' AND b.acquirer_id = r.acquirer_id
            WHERE o.merchant_id = %(merchant)s AND o.day BETWEEN r.created_at::date - 1 AND %(day)s
        ) THEN 'settled' ELSE 'missing_there' END
    FROM refunds r
    WHERE r.state = 'succeeded' AND r.finished_at >= %(since)s AND r.finished_at < %(until)s
        AND NOT EXISTS (SELECT FROM bank b WHERE b.kind = 'refunded' AND b.acquirer_id = r.acquirer_id)
)"""
_KEY = """CASE verdict WHEN 'missing_here' THEN left(kind || ':' || %(merchant)s || ':' || acquirer_id, 80)
            ELSE CASE kind WHEN 'paid' THEN 'attempt:' ELSE 'refund:' END || public_id END"""
_COMPARE = f"""
WITH {_COMPARED}, found AS (
    INSERT INTO payments_discrepancy AS d (merchant_id, provider_id, kind, key, day, acquirer_id, bank_amount,
        own_amount, found_at, note)
    SELECT %(merchant)s, %(provider)s, verdict, {_KEY}, %(day)s, coalesce(acquirer_id, ''), bank_amount, own_amount,
        %(at)s, ''
    FROM compared WHERE verdict NOT IN ('matched', 'settled')
    ON CONFLICT (provider_id, kind, key) DO UPDATE
    SET bank_amount = excluded.bank_amount, own_amount = excluded.own_amount, day = excluded.day,
        acquirer_id = excluded.acquirer_id, found_at = excluded.found_at, gone_at = NULL, closed_at = NULL,
        closed_by_id = NULL
    WHERE d.gone_at IS NOT NULL OR (d.acquirer_id, d.bank_amount, d.own_amount)
        IS DISTINCT FROM (excluded.acquirer_id, excluded.bank_amount, excluded.own_amount)
), gone AS (
    UPDATE payments_discrepancy d SET gone_at = %(at)s
    FROM compared c
    WHERE d.merchant_id = %(merchant)s AND d.gone_at IS NULL AND d.acquirer_id = c.acquirer_id AND d.kind <> c.verdict
        AND d.kind IN ('missing_here', 'missing_there', 'other_sum', 'other_state')
        AND d.key NOT LIKE 'returned:%%' AND NOT (d.key LIKE 'attempt:%%' AND c.verdict = 'missing_here') AND (d.key LIKE 'refund%%') = (c.kind = 'refunded')
        -- What is found again, about another payment of the same order, is written above: one statement, one change.
        AND (d.kind, d.key) NOT IN (SELECT verdict, {_KEY} FROM compared WHERE verdict NOT IN ('matched', 'settled'))
), no_longer_listed AS (
    UPDATE payments_discrepancy d SET gone_at = %(at)s
    WHERE d.merchant_id = %(merchant)s AND d.gone_at IS NULL AND d.kind = 'missing_here' AND d.day = %(day)s
        AND NOT EXISTS (SELECT FROM bank b WHERE b.acquirer_id = d.acquirer_id)
)
SELECT count(bank_amount), count(*) FILTER (WHERE {{here}}), count(*) FILTER (WHERE verdict = 'matched'),
    coalesce(sum(CASE kind WHEN 'paid' THEN bank_amount ELSE -bank_amount END), 0),
    coalesce(sum(CASE kind WHEN 'paid' THEN own_amount ELSE -own_amount END) FILTER (WHERE {{here}}), 0)
FROM compared
""".replace("{here}", "verdict IN ('matched', 'other_sum', 'missing_there')")

# Ours and the provider's: what was paid so long ago that it should be in its books, and is not at all (PAY-39).
_NOT_POSTED = """
WITH late AS (
    SELECT e.id, e.public_id, e.account_id, e.amount, a.acquirer_id,
        (e.happened_at AT TIME ZONE provider.timezone)::date AS day
    FROM payments_ledgerentry e
    JOIN payments_attempt a ON a.id = e.attempt_id AND a.merchant_id = %(merchant)s
    JOIN providers_provider provider ON provider.id = %(provider)s
    WHERE e.unconfirmed <> 0 AND e.posted = 0
        AND (e.happened_at AT TIME ZONE provider.timezone)::date <= %(too_long_ago)s
), found AS (
    INSERT INTO payments_discrepancy AS d (merchant_id, provider_id, kind, key, day, acquirer_id, entry_id,
        account_id, own_amount, found_at, note)
    SELECT %(merchant)s, %(provider)s, 'not_posted', public_id::text, day, coalesce(acquirer_id, ''), id, account_id,
        amount, %(at)s, '' FROM late
    ON CONFLICT (provider_id, kind, key) DO UPDATE
    SET found_at = excluded.found_at, gone_at = NULL, closed_at = NULL, closed_by_id = NULL
    WHERE d.gone_at IS NOT NULL
)
UPDATE payments_discrepancy d SET gone_at = %(at)s
WHERE d.merchant_id = %(merchant)s AND d.kind = 'not_posted' AND d.gone_at IS NULL
    AND NOT EXISTS (SELECT FROM late WHERE late.id = d.entry_id)
"""


def take_turn(provider_id: int) -> None:
    """Wait for whoever else writes many of the provider's differences: a comparison of another day, an import."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TURN, {"provider": provider_id})


def compare_with_bank(
    run: Reconciliation, *, provider_id: int, since: datetime, until: datetime, at: datetime
) -> Found:
    """Compare the day's bank records with our payments and refunds, and write the differences down."""
    with connection.cursor() as cursor:
        cursor.execute(_SESSION)
        cursor.execute(
            _COMPARE,
            {
                "run": run.pk,
                "merchant": run.merchant_id,
                "provider": provider_id,
                "day": run.day,
                "since": since,
                "until": until,
                "at": at,
            },
        )
        return Found(*cursor.fetchone())


def compare_with_provider(
    *, merchant_id: int, provider_id: int, too_long_ago: date, at: datetime
) -> None:
    """Write down the merchant's payments that the provider should have booked by now and has not."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NOT_POSTED,
            {
                "merchant": merchant_id,
                "provider": provider_id,
                "too_long_ago": too_long_ago,
                "at": at,
            },
        )

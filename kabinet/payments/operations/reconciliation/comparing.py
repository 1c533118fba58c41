"""The comparison itself: one statement for the bank's book and ours, one for ours and the provider's.

Both are set-based and take one day of one merchant, however many payments it has. A difference that is found again
is the same row; one that is there no more is marked gone, and nothing else is changed (PAY-46).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from kabinet.payments.models import Reconciliation


@dataclass(frozen=True, slots=True)
class Found:
    """``at_bank`` and ``here`` are numbers of operations, the sums are takings less what was given back."""

    at_bank: int
    here: int
    matched: int
    bank_sum: Decimal
    own_sum: Decimal


# A bank's row finds ours by its number whatever day ours says: their clocks differ. Ours that the bank does not name
# within the day or an hour around it are missing there.
_COMPARED = """
bank AS (
    SELECT kind, acquirer_id, amount, happened_at >= %(since)s AND happened_at < %(until)s AS is_of_the_day
    FROM payments_bankrecord WHERE reconciliation_id = %(run)s
), compared AS MATERIALIZED (
    SELECT b.kind, b.acquirer_id, b.amount AS bank_amount, a.amount AS own_amount, 'attempt:' || a.public_id AS own_key,
        CASE WHEN a.id IS NULL THEN 'missing_here' WHEN a.amount <> b.amount THEN 'other_sum'
            WHEN a.state <> 'succeeded' THEN 'other_state' ELSE 'matched' END AS verdict
    FROM bank b
    LEFT JOIN payments_attempt a ON a.merchant_id = %(merchant)s AND a.acquirer_id = b.acquirer_id
    WHERE b.kind = 'paid' AND b.is_of_the_day
    UNION ALL
    SELECT b.kind, b.acquirer_id, b.amount, r.amount, 'refund:' || r.public_id,
        CASE WHEN r.id IS NULL THEN 'missing_here' WHEN r.amount <> b.amount THEN 'other_sum'
            WHEN r.state <> 'succeeded' THEN 'other_state' ELSE 'matched' END
    FROM bank b
    LEFT JOIN (
        SELECT refund.* FROM payments_refund refund JOIN payments_attempt a ON a.id = refund.attempt_id
        WHERE a.merchant_id = %(merchant)s
    ) r ON r.acquirer_id = b.acquirer_id
    WHERE b.kind = 'refunded' AND b.is_of_the_day
    UNION ALL
    SELECT 'paid', a.acquirer_id, NULL, a.amount, 'attempt:' || a.public_id, 'missing_there'
    FROM payments_checkoutpart part JOIN payments_attempt a ON a.part_id = part.id AND a.state = 'succeeded'
    WHERE part.merchant_id = %(merchant)s AND part.paid_at >= %(since)s AND part.paid_at < %(until)s
        AND NOT EXISTS (SELECT FROM bank b WHERE b.kind = 'paid' AND b.acquirer_id = a.acquirer_id)
    UNION ALL
    SELECT 'refunded', r.acquirer_id, NULL, r.amount, 'refund:' || r.public_id, 'missing_there'
    FROM payments_refund r JOIN payments_attempt a ON a.id = r.attempt_id AND a.merchant_id = %(merchant)s
    WHERE r.state = 'succeeded' AND r.finished_at >= %(since)s AND r.finished_at < %(until)s
        AND NOT EXISTS (SELECT FROM bank b WHERE b.kind = 'refunded' AND b.acquirer_id = r.acquirer_id)
), bank_keys AS (
    SELECT *, left(kind || ':' || %(merchant)s || ':' || acquirer_id, 80) AS bank_key FROM compared
)"""
_COMPARE = f"""
WITH {_COMPARED}, found AS (
    INSERT INTO payments_discrepancy AS d (merchant_id, provider_id, kind, key, day, acquirer_id, bank_amount,
        own_amount, found_at, note)
    SELECT %(merchant)s, %(provider)s, verdict, CASE verdict WHEN 'missing_here' THEN bank_key ELSE own_key END,
        %(day)s, coalesce(acquirer_id, ''), bank_amount, own_amount, %(at)s, ''
    FROM bank_keys WHERE verdict <> 'matched'
    ON CONFLICT (provider_id, kind, key) DO UPDATE
    SET bank_amount = excluded.bank_amount, own_amount = excluded.own_amount, day = excluded.day,
        found_at = excluded.found_at, gone_at = NULL, closed_at = NULL, closed_by_id = NULL
    WHERE d.gone_at IS NOT NULL OR (d.bank_amount, d.own_amount)
        IS DISTINCT FROM (excluded.bank_amount, excluded.own_amount)
), gone AS (
    UPDATE payments_discrepancy d SET gone_at = %(at)s
    FROM (SELECT own_key AS key, verdict FROM bank_keys UNION ALL SELECT bank_key, verdict FROM bank_keys) c
    WHERE d.merchant_id = %(merchant)s AND d.gone_at IS NULL AND d.key = c.key AND d.kind <> c.verdict
        AND d.kind IN ('missing_here', 'missing_there', 'other_sum', 'other_state')
), no_longer_listed AS (
    UPDATE payments_discrepancy d SET gone_at = %(at)s
    WHERE d.merchant_id = %(merchant)s AND d.gone_at IS NULL AND d.kind = 'missing_here' AND d.day = %(day)s
        AND d.key NOT IN (SELECT bank_key FROM bank_keys WHERE bank_amount IS NOT NULL)
)
SELECT count(bank_amount), count(*) FILTER (WHERE {{here}}), count(*) FILTER (WHERE verdict = 'matched'),
    coalesce(sum(CASE kind WHEN 'paid' THEN bank_amount ELSE -bank_amount END), 0),
    coalesce(sum(CASE kind WHEN 'paid' THEN own_amount ELSE -own_amount END) FILTER (WHERE {{here}}), 0)
FROM compared
""".format(here="verdict IN ('matched', 'other_sum', 'missing_there')")

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


def compare_with_bank(
    run: Reconciliation, *, provider_id: int, since: datetime, until: datetime, at: datetime
) -> Found:
    """Compare the day's bank records with our payments and refunds, and write the differences down."""
    with connection.cursor() as cursor:
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

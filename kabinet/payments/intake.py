"""The provider's payments confirm what was paid here (XCH-10, PAY-47): a few statements behind the bundle's file.

Only rows that name a ``portal_id`` are touched. What does not match is reported and kept for a person to look at; the
provider's row stands as it was sent, and nothing of ours changes silently.
"""

from __future__ import annotations

from kabinet.kernel.bundle import Step, Warn, follow

# One pass over the file; a mended row also touches the payment that it confirmed before.
_TOUCHED = """
CREATE TEMP TABLE posted_here ON COMMIT DROP AS
SELECT named.line, t.account_id, named.portal_id, e.id AS entry_id
FROM take_payments t
CROSS JOIN LATERAL (
    VALUES (t._n, t.portal_id), (NULL, CASE WHEN t.differs THEN t.live_portal_id END)
) named (line, portal_id)
LEFT JOIN payments_ledgerentry e ON e.public_id = named.portal_id AND e.account_id = t.account_id
WHERE (t.portal_id IS NOT NULL OR t.live_portal_id IS NOT NULL) AND named.portal_id IS NOT NULL
"""
_LOCK = """
WITH locked AS MATERIALIZED (
    SELECT id FROM payments_ledgerentry WHERE id IN (SELECT entry_id FROM posted_here)
    ORDER BY id FOR NO KEY UPDATE
) SELECT count(*) FROM locked
"""
# The provider may book one payment in several rows, take a row back by one with a minus, and write a return with
# either sign.
_POST = """
UPDATE payments_ledgerentry e
SET posted = booked.posted,
    confirmed_at = CASE WHEN booked.posted = 0 THEN NULL ELSE coalesce(e.confirmed_at, %(at)s) END
FROM (
    SELECT own.id, CASE own.kind
        WHEN 'paid' THEN greatest(coalesce(sum(p.amount), 0), 0)
        ELSE abs(coalesce(sum(p.amount), 0))
    END AS posted
    FROM payments_ledgerentry own
    LEFT JOIN billing_postedpayment p
        ON p.account_id = own.account_id AND p.portal_id = own.public_id
    WHERE own.id IN (SELECT entry_id FROM posted_here)
    GROUP BY own.id
) booked
WHERE e.id = booked.id AND e.posted <> booked.posted
"""
# Imports and comparisons write many differences at once; one after the other they meet in no circle.
TAKE_TURN = """
SELECT pg_advisory_xact_lock(hashtextextended('payments.discrepancies:' || %(provider)s, 0))
"""
# Found again with the same sums it stays as it is, closed or not; with other sums it is open again.
_AGAIN = """
ON CONFLICT (provider_id, kind, key) DO UPDATE
SET posted_amount = excluded.posted_amount, day = excluded.day, found_at = excluded.found_at,
    gone_at = NULL, closed_at = NULL, closed_by_id = NULL
WHERE d.gone_at IS NOT NULL OR d.posted_amount IS DISTINCT FROM excluded.posted_amount
"""
_FIND_UNKNOWN = f"""
INSERT INTO payments_discrepancy AS d
    (provider_id, kind, key, day, acquirer_id, account_id, posted_amount, found_at, note)
SELECT %(provider)s, 'posted_unknown', h.portal_id || ':' || h.account_id, max(p.received_on), '',
    h.account_id, sum(p.amount), %(at)s, ''
FROM (SELECT DISTINCT portal_id, account_id FROM posted_here WHERE entry_id IS NULL) h
JOIN billing_postedpayment p ON p.account_id = h.account_id AND p.portal_id = h.portal_id
GROUP BY h.portal_id, h.account_id
{_AGAIN}
"""
_FIND_OTHER_SUM = f"""
INSERT INTO payments_discrepancy AS d
    (provider_id, kind, key, day, merchant_id, acquirer_id, entry_id, account_id, own_amount, posted_amount,
     found_at, note)
SELECT %(provider)s, 'posted_other_sum', e.public_id, (e.happened_at AT TIME ZONE provider.timezone)::date,
    attempt.merchant_id, coalesce(attempt.acquirer_id, ''), e.id, e.account_id, e.amount, e.posted, %(at)s, ''
FROM payments_ledgerentry e
JOIN payments_attempt attempt ON attempt.id = e.attempt_id
JOIN providers_provider provider ON provider.id = %(provider)s
WHERE e.id IN (SELECT entry_id FROM posted_here) AND e.posted NOT IN (0, e.amount)
{_AGAIN}
"""
_GONE = """
UPDATE payments_discrepancy d SET gone_at = %(at)s
WHERE d.provider_id = %(provider)s AND d.gone_at IS NULL AND (
    d.kind = 'posted_unknown' AND d.key IN (
        SELECT h.portal_id || ':' || h.account_id FROM posted_here h
        WHERE NOT EXISTS (SELECT FROM billing_postedpayment p
            WHERE p.account_id = h.account_id AND p.portal_id = h.portal_id))
    OR (d.kind = 'posted_other_sum' OR d.kind = 'not_posted') AND d.entry_id IN (
        SELECT e.id FROM payments_ledgerentry e WHERE e.id IN (SELECT entry_id FROM posted_here)
            AND CASE d.kind WHEN 'not_posted' THEN e.posted > 0 ELSE e.posted IN (0, e.amount) END))
"""
_WARN_UNKNOWN = """
SELECT 'payments', h.line, 'portal_id', h.portal_id::text, 'Такого платежа на этом лицевом счёте в Кабинете нет.'
FROM posted_here h WHERE h.entry_id IS NULL AND h.line IS NOT NULL
"""


def register_steps() -> None:
    """Called once, when the app is ready."""
    follow(
        "payments",
        Step(_TOUCHED),
        Step(_LOCK),
        Step(_POST, counts=True),
        Step(TAKE_TURN),
        Step(_FIND_UNKNOWN),
        Step(_FIND_OTHER_SUM),
        Step(_GONE),
        warnings=[Warn(_WARN_UNKNOWN, code="unknown_reference")],
    )

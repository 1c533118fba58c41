"""Which sums of a bundle do not fit each other (XCH-09; BIL-08, 11, 13, 24, 26, 27). Reported, never corrected.

The formulas are those of ``calculations`` (``total_due``, ``closing_by_settlements``, ``closing_by_charges``,
``due_of_row``, ``charge_differs``), said once more in SQL for whole files.
"""

from __future__ import annotations

from kabinet.kernel.bundle import Warn

_CLAMP = (
    "coalesce((SELECT clamp_negative_rows FROM providers_providerpolicy"
    " WHERE provider_id = %(provider)s), false)"
)
_SHOWN = "(%(sign)s * {})::text"


def _said(given: str, expected: str, words: str) -> str:
    return (
        f"'{words}: указано ' || replace(({given})::numeric(14,2)::text, '.', ',')"
        f" || ', по формуле ' || replace(({expected})::numeric(14,2)::text, '.', ',')"
    )


_TOTAL = (
    "(t.opening + t.charged + coalesce(t.adjusted, 0) - coalesce(t.benefit, 0)"
    " - CASE WHEN t.opening_is_net THEN 0 ELSE coalesce(t.paid, 0) END)"
)
_PENALTY = (
    "(coalesce(t.penalty_opening, 0) + coalesce(t.penalty_charged, 0)"
    " - CASE WHEN t.opening_is_net THEN 0 ELSE coalesce(t.penalty_paid, 0) END)"
)
# Rows that count as zero (BIL-26) can only make the whole bill larger than its formula.
_BILL_TOTAL = f"""
SELECT 'bills', t._n, 'total', {_SHOWN.format("t.total")}, {_said("t.total", _TOTAL, "Итог счёта")}
FROM take_bills t
WHERE t.total <> {_TOTAL} AND NOT (t.total > {_TOTAL} AND {_CLAMP})
"""
_BILL_PENALTY = f"""
SELECT 'bills', t._n, 'penalty_total', {_SHOWN.format("t.penalty_total")},
    {_said("t.penalty_total", _PENALTY, "Пени")}
FROM take_bills t
WHERE t.penalty_total <> {_PENALTY} AND NOT (t.penalty_total > {_PENALTY} AND {_CLAMP})
"""
OF_BILLS = (Warn(_BILL_TOTAL), Warn(_BILL_PENALTY))

_CLOSING = (
    "(t.opening + t.charged + coalesce(t.adjusted, 0) - coalesce(t.benefit, 0) - coalesce(t.quality, 0)"
    " - CASE WHEN b.opening_is_net THEN 0 ELSE coalesce(t.paid, 0) END)"
)
# The bill is asked only about rows that do not fit when taken as not net: few of them.
_LINE_CLOSING = f"""
SELECT 'bill_lines', t._n, 'closing', {_SHOWN.format("t.closing")},
    {_said("t.closing", _CLOSING, "Исходящее сальдо строки")}
FROM take_bill_lines t JOIN billing_bill b ON b.id = t.bill_id
WHERE (t.closing <> {_CLOSING.replace("b.opening_is_net", "false")} OR coalesce(t.paid, 0) <> 0)
    AND t.closing <> {_CLOSING} AND NOT (t.closing = 0 AND {_CLOSING} < 0 AND {_CLAMP})
"""
_LINE_CHARGE = f"""
SELECT 'bill_lines', t._n, 'charged', t.charged::text,
    {_said("t.charged", "round(t.tariff * t.volume, 2)", "Начисление по тарифу и объёму")}
FROM take_bill_lines t
WHERE abs(t.charged - round(t.tariff * t.volume, 2)) > 0.01
"""
_LINE_DUE = f"CASE WHEN closing < 0 AND {_CLAMP} THEN 0 ELSE closing END"


# All lines of a new bill are in the bundle; those of an old one may stand in the database alone. Two queries, for
# together they hide from the planner how many bills there are.
_NEW = "take_bill_lines WHERE bill_id > %(bill_mark)s"
_OLD = (
    "billing_billline WHERE bill_id IN ("
    "SELECT bill_id FROM take_bill_lines WHERE bill_id <= %(bill_mark)s"
    " UNION SELECT live_id FROM take_bills WHERE found AND differs)"
)


def _against_lines(lines: str, charged: str, total: str) -> str:
    """Compare a bill's sums with those of its lines; a total only where every line tells what it adds to it.

    Summed in kopecks: whole numbers take a third of the memory of decimals.
    """
    return f"""
WITH summed AS (
    SELECT bill_id, sum((charged * 100)::bigint) / 100 AS charged,
        sum(({_LINE_DUE} * 100)::bigint) / 100 AS total, count(closing) = count(*) AS whole
    FROM {lines}
    GROUP BY bill_id
), wrong AS (
    SELECT b.id, b.account_id, b.period, b.kind, w.part, w.shown, w.given, w.summed
    FROM summed m JOIN billing_bill b ON b.id = m.bill_id
    CROSS JOIN LATERAL (VALUES
        ('{charged}', b.{charged}, b.{charged}, m.charged, true),
        ('{total}', %(sign)s * b.{total}, b.{total}, m.total, m.whole)
    ) w (part, shown, given, summed, known)
    WHERE (b.{charged} <> m.charged OR b.{total} <> m.total) AND w.known AND w.given <> w.summed
)
SELECT CASE WHEN t._n IS NULL THEN 'bill_lines' ELSE 'bills' END,
    coalesce(t._n, (SELECT min(_n) FROM take_bill_lines n WHERE n.bill_id = wrong.id)),
    wrong.part, wrong.shown::text, {_said("wrong.given", "wrong.summed", "Счёт и сумма его строк")}
FROM wrong LEFT JOIN take_bills t
    ON t.account_id = wrong.account_id AND t.period = wrong.period AND t.kind = wrong.kind
"""


_SUMS_AGAINST_LINES = tuple(
    Warn(_against_lines(f"{lines} AND {part}", charged, total))
    for lines in (_NEW, _OLD)
    for part, charged, total in (
        ("NOT is_penalty", "charged", "total"),
        ("is_penalty", "penalty_charged", "penalty_total"),
    )
)
OF_LINES = (Warn(_LINE_CLOSING), Warn(_LINE_CHARGE), *_SUMS_AGAINST_LINES)

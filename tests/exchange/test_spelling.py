"""One value, three readings: the pattern of plain spellings, the reader of all spellings, PostgreSQL (XCH-02)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kabinet.accounts.pins import PIN_DIGEST_SQL, normal_pin, pin_digest
from kabinet.exchange.problems import escape
from kabinet.kernel import spelling
from kabinet.kernel.spelling import Kind, Misspelled

QUIET = settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NUMBERS = {
    "money": spelling.MONEY,
    "volume": spelling.VOLUME,
    "price": spelling.number(8, 6, low=0),
    "count": spelling.number(5, low=0, high=32767),
    "digits": spelling.number(2, low=1, high=10),
    "decimals": spelling.number(1, low=0, high=4),
    "latitude": spelling.number(2, 6, low=-90, high=90),
}
KINDS = {
    **NUMBERS,
    "date": spelling.DATE,
    "period": spelling.PERIOD,
    "moment": spelling.MOMENT,
    "flag": spelling.FLAG,
    "code": spelling.CODE,
    "text": spelling.text(5),
    "uuid": spelling.UUID,
    "unit": spelling.UNIT,
    "zones": spelling.ZONES,
    "pin": spelling.PIN,
    "one of": spelling.one_of(("a", "ab", "b")),
}
SHAPES = {
    "date": st.from_regex(r"\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4}", fullmatch=True),
    "period": st.from_regex(r"\d{4}-\d\d|\d\d\.\d{4}", fullmatch=True),
    "moment": st.from_regex(
        r"(19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", fullmatch=True
    ),
    "code": st.from_regex(r"[\w.;-]{0,70}", fullmatch=True),
    "flag": st.sampled_from(["1", "0", "да", "нет", "true", "False", "t", "2"]),
    "uuid": st.uuids().map(str),
    "unit": st.sampled_from([*spelling.UNITS, "кг"]),
    "zones": st.sampled_from(["T1", "T1,T2", "T1, T2", "T2,T1", "T1,T1", "T4", "T1,T2,T3"]),
}
_DIGITS = st.from_regex(r"-?[0-9]{1,13}([.,][0-9]{1,7})?", fullmatch=True)


def _read(kind: Kind, text: str) -> str | None:
    try:
        return kind.read(text)
    except Misspelled:
        return None


@pytest.mark.parametrize("name", KINDS)
def test_plain_spelling_is_always_readable_and_means_itself(name):
    kind = KINDS[name]
    shape = SHAPES.get(name, _DIGITS if name in NUMBERS else st.text(max_size=8))

    @QUIET
    @given(shape | st.text(max_size=12))
    def check(text):
        text = text.strip()
        if not text:
            return
        read = _read(kind, text)
        if re.fullmatch(kind.plain, text):
            assert read is not None
            assert _same(name, read, text)
        if re.fullmatch(kind.comma, text):
            assert read is not None
            assert _same(name, read, text.replace(",", "."))

    check()


def _same(name, read, text):
    if name in NUMBERS:
        return Decimal(read) == Decimal(text)
    if name == "date" and "." in text:
        return read == "-".join(reversed(text.split(".")))
    return name == "moment" or read == text


@QUIET
@given(_DIGITS | st.text(alphabet="0123456789., -\u00a0e+_x", max_size=12))
def test_number_is_read_as_postgresql_reads_it(db, text):
    read = _read(spelling.MONEY, text.strip())
    if read is None:
        return

    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::numeric(14,2)", [read])
        found = cursor.fetchone()[0]

    assert found == Decimal(re.sub(r"[ \u00a0\u202f]", "", text).replace(",", "."))


@QUIET
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_both_spellings_of_a_day_are_one_day(db, day):
    russian = day.strftime("%d.%m.") + f"{day.year:04d}"

    assert _read(spelling.DATE, russian) == _read(spelling.DATE, day.isoformat()) == day.isoformat()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL datestyle = 'ISO, DMY'")
        cursor.execute("SELECT %s::text::date, %s::text::date", [russian, day.isoformat()])
        assert cursor.fetchone() == (day, day)


@pytest.mark.parametrize(
    ("kind", "given_text", "code"),
    [
        ("money", "1e5", "not_a_number"), ("money", "NaN", "not_a_number"), ("money", "12 34", "not_a_number"),
        ("money", "١٢", "not_a_number"), ("money", "1_000", "not_a_number"), ("money", "1.2.3", "not_a_number"),
        ("money", "1234567890123", "out_of_range"), ("money", "1.234", "out_of_range"), ("count", "-1", "out_of_range"),
        ("count", "32768", "out_of_range"), ("count", "1.5", "out_of_range"), ("digits", "0", "out_of_range"),
        ("digits", "11", "out_of_range"), ("decimals", "5", "out_of_range"), ("latitude", "90.5", "out_of_range"),
        ("date", "2026-02-29", "not_a_date"), ("date", "31.04.2026", "not_a_date"), ("date", "2026/01/01", "not_a_date"),
        ("date", "01.01.0001", "out_of_range"), ("period", "2026-13", "not_a_period"), ("period", "00.2026", "not_a_period"),
        ("moment", "2026-11-21T10:00:00", "not_a_date"), ("flag", "yes", "unknown_value"), ("code", "a b", "unknown_value"),
        ("code", "a" * 65, "too_long"), ("text", "123456", "too_long"), ("unit", "кг", "unknown_value"), ("zones", "T1,T1", "unknown_value"),
    ],
)  # fmt: skip
def test_wrong_value_is_called_by_its_code(kind, given_text, code):
    with pytest.raises(Misspelled) as caught:
        KINDS[kind].read(given_text)

    assert caught.value.code == code
    assert re.fullmatch(KINDS[kind].plain, given_text) is None
    assert re.fullmatch(KINDS[kind].comma, given_text) is None


@pytest.mark.parametrize(
    ("kind", "written", "plain"),
    [
        ("money", "1 234,56", "1234.56"), ("money", "1\u00a0234\u00a0567.8", "1234567.8"), ("money", "-0,5", "-0.5"),
        ("flag", "Да", "1"), ("flag", "FALSE", "0"), ("unit", "кВт*ч", "кВт·ч"), ("unit", "м3", "м³"), ("zones", "T1, T2", "T1,T2"),
        ("period", "11.2026", "2026-11"), ("pin", "ab12", "AB12"),
    ],
)  # fmt: skip
def test_other_spellings_become_the_plain_one(kind, written, plain):
    assert KINDS[kind].read(written) == plain


@QUIET
@given(st.text(min_size=1, max_size=20).filter(lambda text: "\x00" not in text))
def test_escaped_text_comes_out_of_copy_as_it_was(db, text):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS copied (a text, b text)")
        cursor.execute("TRUNCATE copied")
        with cursor.copy("COPY copied FROM STDIN (FORMAT text, DELIMITER ';', NULL '')") as copy:
            copy.write(f"{escape(text)};x\n".encode())
        cursor.execute("SELECT a, b FROM copied")
        assert cursor.fetchone() == (text, "x")


@QUIET
@given(
    st.text(alphabet="0123456789abcАЯбё", min_size=1, max_size=12),
    st.text(alphabet="0123456789abzАЯбёß", min_size=1, max_size=12),
)
def test_pin_has_one_digest_in_python_and_in_sql(db, number, pin):
    staged = spelling.PIN.read(pin)
    with connection.cursor() as cursor:
        sql = f"SELECT {PIN_DIGEST_SQL.replace('{}', 's.pin')} FROM (VALUES (%(number)s, %(pin)s)) s (number, pin)"
        cursor.execute(sql, {"pin_key": "key", "number": number, "pin": staged})
        found = cursor.fetchone()[0]

    assert staged == normal_pin(f" {pin} ")
    assert found == pin_digest(key="key", account_number=number, pin=pin)

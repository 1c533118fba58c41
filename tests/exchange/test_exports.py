"""What goes back to the billing system: numbered runs, each row new exactly once (XCH-11, OPX-20, 26)."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json
import uuid
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection

from kabinet.accounts.enums import LinkEventKind
from kabinet.accounts.models import AccountLinkEvent
from kabinet.config.cli.main import main
from kabinet.exchange import exports
from kabinet.exchange.enums import ExportStatus
from kabinet.exchange.export_pages import SETTLED, BadCursor, get_export_page
from kabinet.exchange.exports import (
    RunAcknowledged,
    RunNotDelivered,
    RunNotFound,
    Target,
    UnknownFile,
    acknowledge_run,
    export_new,
    export_since,
    repeat_run,
)
from kabinet.exchange.models import ExportRun
from kabinet.exchange.operations import UnknownProvider
from kabinet.kernel.actors import NOBODY, SYSTEM, Actor, ActorKind, Role
from kabinet.kernel.models import AuditEntry
from kabinet.metering.enums import ReadingStatus
from kabinet.metering.models import Reading
from tests.factories import (
    NOON,
    AccountFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

AT = NOON + dt.timedelta(hours=1)
READINGS_HEADER = (
    "portal_id;account;meter;service;zone;taken_on;value;previous_value;use;submitted_at;source"
)


@pytest.fixture
def gas():
    return ProviderFactory(code="gas")


def submitted(provider, *, value="1899.0000", day=22, minute=0, account=None, **fields):
    account = account or AccountFactory(provider=provider)
    meter = fields.pop("meter", None) or MeterFactory(account=account)
    return ReadingFactory(
        meter=meter,
        value=Decimal(value),
        previous_value=Decimal("1734.0000"),
        taken_on=dt.date(2026, 11, day),
        accounted_on=None,
        source="portal",
        route="portal",
        status=fields.pop("status", ReadingStatus.SENT),
        portal_id=uuid.uuid4(),
        submitted_at=NOON + dt.timedelta(minutes=minute),
        **fields,
    )


def link_event(provider, *, email="a@example.ru", minute=0, account=None):
    return AccountLinkEvent.objects.create(
        provider=provider,
        account=account or AccountFactory(provider=provider),
        event=LinkEventKind.LINKED,
        at=NOON + dt.timedelta(minutes=minute),
        email=email,
    )


def new(tmp_path, *, provider="gas", what="readings", actor=SYSTEM, name="out.csv", kind="csv"):
    return export_new(
        actor=actor,
        provider_code=provider,
        what=what,
        target=Target(tmp_path / name, kind),
        at=AT,
    )


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8")), delimiter=";"))


def test_a_reading_goes_out_with_all_that_the_billing_system_asks_for(gas, tmp_path):
    reading = submitted(gas, account=AccountFactory(provider=gas, number="00012345"))

    run = new(tmp_path)

    assert (run.what, run.rows, run.status) == ("readings", 1, ExportStatus.DELIVERED)
    assert (tmp_path / "out.csv").read_text("utf-8") == (
        f"{READINGS_HEADER}\n{reading.portal_id};00012345;{reading.meter.serial};"
        f"{reading.meter.service.code};;2026-11-22;1899;1734;165;2026-11-20T09:00:00+00:00;portal\n"
    )
    reading.refresh_from_db()
    assert (reading.export_number, reading.status) == (run.number, ReadingStatus.SENT)


def test_an_unchanged_value_shows_as_zero_use_and_a_lower_one_as_unknown(gas, tmp_path):
    submitted(gas, value="1734.0000", minute=0)
    submitted(gas, value="12.5000", minute=1)

    new(tmp_path)

    assert [(row["value"], row["use"]) for row in rows_of(tmp_path / "out.csv")] == [
        ("1734", "0"),
        ("12.5", ""),
    ]


def test_links_go_out_with_the_event_and_its_moment(gas, tmp_path):
    link_event(gas, account=AccountFactory(provider=gas, number="77"))

    new(tmp_path, what="links")

    assert rows_of(tmp_path / "out.csv") == [
        {
            "account": "77",
            "event": "linked",
            "at": "2026-11-20T09:00:00+00:00",
            "email": "a@example.ru",
        }
    ]


def test_nothing_is_new_twice(gas, tmp_path):
    first = submitted(gas)
    one = new(tmp_path, name="1.csv")
    second = submitted(gas, minute=1)
    two = new(tmp_path, name="2.csv")

    assert new(tmp_path, name="3.csv") is None
    assert not (tmp_path / "3.csv").exists()
    assert two.number > one.number
    assert [row["portal_id"] for row in rows_of(tmp_path / "1.csv")] == [str(first.portal_id)]
    assert [row["portal_id"] for row in rows_of(tmp_path / "2.csv")] == [str(second.portal_id)]
    assert ExportRun.objects.count() == 2


def test_only_what_was_submitted_here_and_still_stands_is_new(gas, tmp_path):
    ReadingFactory(meter__account__provider=gas)
    submitted(gas, status=ReadingStatus.REPLACED)
    submitted(ProviderFactory())
    mine = submitted(gas)

    new(tmp_path)

    assert [row["portal_id"] for row in rows_of(tmp_path / "out.csv")] == [str(mine.portal_id)]
    assert Reading.objects.exclude(export_number=None).get() == mine


def test_a_run_gives_the_same_rows_again_by_its_number_whatever_became_of_them(gas, tmp_path):
    reading = submitted(gas)
    run = new(tmp_path, name="first.csv")
    Reading.objects.filter(pk=reading.pk).update(status=ReadingStatus.REPLACED)
    submitted(gas, minute=5)

    again = repeat_run(
        actor=SYSTEM,
        provider_code="gas",
        number=run.number,
        target=Target(tmp_path / "again.csv"),
        at=AT,
    )

    assert (again.number, again.rows) == (run.number, 1)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "first.csv").read_bytes()


def test_acknowledged_readings_are_received_and_the_run_is_over(gas, tmp_path):
    kept, accepted = submitted(gas), submitted(gas, minute=1)
    run = new(tmp_path)
    later = submitted(gas, minute=2)
    Reading.objects.filter(pk=accepted.pk).update(status=ReadingStatus.ACCEPTED)

    said = [
        acknowledge_run(actor=SYSTEM, provider_code="gas", number=run.number, at=AT)
        for _twice in range(2)
    ]

    assert {row.status for row in said} == {ExportStatus.ACKNOWLEDGED}
    assert [Reading.objects.get(pk=reading.pk).status for reading in (kept, accepted, later)] == [
        ReadingStatus.RECEIVED,
        ReadingStatus.ACCEPTED,
        ReadingStatus.SENT,
    ]
    assert AuditEntry.objects.filter(action="exchange.export.acknowledge").count() == 1
    with pytest.raises(RunAcknowledged):
        repeat_run(
            actor=SYSTEM,
            provider_code="gas",
            number=run.number,
            target=Target(tmp_path / "again.csv"),
            at=AT,
        )
    assert not (tmp_path / "again.csv").exists()


def test_what_nobody_was_given_cannot_be_acknowledged(gas):
    reading = submitted(gas)
    run = ExportRun.objects.create(provider=gas, what="readings", rows=1, claimed_at=AT)
    Reading.objects.filter(pk=reading.pk).update(export_number=run.number)

    with pytest.raises(RunNotDelivered):
        acknowledge_run(actor=SYSTEM, provider_code="gas", number=run.number, at=AT)

    reading.refresh_from_db()
    run.refresh_from_db()
    assert (reading.status, run.status) == (ReadingStatus.SENT, ExportStatus.CLAIMED)


def test_a_run_that_was_claimed_and_never_delivered_comes_again_under_its_number(gas, tmp_path):
    lost = submitted(gas)
    run = ExportRun.objects.create(provider=gas, what="readings", rows=1, claimed_at=AT)
    Reading.objects.filter(pk=lost.pk).update(export_number=run.number)
    fresh = submitted(gas, minute=1)

    first, second = new(tmp_path, name="1.csv"), new(tmp_path, name="2.csv")

    assert first.number == run.number
    assert [row["portal_id"] for row in rows_of(tmp_path / "1.csv")] == [str(lost.portal_id)]
    assert [row["portal_id"] for row in rows_of(tmp_path / "2.csv")] == [str(fresh.portal_id)]
    assert second.number != run.number


def test_a_failed_delivery_keeps_the_old_file_and_comes_again(gas, tmp_path, monkeypatch):
    submitted(gas)
    (tmp_path / "out.csv").write_text("old")

    def full_disk(_handle):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full_disk)
        with pytest.raises(OSError, match="no space"):
            new(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "old"
    run = new(tmp_path)
    assert (run.rows, ExportRun.objects.count()) == (1, 1)


def test_since_a_moment_claims_nothing(gas, tmp_path):
    submitted(gas, minute=0)
    late = submitted(gas, minute=10)

    row = export_since(
        actor=SYSTEM,
        provider_code="gas",
        what="readings",
        since=late.submitted_at,
        target=Target(tmp_path / "out.csv"),
    )

    assert (row.number, row.rows) == (None, 1)
    assert [found["portal_id"] for found in rows_of(tmp_path / "out.csv")] == [str(late.portal_id)]
    assert not ExportRun.objects.exists()
    assert not Reading.objects.exclude(export_number=None).exists()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+7 900", "'+7 900"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ("-12,5", "-12,5"),
        ("+79001234567", "+79001234567"),
        ("00123", "00123"),
        ('a;"b"\nc', 'a;"b"\nc'),
        ("обычный", "обычный"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_text_never_becomes_a_formula_and_numbers_stay_as_they_are(
    gas, tmp_path, text, written, kind
):
    link_event(gas, email=text)

    new(tmp_path, what="links", name=f"out.{kind}", kind=kind)

    path = tmp_path / f"out.{kind}"
    if kind == "csv":
        (row,) = rows_of(path)
        assert row["email"] == written
    else:
        sheet = openpyxl.load_workbook(path)["links-out"]
        assert sheet["D2"].value == written
        assert sheet["D2"].data_type == "s"


def test_a_workbook_keeps_numbers_numbers_and_account_numbers_text(gas, tmp_path):
    submitted(gas, account=AccountFactory(provider=gas, number="00012345"))

    new(tmp_path, name="out.xlsx", kind="xlsx")

    header, row = openpyxl.load_workbook(tmp_path / "out.xlsx")["readings-out"].values
    assert ";".join(header) == READINGS_HEADER
    values = dict(zip(header, row, strict=True))
    assert (values["account"], values["value"], values["use"]) == ("00012345", 1899, 165)
    assert values["taken_on"] == dt.datetime(2026, 11, 22)  # noqa: DTZ001 -- workbooks know no zones


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_many_rows_all_go_out_in_order(gas, tmp_path, kind):
    account = AccountFactory(provider=gas)
    AccountLinkEvent.objects.bulk_create(
        AccountLinkEvent(
            provider=gas,
            account=account,
            event=LinkEventKind.LINKED,
            at=NOON + dt.timedelta(seconds=number),
            email=f"{number}@example.ru",
        )
        for number in range(5000)
    )

    run = new(tmp_path, what="links", name=f"out.{kind}", kind=kind)

    path = tmp_path / f"out.{kind}"
    found = (
        [row["email"] for row in rows_of(path)]
        if kind == "csv"
        else [row[3] for row in openpyxl.load_workbook(path).active.values][1:]
    )
    assert run.rows == 5000
    assert found == [f"{number}@example.ru" for number in range(5000)]


@pytest.mark.parametrize(
    "actor_for",
    [
        lambda _gas: NOBODY,
        lambda _gas: Actor.customer(1),
        lambda gas: Actor(ActorKind.STAFF, 1, frozenset({(gas.pk, Role.OPERATOR)})),
        lambda gas: Actor(ActorKind.STAFF, 1, frozenset({(gas.pk + 1, Role.INTEGRATOR)})),
    ],
)
def test_who_does_not_exchange_for_the_provider_gets_nothing(gas, tmp_path, actor_for):
    reading = submitted(gas)
    actor = actor_for(gas)

    with pytest.raises(UnknownProvider):
        new(tmp_path, actor=actor)
    with pytest.raises(UnknownProvider):
        get_export_page(
            actor=actor, provider_code="gas", what="readings", cursor="", limit=10, at=AT
        )

    reading.refresh_from_db()
    assert reading.export_number is None
    assert list(tmp_path.iterdir()) == []


def test_an_integrator_takes_the_rows_of_the_own_provider_and_knows_no_other_s_runs(gas, tmp_path):
    submitted(gas)
    other = ProviderFactory(code="other")
    integrator = Actor(ActorKind.STAFF, UserFactory().pk, frozenset({(other.pk, Role.INTEGRATOR)}))
    run = new(tmp_path)

    with pytest.raises(RunNotFound):
        acknowledge_run(actor=integrator, provider_code="other", number=run.number, at=AT)
    with pytest.raises(UnknownFile):
        new(tmp_path, provider="other", actor=integrator, what="payments; DROP")

    assert ExportRun.objects.get().status == ExportStatus.DELIVERED


def test_pages_follow_one_another_without_loss_and_end_where_they_began_anew(gas):
    made = [submitted(gas, minute=number // 2) for number in range(5)]
    pages, cursor = [], ""
    for _page in range(4):
        page = get_export_page(
            actor=SYSTEM, provider_code="gas", what="readings", cursor=cursor, limit=2, at=AT
        )
        pages.append([row["portal_id"] for row in page.rows])
        cursor = page.cursor

    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [number for page in pages for number in page] == [str(one.portal_id) for one in made]
    late = submitted(gas, minute=50)
    page = get_export_page(
        actor=SYSTEM, provider_code="gas", what="readings", cursor=cursor, limit=2, at=AT
    )
    assert [row["portal_id"] for row in page.rows] == [str(late.portal_id)]
    assert not Reading.objects.exclude(export_number=None).exists()


def test_a_row_that_may_still_have_earlier_neighbours_waits(gas):
    reading = submitted(gas)
    soon = reading.submitted_at + SETTLED

    def seen(at):
        page = get_export_page(
            actor=SYSTEM, provider_code="gas", what="readings", cursor="", limit=9, at=at
        )
        return len(page.rows)

    assert (seen(soon), seen(soon + dt.timedelta(microseconds=1))) == (0, 1)


def _encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode()


OWN_CURSORS = [
    "x", "e30=", "W10=", "WyJyZWFkaW5ncyIsICJub3ciLCAiMSJd", "ы", _encoded("[" * 5000),
    _encoded('["readings", "2026-01-01", Infinity]'),
    _encoded('["readings", "9999-12-31T23:59:59-23:59", 1]'),
]  # fmt: skip


@pytest.mark.parametrize("moment", ["2026-W01-1", "2026-01-01T00:00:00,5+23:59:59.999999"])
def test_a_cursor_in_an_unusual_spelling_is_understood(gas, moment):
    page = get_export_page(
        actor=SYSTEM,
        provider_code="gas",
        what="readings",
        cursor=_encoded(json.dumps(["readings", moment, 1])),
        limit=9,
        at=AT,
    )

    assert page.rows == []


@pytest.mark.parametrize("cursor", OWN_CURSORS)
def test_a_foreign_cursor_is_refused(gas, cursor):
    with pytest.raises(BadCursor):
        get_export_page(
            actor=SYSTEM, provider_code="gas", what="readings", cursor=cursor, limit=9, at=AT
        )


def test_a_cursor_of_another_file_is_refused(gas):
    link_event(gas)
    page = get_export_page(
        actor=SYSTEM, provider_code="gas", what="links", cursor="", limit=9, at=AT
    )

    with pytest.raises(BadCursor):
        get_export_page(
            actor=SYSTEM, provider_code="gas", what="readings", cursor=page.cursor, limit=9, at=AT
        )


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_two_queries(gas, django_assert_num_queries, count):
    for number in range(count):
        submitted(gas, minute=number)

    with django_assert_num_queries(2):  # provider, rows
        page = get_export_page(
            actor=SYSTEM, provider_code="gas", what="readings", cursor="", limit=9, at=AT
        )

    assert len(page.rows) == count


def test_the_command_exports_repeats_and_acknowledges(gas, tmp_path, capsys):
    submitted(gas)
    link_event(gas)

    assert main(["export", "gas", "--new", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    number = ExportRun.objects.get(what="readings").number
    assert f"readings: выгрузка № {number}, строк: 1, файл {tmp_path / 'readings-out.csv'}" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["links-out.csv", "readings-out.csv"]

    assert f"Ждут подтверждения (--ack) или повтора (--run): {number} (readings), " in told

    again = tmp_path / "again.xlsx"
    assert main(["export", "gas", "--run", str(number), "--out", str(again)]) == 0
    assert openpyxl.load_workbook(again).sheetnames == ["readings-out"]
    assert main(["export", "gas", "--ack", str(number)]) == 0
    assert main(["export", "gas", "--run", str(number), "--out", str(again)]) == 1
    assert main(["export", "gas", "--ack", "999999"]) == 1
    assert main(["export", "nobody", "--new"]) == 1
    assert main(["export", "gas", "--new", "--out", str(tmp_path)]) == 0
    assert "readings: нового нет." in capsys.readouterr().out


def test_the_delivery_lock_is_given_back(gas, tmp_path):
    submitted(gas)

    run = new(tmp_path)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1"
        )
        held = cursor.fetchone()[0]
    assert (held, run.rows) == (0, 1)
    assert exports.DELIVERY_LOCK + run.number < 2**63

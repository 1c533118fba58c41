"""The register of payments for the billing system: each row new exactly once (OPX-19, XCH-11)."""

from __future__ import annotations

import csv
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import openpyxl
import pytest
from django.db import connection
from django.utils import timezone

from kabinet.config.cli.main import main
from kabinet.exchange.enums import ExportStatus
from kabinet.exchange.export_pages import get_export_page
from kabinet.exchange.exports import (
    Target,
    UnknownFile,
    acknowledge_run,
    export_new,
    export_since,
    find_file,
    repeat_run,
)
from kabinet.exchange.models import ExportRun
from kabinet.kernel.actors import SYSTEM
from kabinet.payments.models import LedgerEntry
from tests.factories import NOON, AccountFactory, ProviderFactory, ServiceFactory, SupplierFactory
from tests.factories.payments import FiscalReceiptFactory, MerchantFactory, paid, refunded

pytestmark = pytest.mark.django_db
COLUMNS = (
    "portal_id;checkout;account;service;supplier;amount;penalty;commission;paid_at;method;acquirer;"
    "acquirer_id;fiscal_receipt;status"
)
WHO = {"actor": SYSTEM, "provider_code": "gas"}


@pytest.fixture
def account():
    return AccountFactory(provider=ProviderFactory(code="gas"), number="00012345")


def new(path, **options):
    return export_new(**WHO, what="payments", target=Target(path, **options), at=NOON)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file, delimiter=";")]


def ids_of(path):
    return [row["portal_id"] for row in rows_of(path)]


def of(*entries):
    return [str(entry.public_id) for entry in entries]


def test_a_payment_goes_out_with_all_that_the_billing_system_asks_for(account, tmp_path):
    service = ServiceFactory(provider=account.provider, code="gas")
    supplier = SupplierFactory(provider=account.provider, code="main")
    entry = paid(
        account=account,
        amount="1243.50",
        service=service,
        supplier=supplier,
        penalty=Decimal("5.00"),
        commission=Decimal("12.40"),
        merchant=MerchantFactory(provider=account.provider, gateway="tbank"),
    )
    FiscalReceiptFactory(
        attempt=entry.attempt,
        state="registered",
        storage_number="9960440300000001",
        document_number="152",
        fiscal_sign="3124567890",
        next_check_at=None,
    )

    run = new(tmp_path / "out.csv")

    assert (run.what, run.rows, run.status) == ("payments", 1, ExportStatus.DELIVERED)
    assert (tmp_path / "out.csv").read_text("utf-8") == (
        f"{COLUMNS}\n{entry.public_id};{entry.item.part.checkout.public_id};00012345;gas;main;1243.50;5.00;12.40;"
        f"2026-11-20T09:00:00+00:00;card;tbank;{entry.attempt.acquirer_id};"
        "9960440300000001/152/3124567890;paid\n"
    )


def test_a_return_is_a_row_of_its_own_with_its_own_numbers(account, tmp_path):
    entry = paid(account=account, amount="300.00")
    back = refunded(entry, amount="120.00")

    new(tmp_path / "out.csv")

    first, second = rows_of(tmp_path / "out.csv")
    assert (first["portal_id"], first["status"], first["amount"]) == (*of(entry), "paid", "300.00")
    assert (second["portal_id"], second["status"], second["amount"]) == (
        *of(back),
        "refunded",
        "120.00",
    )
    assert second["checkout"] == first["checkout"]
    assert second["acquirer_id"] == back.refund.acquirer_id != first["acquirer_id"]
    assert (first["fiscal_receipt"], first["service"]) == ("", "")


def test_a_workbook_keeps_sums_numbers(account, tmp_path):
    paid(account=account, amount="300.00")

    new(tmp_path / "out.xlsx", kind="xlsx")

    header, row = openpyxl.load_workbook(tmp_path / "out.xlsx")["payments-out"].values
    values = dict(zip(header, row, strict=True))
    assert (values["account"], values["amount"]) == ("00012345", 300)


def test_nothing_is_new_twice_and_another_providers_never(account, tmp_path):
    first = paid(account=account)
    paid(account=AccountFactory())
    new(tmp_path / "1.csv")
    second = paid(account=account)
    new(tmp_path / "2.csv")

    assert new(tmp_path / "3.csv") is None
    assert ids_of(tmp_path / "1.csv") == of(first)
    assert ids_of(tmp_path / "2.csv") == of(second)


def test_a_run_is_repeated_by_its_number_until_it_is_acknowledged(account, tmp_path):
    entry = paid(account=account)
    run = new(tmp_path / "1.csv")
    paid(account=account)

    repeat_run(**WHO, number=run.number, target=Target(tmp_path / "again.csv"), at=NOON)

    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "1.csv").read_bytes()
    assert ids_of(tmp_path / "again.csv") == of(entry)


def test_acknowledged_payments_are_handed_over_and_keep_their_moment(account, tmp_path):
    entry = paid(account=account)
    run = new(tmp_path / "1.csv")
    later = paid(account=account)

    for minute in (1, 2):
        at = NOON + dt.timedelta(minutes=minute)
        acknowledge_run(**WHO, number=run.number, at=at)

    moments = LedgerEntry.objects.order_by("pk").values_list("pk", "handed_over_at")
    assert [*moments] == [(entry.pk, NOON + dt.timedelta(minutes=1)), (later.pk, None)]


def test_a_run_that_was_claimed_and_never_delivered_comes_again_under_its_number(account, tmp_path):
    lost = paid(account=account)
    run = ExportRun.objects.create(
        provider=account.provider, what="payments", rows=1, claimed_at=NOON
    )
    LedgerEntry.objects.filter(pk=lost.pk).update(export_number=run.number)
    fresh = paid(account=account)

    first, second = new(tmp_path / "1.csv"), new(tmp_path / "2.csv")

    assert (first.number, ids_of(tmp_path / "1.csv")) == (run.number, of(lost))
    assert second.number != run.number
    assert ids_of(tmp_path / "2.csv") == of(fresh)


@pytest.mark.django_db(transaction=True)
def test_exports_at_the_same_moment_share_the_payments_out(account, tmp_path):
    entries = [paid(account=account) for _ in range(40)]
    together = Barrier(3)

    def take(number):
        together.wait()
        try:
            return new(tmp_path / f"{number}.csv")
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        runs = [run for run in pool.map(take, range(3)) if run is not None]

    given = [portal_id for path in tmp_path.glob("*.csv") for portal_id in ids_of(path)]
    assert sum(run.rows for run in runs) == 40
    assert sorted(given) == sorted(of(*entries))


def test_pages_go_by_the_moment_a_row_appeared_and_miss_no_late_news_of_the_bank(account):
    at = timezone.now() + dt.timedelta(minutes=1)

    def look(cursor):
        page = get_export_page(**WHO, what="payments", cursor=cursor, limit=9, at=at)
        return [row["portal_id"] for row in page.rows], page.cursor

    first = paid(account=account, at=NOON)
    seen, cursor = look("")
    told_late = paid(account=account, at=NOON - dt.timedelta(hours=5))

    assert seen == of(first)
    assert look(cursor)[0] == of(told_late)
    assert not LedgerEntry.objects.exclude(export_number=None).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_two_queries(account, django_assert_num_queries, count):
    for _ in range(count):
        paid(account=account)
    at = timezone.now() + dt.timedelta(minutes=1)

    with django_assert_num_queries(2):  # provider, rows
        page = get_export_page(**WHO, what="payments", cursor="", limit=9, at=at)

    assert len(page.rows) == count


def test_a_look_since_a_moment_claims_nothing(account, tmp_path):
    paid(account=account)
    since = {"since": timezone.now() - dt.timedelta(days=1), "target": Target(tmp_path / "o.csv")}

    row = export_since(**WHO, what="payments", **since)

    assert (row.number, row.rows) == (None, 1)
    assert not ExportRun.objects.exists()


def test_the_command_gives_payments_with_everything_else(account, tmp_path, capsys):
    paid(account=account)

    assert main(["export", "gas", "--new", "--out", str(tmp_path)]) == 0

    number = ExportRun.objects.get(what="payments").number
    assert f"payments: выгрузка № {number}, строк: 1" in capsys.readouterr().out
    assert (tmp_path / "payments-out.csv").exists()


def test_an_unknown_file_is_refused_with_the_names_there_are():
    with pytest.raises(UnknownFile, match="payments"):
        find_file("cases; DROP")

"""The bundles go through the real import without an error; the only warnings are mismatches put in on purpose."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from demo.bundle import COLUMNS
from demo.generator import Order, write_bundles
from demo.providers import GAS_A, GAS_B, HOUSING, PROVIDERS, register
from demo.seed import CUSTOMERS, seed
from demo.showcase import SHOWCASE
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import Account, AccountLink
from kabinet.accounts.operations import Wanted, extend_access, link_account
from kabinet.billing.models import Balance, Bill
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.identity.models import User
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.bundle import sent_files
from kabinet.metering.models import Meter
from kabinet.providers.enums import Proof

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
PLANTED = {
    # The manual's own.
    HOUSING.code: [("bill_lines", "closing", "539.20", "sum_mismatch")],
    # One bill against its formula and its lines, one against its lines only.
    GAS_B.code: [
        ("bills", "total", "963.00", "sum_mismatch"),
        ("bills", "total", "963.00", "sum_mismatch"),
        ("bills", "charged", "1047.00", "sum_mismatch"),
        ("bills", "total", "1047.00", "sum_mismatch"),
    ],
}


def take_in(folder: Path) -> dict:
    report = import_bundle(actor=SYSTEM, path=folder, provider_code=None, options=Options(), at=AT)
    return report.as_json()


def test_the_written_columns_are_those_that_the_import_knows():
    assert {name: list(columns) for name, columns in COLUMNS.items()} == {
        name: [column.name for column in file.columns] for name, file in sent_files().items()
    }


@pytest.mark.django_db(transaction=True)
def test_four_small_bundles_come_in_whole_and_twice_change_nothing(tmp_path):
    register(at=AT)
    order = Order(accounts=160, months=14, seed=11, today=AT.date())
    made = write_bundles(order, tmp_path)

    reports = {one.provider: take_in(one.path) for one in made}
    again = {one.provider: take_in(one.path)["status"] for one in made}

    assert {code: (r["status"], r["errors"]) for code, r in reports.items()} == {
        spec.code: ("imported", []) for spec in PROVIDERS
    }
    assert {
        code: [
            tuple(w[name] for name in ("file", "column", "value", "code")) for w in r["warnings"]
        ]
        for code, r in reports.items()
    } == {spec.code: PLANTED.get(spec.code, []) for spec in PROVIDERS}
    assert again == dict.fromkeys(again, "unchanged")
    assert {one.provider: one.rows["bill_lines"] for one in made} == {
        code: r["files"]["bill_lines"]["inserted"] for code, r in reports.items()
    }
    _check_signs()
    _check_people()


def _check_signs() -> None:
    """Debt is positive in the database, whatever the provider writes."""
    owed = Balance.objects.filter(account__number="203330511").aggregate(Sum("amount"))
    assert owed["amount__sum"] > Decimal(0)
    september = Bill.objects.get(account__number="3301635", period="2019-09-01")
    assert (september.total, september.final) == (Decimal("3325.05"), False)
    charges = Bill.objects.filter(account__number="10031851").order_by("period")
    assert [str(bill.total) for bill in charges] == [
        "-2.60",
        "-2.60",
        "-2.60",
        "-2.60",
        "4.79",
        "3.79",
    ]


def _check_people() -> None:
    """Every showcase account is there; its secrets open it as the printed advice says."""
    assert Account.objects.filter(number__in=[row.number for row in SHOWCASE]).count() == len(
        SHOWCASE
    )
    seed(at=AT)
    assert AccountLink.objects.count() == sum(len(person.links) for person in CUSTOMERS)
    for row in SHOWCASE:
        if row.serial:
            assert Meter.objects.filter(account__number=row.number, serial=row.serial).exists()

    newcomer = User.objects.get(email="novyy@kabinet.example")
    actor = Actor.customer(newcomer.pk)
    linked = link_account(actor=actor, wanted=Wanted(GAS_A.code, "203330528"), at=AT)
    assert linked.level is AccessLevel.LIMITED
    extend_access(actor=actor, public_id=linked.public_id, proof=Proof.PIN, answer="903441", at=AT)
    second = link_account(
        actor=actor,
        wanted=Wanted(
            "zarechie-teplogaz",
            "24022552",
            search={Proof.INITIALS: "ПЮН"},
            proof=Proof.METER,
            answer="02402255",
            consents=True,
        ),
        at=AT,
    )
    assert second.level is AccessLevel.EXTENDED

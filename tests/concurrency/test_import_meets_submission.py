"""People submit and link while an import is going on: nobody waits in a circle, nothing is lost or stored twice."""

from __future__ import annotations

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from kabinet.accounts import operations as linking
from kabinet.accounts.models import AccountLink
from kabinet.exchange.enums import ImportMode
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.models import Meter, Reading
from kabinet.metering.operations import TypedValue, submit_readings
from kabinet.metering.verdicts import Verdict
from tests.accounts.cases import account_b, person, wanted_b
from tests.concurrency.large_bundle import wait_until
from tests.exchange.bundles import Bundle
from tests.factories import AccountFactory, MeterFactory, ReadingFactory, UserFactory
from tests.hands import together

pytestmark = pytest.mark.django_db(transaction=True)

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
TODAY = "2026-11-21"
METERS = 4


@pytest.fixture
def home():
    """A person's account with four meters of the gas provider, each with a reading of last month."""
    user = UserFactory()
    account = AccountFactory(
        number="1001", holders=[user], provider__code="gas", provider__style="B"
    )
    meters = MeterFactory.create_batch(METERS, account=account)
    for meter in meters:
        ReadingFactory(meter=meter)
    return user, account, meters


def submit(user, meters, text):
    return submit_readings(
        actor=Actor.customer(user.pk),
        account_id=meters[0].account_id,
        values=[TypedValue(meter.public_id, "", text) for meter in meters],
        route=SubmissionRoute.PORTAL,
        at=NOW,
    )


def take(path):
    return import_bundle(
        actor=SYSTEM, path=path, provider_code="gas", options=Options(ImportMode.STRICT), at=NOW
    )


def bundle_of(path, meters, *, value, model="", portal_ids=None):
    """Readings of today for the meters, against the order in which a form lists them; the meters change as well."""
    bundle = Bundle(mode="delta").only("meters", "readings")
    ids = itertools.repeat("") if portal_ids is None else portal_ids
    bundle.files["meters"] = [
        "account;serial;service;model;digits",
        *(f"1001;{m.serial};{m.service.code};{model};{m.digits}" for m in reversed(meters)),
    ]
    bundle.files["readings"] = [
        "account;meter;zone;taken_on;value;source;status;portal_id",
        *(
            f"1001;{meter.serial};;{TODAY};{value};portal;accepted;{portal_id}"
            for meter, portal_id in zip(reversed(meters), ids, strict=False)
        ),
    ]
    return bundle.folder(path)


def live(meter):
    rows = Reading.objects.filter(meter=meter, source="portal", taken_on=TODAY)
    return list(rows.exclude(status="replaced").values_list("value", "status"))


@contextmanager
def stalled_once_readings_are_in():
    """Hold an import up between its readings and its balances."""
    other = connections.create_connection("default")
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE billing_balance IN ACCESS EXCLUSIVE MODE")
        try:
            yield
        finally:
            other.rollback()
            other.close()


def waiting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def test_submission_and_import_of_one_day_leave_one_reading(home, tmp_path):
    user, _account, meters = home
    path = bundle_of(tmp_path / "b", meters, value=2050, model="СГБ")

    report, results = together(lambda: take(path), lambda: submit(user, meters, "2041"))

    assert report.status == "imported", report.reason
    assert [live(meter) for meter in meters] == [[(2050, "accepted")]] * METERS
    assert all(
        result.stored or result.registers[0].verdict is Verdict.ALREADY_ACCEPTED
        for result in results
    )


def test_reading_submitted_a_moment_before_is_found_by_the_import(home, tmp_path):
    """The submission has written and not committed yet: the import waits for its meters (fails without that)."""
    user, _account, meters = home
    path = bundle_of(tmp_path / "b", meters, value=2050, model=meters[0].model)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            submit(user, meters, "2041")
            started = pool.submit(lambda: together(lambda: take(path))[0])
            wait_until(lambda: waiting() == 1)
        report = started.result(timeout=20)

    assert (report.status, report.files["readings"]["updated"]) == ("imported", METERS)
    assert [live(meter) for meter in meters] == [[(2050, "accepted")]] * METERS
    assert Reading.objects.exclude(portal_id=None).count() == METERS


def test_reading_imported_a_moment_before_is_found_by_the_submission(home, tmp_path):
    user, _account, meters = home
    path = bundle_of(tmp_path / "b", meters, value=2050, model=meters[0].model)
    submit(user, meters, "2030")
    with ThreadPoolExecutor(2) as pool:
        with stalled_once_readings_are_in():
            started = pool.submit(lambda: together(lambda: take(path))[0])
            wait_until(lambda: waiting() == 1)
            submitted = pool.submit(lambda: together(lambda: submit(user, meters, "2041"))[0])
            wait_until(lambda: waiting() == 2)
        report, results = started.result(timeout=20), submitted.result(timeout=20)

    assert report.status == "imported"
    assert [result.registers[0].verdict for result in results] == [
        Verdict.ALREADY_ACCEPTED
    ] * METERS
    assert [live(meter) for meter in meters] == [[(2050, "accepted")]] * METERS


@pytest.mark.parametrize("turn", range(5))
def test_verdicts_and_new_submissions_do_not_wait_in_a_circle(home, tmp_path, turn):
    user, _account, meters = home
    submit(user, meters, "2041")
    ids = [Reading.objects.get(meter=meter, status="sent").portal_id for meter in reversed(meters)]
    path = bundle_of(tmp_path / "b", meters, value=2041, model=f"М{turn}", portal_ids=ids)

    report, results = together(lambda: take(path), lambda: submit(user, meters, "2050"))

    replaced = Reading.objects.filter(status="replaced").count()
    assert report.status == "imported", report.reason
    assert replaced in {0, METERS}
    wanted = [(2050, "sent")] if replaced else [(2041, "accepted")]
    assert [live(meter) for meter in meters] == [wanted] * METERS
    assert {result.stored for result in results} == {bool(replaced)}


def test_linking_does_not_wait_for_an_import(tmp_path):
    account, (_user, actor) = account_b(), person()
    with transaction.atomic(), ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        # What an import holds until it ends: the account's row and those of its meters.
        cursor.execute("UPDATE accounts_account SET as_of = %s WHERE id = %s", [NOW, account.pk])
        Meter.objects.filter(account=account).update(model="СГБ")
        started = pool.submit(
            together,
            lambda: linking.link_account(actor=actor, wanted=wanted_b(account), at=NOW),
        )
        linked = started.result(timeout=10)

    assert linked
    assert AccountLink.objects.filter(account=account).count() == 1

from __future__ import annotations

import datetime as dt

import pytest

from demo.generator import Order, write_bundles
from demo.providers import GAS_B, HOUSING, register
from demo.readings import send_readings
from demo.seed import seed
from kabinet.exchange.models import ExportRun
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.exchange.waiting import count_waiting_readings
from kabinet.kernel.actors import SYSTEM
from kabinet.metering.models import Reading

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


def fates():
    rows = Reading.objects.filter(portal_id__isnull=False).order_by("submitted_at", "pk")
    return [
        (row.status, row.export_number is not None)
        for row in rows.filter(submitted_by__email="trudnosti@kabinet.example")
    ]


@pytest.mark.django_db(transaction=True)
def test_the_demo_has_a_reading_of_each_fate_and_sends_them_once(tmp_path):
    register(at=AT)
    order = Order(60, 14, 7, AT.date(), [GAS_B, HOUSING])
    for made in write_bundles(order, tmp_path):
        options = Options()
        report = import_bundle(
            actor=SYSTEM, path=made.path, provider_code=made.provider, options=options, at=AT
        )
        assert report.exit_status == 0
    seed(at=AT)

    send_readings(at=AT)

    accepted, exported, *unanswered = fates()
    assert accepted == ("accepted", False)
    assert exported == ("sent", True)
    assert unanswered == [("sent", False)] * len(unanswered)
    assert len(unanswered) > 0
    assert count_waiting_readings(actor=SYSTEM, at=AT) == 1 + len(unanswered)

    send_readings(at=AT)
    assert len(fates()) == 2 + len(unanswered)
    assert ExportRun.objects.count() == 1


@pytest.mark.django_db
def test_nothing_is_sent_without_the_demo_s_people():
    send_readings(at=AT)

    assert not Reading.objects.exists()

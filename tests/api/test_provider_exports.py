from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.test import Client
from django.utils import timezone

from kabinet.kernel.actors import SYSTEM
from kabinet.metering.models import Reading
from kabinet.providers.api_keys import issue_api_key
from tests.factories import AccountFactory, MeterFactory, ProviderFactory, ReadingFactory

V1 = "/api/provider/v1"


def _client(provider):
    key = issue_api_key(actor=SYSTEM, provider_code=provider.code, name="1С", at=timezone.now())
    return Client(headers={"authorization": f"Bearer {key}"}, enforce_csrf_checks=True)


@pytest.fixture
def gas(transactional_db):
    return ProviderFactory(code="gas", style="A")


@pytest.fixture
def machine(gas):
    return _client(gas)


def _submitted(provider, value):
    meter = MeterFactory(account=AccountFactory(provider=provider))
    return ReadingFactory(
        meter=meter,
        value=value,
        source="portal",
        status="sent",
        route="portal",
        portal_id=f"00000000-0000-4000-8000-{value:012d}",
        submitted_at=timezone.now() - dt.timedelta(minutes=5),
        accounted_on=None,
    )


def _rows(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_new_rows_are_given_once_again_by_number_and_no_more_after_the_receipt(machine, gas):
    reading = _submitted(gas, 1950)

    first = machine.post(f"{V1}/exports", {"what": "readings"}, content_type="application/json")
    number = first["X-Export-Run"]
    rows = _rows(first)
    assert [row["portal_id"] for row in rows] == [str(reading.portal_id)]
    assert (
        machine.post(
            f"{V1}/exports", {"what": "readings"}, content_type="application/json"
        ).status_code
        == 204
    )
    assert _rows(machine.get(f"{V1}/exports/{number}")) == rows
    assert machine.get(f"{V1}/exports").json() == [
        {"number": int(number), "what": "readings", "rows": 1, "status": "delivered"}
    ]

    acknowledged = machine.post(f"{V1}/exports/{number}/ack")

    assert (acknowledged.status_code, acknowledged.json()["status"]) == (200, "acknowledged")
    assert machine.get(f"{V1}/exports/{number}").status_code == 409
    assert machine.get(f"{V1}/exports").json() == []
    reading.refresh_from_db()
    assert reading.status == "received"


@pytest.mark.parametrize("count", [1, 3])
def test_paging_gives_every_row_and_claims_none(machine, gas, count):
    expected = {str(_submitted(gas, 1950 + number).portal_id) for number in range(count)}

    seen, cursor = [], ""
    while True:
        page = machine.get(f"{V1}/readings", {"cursor": cursor, "limit": 1}).json()
        seen += [row["portal_id"] for row in page["rows"]]
        cursor = page["cursor"]
        if not page["has_more"]:
            break

    assert (len(seen), set(seen)) == (count, expected)
    assert not Reading.objects.exclude(export_number=None).exists()


def test_another_providers_rows_and_runs_do_not_exist(machine, gas):
    _submitted(gas, 1950)
    given = machine.post(f"{V1}/exports", {"what": "readings"}, content_type="application/json")
    given.close()
    number = given["X-Export-Run"]
    stranger = _client(ProviderFactory(code="water"))

    assert stranger.get(f"{V1}/readings").json()["rows"] == []
    assert stranger.get(f"{V1}/exports/{number}").status_code == 404
    assert stranger.post(f"{V1}/exports/{number}/ack").status_code == 404
    assert machine.get(f"{V1}/exports").json()[0]["status"] == "delivered"


@pytest.mark.parametrize("cursor", ["x", "e30=", "WyJsaW5rcyIsICIyMDI2LTExLTIxIiwgMV0="])
def test_a_cursor_of_ones_own_making_is_refused(machine, cursor):
    response = machine.get(f"{V1}/readings", {"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (409, "refused")


def test_an_unknown_file_is_refused(machine):
    assert machine.get(f"{V1}/secrets").status_code == 422
    answer = machine.post(f"{V1}/exports", {"what": "users"}, content_type="application/json")
    assert answer.status_code == 422

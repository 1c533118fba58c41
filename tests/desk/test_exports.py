from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.exchange.models import ExportRun
from kabinet.kernel.actors import Role
from kabinet.metering.models import Reading
from kabinet.providers.models import StaffMember
from tests.factories import AccountFactory, MeterFactory, ReadingFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
EXCHANGE = [Role.INTEGRATOR, Role.ADMINISTRATOR]
LIST, NEW = reverse("desk-exports"), reverse("desk-export-new")


@pytest.fixture
def reading():
    """A reading that waits for its provider."""
    return ReadingFactory(
        meter=MeterFactory(account=AccountFactory()),
        value=Decimal(2041),
        status="sent",
        source="portal",
        accounted_on=None,
        portal_id=uuid.uuid4(),
        submitted_at=NOW,
        route="portal",
    )


@pytest.fixture
def provider(reading):
    return reading.meter.account.provider


@pytest.fixture
def work_as(client, provider):
    def start(role, at=None):
        user = UserFactory()
        StaffMember.objects.create(provider=at or provider, user=user, role=role)
        client.force_login(user)
        return user

    return start


def ask(provider, **changed):
    return {"provider": provider.code, "what": "readings", "kind": "csv", **changed}


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def act(client, name, number):
    return client.post(reverse(name, kwargs={"number": number}))


@pytest.mark.parametrize("role", EXCHANGE)
def test_what_is_new_is_given_once_and_again_by_its_number(
    client, work_as, reading, provider, role
):
    work_as(role)

    first = rows_of(client.post(NEW, ask(provider)))
    run = ExportRun.objects.get()
    assert [row["portal_id"] for row in first] == [str(reading.portal_id)]
    assert (run.status, run.rows) == ("delivered", 1)

    assert client.post(NEW, ask(provider)).url == LIST
    assert rows_of(act(client, "desk-export-file", run.number)) == first
    assert f">{run.number}<" in client.get(LIST).content.decode()


def test_a_confirmed_run_is_given_no_more(client, work_as, provider):
    work_as(Role.INTEGRATOR)
    rows_of(client.post(NEW, ask(provider)))
    number = ExportRun.objects.get().number

    assert act(client, "desk-export-received", number).url == LIST
    assert ExportRun.objects.get().status == "acknowledged"
    assert act(client, "desk-export-file", number).status_code == 409


def test_a_workbook_is_named_by_its_run(client, work_as, provider):
    work_as(Role.INTEGRATOR)

    response = client.post(NEW, ask(provider, kind="xlsx"))

    number = ExportRun.objects.get().number
    expected = f'attachment; filename="readings-out-{number}.xlsx"'
    assert response["Content-Disposition"] == expected
    assert response["Cache-Control"] == "private, no-store"
    assert b"".join(response.streaming_content).startswith(b"PK")


@pytest.mark.parametrize("role", EXCHANGE)
def test_a_role_at_another_provider_opens_nothing_here(client, work_as, provider, role):
    work_as(role)
    rows_of(client.post(NEW, ask(provider)))
    number = ExportRun.objects.get().number

    work_as(role, at=AccountFactory().provider)
    assert f">{number}<" not in client.get(LIST).content.decode()
    assert client.post(NEW, ask(provider)).status_code == 422
    assert act(client, "desk-export-file", number).status_code == 404
    assert act(client, "desk-export-received", number).status_code == 404
    assert ExportRun.objects.get().status == "delivered"


@pytest.mark.parametrize("role", sorted(set(Role) - set(EXCHANGE)))
def test_other_roles_do_not_exchange(client, work_as, provider, role):
    work_as(role)

    assert client.get(LIST).status_code == 403
    assert client.post(NEW, ask(provider)).status_code == 403
    assert act(client, "desk-export-file", 1).status_code == 403
    assert act(client, "desk-export-received", 1).status_code == 403
    assert not ExportRun.objects.exists()
    assert Reading.objects.get().export_number is None


@pytest.mark.parametrize(
    "changed", [{"what": "secrets"}, {"kind": "exe"}, {"provider": "nonesuch"}]
)
def test_a_wrong_form_comes_back_and_claims_nothing(client, work_as, provider, changed):
    work_as(Role.INTEGRATOR)

    assert client.post(NEW, {**ask(provider), **changed}).status_code == 422
    assert not ExportRun.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(client, work_as, provider, django_assert_num_queries, count):
    work_as(Role.INTEGRATOR)
    for _ in range(count):
        ExportRun.objects.create(provider=provider, what="links", claimed_at=NOW)

    with django_assert_num_queries(6):  # session, user, grants, names, providers, runs
        client.get(LIST)

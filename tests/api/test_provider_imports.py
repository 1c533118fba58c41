from __future__ import annotations

import datetime as dt
import io
import uuid
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kabinet.accounts.models import Account
from kabinet.exchange.models import ImportRun
from kabinet.exchange.operations import run_queued_import
from kabinet.kernel.actors import SYSTEM
from kabinet.providers.api_keys import issue_api_key
from kabinet.providers.models import ApiKey
from tests.exchange.bundles import Bundle
from tests.factories import ProviderFactory

NOON = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
IMPORTS = "/api/provider/v1/imports"


@pytest.fixture
def gas(transactional_db):
    return ProviderFactory(code="gas", style="A")


def _client(provider):
    key = issue_api_key(actor=SYSTEM, provider_code=provider.code, name="1С", at=NOON)
    return Client(headers={"authorization": f"Bearer {key}"}, enforce_csrf_checks=True)


@pytest.fixture
def machine(gas):
    return _client(gas)


def _upload(path):
    return SimpleUploadedFile("bundle.zip", path.read_bytes(), content_type="application/zip")


@pytest.fixture
def bundle(tmp_path):
    return Bundle().zip(tmp_path / "bundle.zip")


def test_a_bundle_goes_in_and_its_run_tells_what_came_of_it(machine, bundle):
    sent = machine.post(IMPORTS, {"bundle": _upload(bundle)})
    run_id = sent.json()["id"]
    assert (sent.status_code, sent.json()["status"]) == (202, "queued")
    assert machine.get(f"{IMPORTS}/{run_id}").json()["status"] == "queued"

    run_queued_import(run_id=ImportRun.objects.get().pk)

    run = machine.get(f"{IMPORTS}/{run_id}").json()
    assert run["status"] == "imported"
    assert run["files"]["accounts"]["inserted"] == Account.objects.count() > 0
    assert (run["errors_total"], run["rejects"]) == (0, None)


def test_a_dry_run_changes_nothing(machine, bundle):
    machine.post(IMPORTS, {"bundle": _upload(bundle), "dry_run": "true"})

    run_queued_import(run_id=ImportRun.objects.get().pk)

    assert ImportRun.objects.get().status == "checked"
    assert not Account.objects.exists()


def test_bad_rows_come_back_as_a_bundle(machine, tmp_path):
    broken = Bundle().add("account_facts", "9999;Тип дома;частный;1").zip(tmp_path / "broken.zip")
    sent = machine.post(IMPORTS, {"bundle": _upload(broken), "mode": "partial"})
    run_queued_import(run_id=ImportRun.objects.get().pk)
    run_id = sent.json()["id"]

    run = machine.get(f"{IMPORTS}/{run_id}").json()
    taken = machine.get(f"{IMPORTS}/{run_id}/rejects")

    assert (run["status"], run["rejects"]) == ("partial", "rejects.zip")
    assert [error["code"] for error in run["errors"]] == ["unknown_reference"]
    names = zipfile.ZipFile(io.BytesIO(b"".join(taken.streaming_content))).namelist()
    assert "account_facts.csv" in names


def test_another_providers_run_does_not_exist(machine, bundle):
    run_id = machine.post(IMPORTS, {"bundle": _upload(bundle)}).json()["id"]
    stranger = _client(ProviderFactory(code="water"))

    assert machine.get(f"{IMPORTS}/{run_id}").status_code == 200
    for address in (
        f"{IMPORTS}/{run_id}",
        f"{IMPORTS}/{run_id}/rejects",
        f"{IMPORTS}/{uuid.uuid4()}",
    ):
        response = stranger.get(address)
        assert (response.status_code, response.json()) == (404, {"code": "not_found"})


def test_without_a_key_in_force_nothing_is_kept(machine, bundle):
    assert Client().post(IMPORTS, {"bundle": _upload(bundle)}).status_code == 401
    ApiKey.objects.update(revoked_at=NOON)

    assert machine.post(IMPORTS, {"bundle": _upload(bundle)}).status_code == 401
    assert not ImportRun.objects.exists()


def test_a_wrong_word_is_explained_and_nothing_is_kept(machine, bundle):
    response = machine.post(IMPORTS, {"bundle": _upload(bundle), "mode": "yes"})

    assert response.status_code == 422
    assert not ImportRun.objects.exists()


def test_the_description_of_the_api_needs_the_key_no_more_than_a_manual_does(client):
    schema = client.get("/api/provider/v1/openapi.json").json()

    assert schema["openapi"].startswith("3.1")
    assert "/api/provider/v1/imports" in schema["paths"]

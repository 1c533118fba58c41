from __future__ import annotations

import datetime as dt
import io
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.exchange.models import ImportRun
from kabinet.identity.models import LegalDocument
from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.providers.models import StaffMember
from tests.factories import ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
EXCHANGE = [Role.INTEGRATOR, Role.ADMINISTRATOR]
LIST = reverse("desk-imports")
REPORT = {
    "files": {
        "meters": {"read": 12, "inserted": 7, "updated": 2, "unchanged": 1, "rejected": 2},
    },
    "errors": [
        {
            "file": "meters",
            "line": 4,
            "column": "digits",
            "value": "<b>одиннадцать</b>",
            "code": "not_a_number",
            "message": "Это не число.",
        }
    ],
    "errors_total": 1201,
    "warnings": [],
    "warnings_total": 0,
}


@pytest.fixture
def provider():
    return ProviderFactory(name="АО «Озёрскгаз»")


@pytest.fixture
def work_as(client, provider):
    """Sign a person in with a role at the provider, or at another one."""

    def start(role, at=None):
        user = UserFactory()
        StaffMember.objects.create(provider=at or provider, user=user, role=role)
        client.force_login(user)
        return user

    return start


@pytest.fixture
def run(provider):
    return make_run(provider, status="partial", report=REPORT, reason="")


def make_run(provider, **facts):
    facts.setdefault("source_name", "ozerskgaz.zip")
    if facts.get("status", "queued") not in {"queued", "running"}:
        facts.setdefault("finished_at", NOW)
    return ImportRun.objects.create(provider=provider, mode="partial", created_at=NOW, **facts)


def place(name, run):
    return reverse(name, kwargs={"run_id": run.public_id})


def upload(provider, name="bundle.zip", **changed):
    file = SimpleUploadedFile(name, b"PK\x05\x06" + bytes(18))
    return {"provider": provider.code, "bundle": file, "mode": "strict", **changed}


def pages_of(run):
    names = ("desk-import", "desk-import-progress", "desk-import-rejects")
    return [place(name, run) for name in names]


@pytest.mark.parametrize("role", EXCHANGE)
def test_the_list_shows_the_runs_of_the_own_provider_only(client, work_as, run, role):
    foreign = make_run(ProviderFactory(name="ООО «Чужой»"), source_name="foreign.zip")
    work_as(role)

    page = client.get(LIST).content.decode()

    assert "ozerskgaz.zip" in page
    assert "загружено частично" in page
    assert "foreign.zip" not in page
    assert "Чужой" not in page
    assert [client.get(address).status_code for address in pages_of(foreign)] == [404, 404, 404]


@pytest.mark.parametrize("role", EXCHANGE)
def test_a_role_at_another_provider_opens_nothing_here(client, work_as, run, provider, role):
    work_as(role, at=ProviderFactory())

    assert [client.get(address).status_code for address in pages_of(run)] == [404, 404, 404]
    assert client.post(LIST, upload(provider)).status_code == 422
    assert ImportRun.objects.count() == 1
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize("role", sorted(set(Role) - set(EXCHANGE)))
def test_other_roles_do_not_exchange(client, work_as, run, provider, role):
    work_as(role)

    assert client.get(LIST).status_code == 403
    assert client.post(LIST, upload(provider)).status_code == 403
    assert [client.get(address).status_code for address in pages_of(run)] == [403, 403, 403]
    assert ImportRun.objects.count() == 1


def test_a_customer_and_nobody_have_no_desk(client, run):
    addresses = [reverse("desk-home"), LIST, *pages_of(run)]
    assert {client.get(address).status_code for address in addresses} == {302}

    client.force_login(UserFactory())
    assert {client.get(address).status_code for address in addresses} == {403}


def test_a_role_at_a_switched_off_provider_is_no_role(client, work_as, provider):
    work_as(Role.ADMINISTRATOR)
    provider.is_active = False
    provider.save()

    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_home_that_names_its_provider(client, work_as, run, role):
    work_as(role)

    page = client.get(reverse("desk-home")).content.decode()

    assert "АО «Озёрскгаз»" in page
    assert ("ozerskgaz.zip" in page) is (role in EXCHANGE)
    assert (LIST in page) is (role in EXCHANGE)


def test_the_home_says_when_sign_up_is_closed_for_want_of_a_consent_text(client, work_as):
    work_as(Role.OPERATOR)
    assert "Регистрация закрыта" not in client.get(reverse("desk-home")).content.decode()

    LegalDocument.objects.all().delete()

    assert "Регистрация закрыта" in client.get(reverse("desk-home")).content.decode()


def test_an_upload_is_kept_and_waits_in_the_queue(client, work_as, provider):
    user = work_as(Role.INTEGRATOR)

    response = client.post(LIST, upload(provider, dry_run="on", mode="partial"))

    run = ImportRun.objects.get()
    assert response.url == place("desk-import", run)
    assert (run.provider, run.status, run.mode, run.dry_run) == (
        provider,
        "queued",
        "partial",
        True,
    )
    assert (run.source_name, run.started_by_id) == ("bundle.zip", user.pk)
    assert default_storage.size(run.source_key) == 22
    assert ProcrastinateJob.objects.get().args == {"run_id": run.pk}
    entry = AuditEntry.objects.get(action="exchange.import.start")
    assert (entry.actor_kind, entry.actor_id) == ("staff", user.pk)


@pytest.mark.parametrize(
    "changed",
    [
        {"bundle": SimpleUploadedFile("bundle.csv", b"a;b")},
        {"bundle": ""},
        {"bundle": SimpleUploadedFile("bundle.zip", b"")},
        {"mode": "gentle"},
        {"provider": "nonesuch"},
    ],
)
def test_a_wrong_form_comes_back_and_starts_nothing(client, work_as, provider, changed):
    work_as(Role.INTEGRATOR)

    response = client.post(LIST, {**upload(provider), **changed})

    assert response.status_code == 422
    assert "kb-error" in response.content.decode()
    assert not ImportRun.objects.exists()


def test_a_finished_run_tells_counts_and_errors(client, work_as, run):
    work_as(Role.INTEGRATOR)

    page = client.get(place("desk-import", run)).content.decode()

    assert "Загружено частично" in page
    assert "not_a_number" in page
    assert "&lt;b&gt;одиннадцать&lt;/b&gt;" in page
    assert "показаны первые 1" in page
    assert "hx-get" not in page
    assert "rejects.zip" not in page


def test_a_running_import_shows_its_progress_and_the_end_reloads_the_page(
    client, work_as, provider
):
    work_as(Role.INTEGRATOR)
    progress = {"read": 1200, "checked": 800, "written": 300}
    run = make_run(provider, status="running", progress=progress)

    assert "hx-get" in client.get(place("desk-import", run)).content.decode()
    moving = client.get(place("desk-import-progress", run)).content.decode()
    assert '<progress class="kb-progress" value="300" max="1200"' in moving

    ImportRun.objects.update(status="imported", finished_at=NOW)
    ended = client.get(place("desk-import-progress", run))
    assert (ended.status_code, ended["HX-Refresh"]) == (286, "true")


def test_rejects_are_downloaded_through_the_scope_and_leave_a_trace(client, work_as, run):
    user = work_as(Role.INTEGRATOR)
    assert client.get(place("desk-import-rejects", run)).status_code == 404

    run.rejects_key = default_storage.save("rejects/x.zip", ContentFile(b"PK-rejects"))
    run.save()
    response = client.get(place("desk-import-rejects", run))

    assert b"".join(response.streaming_content) == b"PK-rejects"
    assert response["Content-Disposition"] == 'attachment; filename="rejects.zip"'
    assert response["Cache-Control"] == "private, no-store"
    entry = AuditEntry.objects.get(action="exchange.rejects.download")
    assert (entry.actor_id, entry.subject) == (user.pk, f"exchange.ImportRun:{run.pk}")
    assert "rejects.zip" in client.get(place("desk-import", run)).content.decode()


def test_a_run_that_never_was_does_not_exist(client, work_as):
    work_as(Role.INTEGRATOR)

    address = reverse("desk-import", kwargs={"run_id": uuid.uuid4()})
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_query_counts(client, work_as, provider, django_assert_num_queries, count):
    work_as(Role.INTEGRATOR)
    for _ in range(count):
        run = make_run(provider, status="imported", report=REPORT)

    with django_assert_num_queries(6):  # session, user, grants, names, providers, runs
        client.get(LIST)
    with django_assert_num_queries(5):  # session, user, grants, names, run
        client.get(place("desk-import", run))
    # session, user, grants, names, runs, discrepancies, receipts, consent text
    with django_assert_num_queries(8):
        client.get(reverse("desk-home"))


def test_a_big_upload_is_streamed_to_the_storage(client, work_as, provider):
    work_as(Role.INTEGRATOR)
    content = io.BytesIO(bytes(3 << 20)).read()

    client.post(LIST, upload(provider, bundle=SimpleUploadedFile("big.zip", content)))

    assert default_storage.size(ImportRun.objects.get().source_key) == 3 << 20

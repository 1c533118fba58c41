"""A year's bills as one file: made once, whole or not at all, for those who may see them, and not for ever."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from kabinet.billing import archives
from kabinet.billing.archives import ArchiveNotReady, NoBillsInYear
from kabinet.billing.models import Bill, BillArchive, BillDocument
from kabinet.billing.operations import BillNotReady, issue_bill_document
from kabinet.kernel.actors import Actor
from kabinet.kernel.models import AuditEntry
from tests.billing import papers
from tests.factories import AccountLinkFactory, BillFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
YEAR = 2026


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def actor(user):
    return Actor.customer(user.pk)


@pytest.fixture
def bill(user):
    return papers.gas_bill(holders=[user], history=False)


def ask(actor, bill, at=AT):
    archives.request_archive(actor=actor, account_id=bill.account_id, year=YEAR, at=at)
    return BillArchive.objects.get()


def make(archive, at=AT):
    archives.make_archive(archive_id=archive.pk, at=at)
    archive.refresh_from_db()
    return archive


def opened(actor, bill, at=AT):
    return archives.open_archive(actor=actor, account_id=bill.account_id, year=YEAR, at=at)


def jobs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (args ->> 'archive_id')::int FROM procrastinate_jobs"
            " WHERE task_name = 'billing.make_archive'"
        )
        return [archive_id for (archive_id,) in cursor.fetchall()]


def stored():
    """Keys of all archives that lie in the storage."""
    if not default_storage.exists("archives"):
        return set()
    return {
        f"archives/{folder}/{name}"
        for folder in default_storage.listdir("archives")[0]
        for name in default_storage.listdir(f"archives/{folder}")[1]
    }


def test_the_archive_holds_every_bill_of_the_year_as_its_own_download_gives_it(actor, bill):
    other = BillFactory(account=bill.account, period=dt.date(2026, 9, 1), kind="Дополнение №/1")
    BillFactory(account=bill.account, period=dt.date(2025, 12, 1))

    archive = make(ask(actor, bill))

    file = opened(actor, bill)
    assert file.file_name == "Счета за 2026 год, ЛС 33016355.zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as packed:
        assert packed.testzip() is None
        inside = {name: packed.read(name) for name in packed.namelist()}
    single = [
        issue_bill_document(actor=actor, account_id=bill.account_id, bill_id=one.public_id, at=AT)
        for one in (other, bill)
    ]
    assert inside == {one.file_name: one.content for one in single}
    assert (archive.state, archive.done, archive.whole, archive.left_out) == ("ready", 2, 2, 0)


def test_two_bills_with_the_same_file_name_both_get_in(actor, bill):
    for kind in ("Дополнение/1", "Дополнение:1"):
        BillFactory(account=bill.account, period=dt.date(2026, 8, 1), kind=kind)

    make(ask(actor, bill))

    with zipfile.ZipFile(io.BytesIO(opened(actor, bill).content)) as packed:
        assert packed.namelist() == [
            "Счёт за август 2026, Дополнение_1, ЛС 33016355.pdf",
            "Счёт за август 2026, Дополнение_1, ЛС 33016355 (2).pdf",
            "Счёт за октябрь 2026, общая, ЛС 33016355.pdf",
        ]


def test_asking_twice_makes_one_job(actor, bill):
    archive = ask(actor, bill)
    ask(actor, bill, at=AT + dt.timedelta(minutes=9))

    assert jobs() == [archive.pk]
    assert AuditEntry.objects.filter(action="billing.archive.request").count() == 1


def test_a_finished_archive_is_not_made_again_until_a_bill_changes(actor, bill):
    make(ask(actor, bill))
    first = opened(actor, bill).content

    assert ask(actor, bill).state == "ready"
    assert len(jobs()) == 1

    Bill.objects.filter(pk=bill.pk).update(total=999, revision=2)
    archive = ask(actor, bill)

    assert (archive.state, len(jobs())) == ("waiting", 2)
    with pytest.raises(ArchiveNotReady):
        opened(actor, bill)
    make(archive)
    assert opened(actor, bill).content != first


def test_an_archive_of_which_nothing_is_heard_is_started_anew(actor, bill):
    ask(actor, bill)

    ask(actor, bill, at=AT + dt.timedelta(minutes=10))

    assert len(jobs()) == 2


def test_an_unfinished_archive_is_not_served(actor, bill):
    ask(actor, bill)

    with pytest.raises(ArchiveNotReady):
        opened(actor, bill)

    assert not AuditEntry.objects.filter(action="billing.archive.download").exists()


def test_an_attempt_that_was_overtaken_publishes_nothing(
    actor, bill, monkeypatch, django_capture_on_commit_callbacks
):
    """A worker that was thought dead wakes up after another has begun."""
    archive = ask(actor, bill)
    really = archives.issue_bill_document
    made = []

    def slowly(**wanted):
        made.append(1)
        if len(made) == 1:
            archives.make_archive(archive_id=archive.pk, at=AT)
        return really(**wanted)

    monkeypatch.setattr(archives, "issue_bill_document", slowly)
    with django_capture_on_commit_callbacks(execute=True):
        make(archive)

    assert (archive.state, archive.done, len(made)) == ("ready", 1, 2)
    assert stored() == {archive.file_key}
    assert opened(actor, bill).content


def test_a_job_for_a_finished_archive_does_nothing(actor, bill):
    archive = make(ask(actor, bill))
    key = archive.file_key

    make(archive)

    assert archive.file_key == key
    assert stored() == {key}


def test_a_bill_whose_file_cannot_be_had_is_left_out_and_counted(actor, bill, caplog):
    lost = BillFactory(account=bill.account, period=dt.date(2026, 9, 1))
    issue_bill_document(actor=actor, account_id=bill.account_id, bill_id=lost.public_id, at=AT)
    document = BillDocument.objects.get()
    default_storage.delete(document.file_key)
    BillDocument.objects.update(sha256="0" * 64)

    archive = make(ask(actor, bill))

    assert (archive.state, archive.done, archive.left_out) == ("ready", 1, 1)
    with zipfile.ZipFile(io.BytesIO(opened(actor, bill).content)) as packed:
        assert packed.namelist() == ["Счёт за октябрь 2026, общая, ЛС 33016355.pdf"]
    document.refresh_from_db()
    assert document.lost_at == AT


def test_a_file_that_was_made_again_is_no_longer_called_lost(actor, bill):
    def give():
        return issue_bill_document(
            actor=actor, account_id=bill.account_id, bill_id=bill.public_id, at=AT
        )

    first = give()
    document = BillDocument.objects.get()
    default_storage.delete(document.file_key)
    BillDocument.objects.update(lost_at=AT)

    assert give() == first
    document.refresh_from_db()
    assert document.lost_at is None


def test_an_archive_of_nothing_fails_and_may_be_asked_for_again(actor, bill, monkeypatch, caplog):
    def fails(**_wanted):
        raise BillNotReady

    monkeypatch.setattr(archives, "issue_bill_document", fails)
    archive = make(ask(actor, bill))
    assert (archive.state, stored()) == ("failed", set())
    monkeypatch.undo()

    make(ask(actor, bill))

    assert len(jobs()) == 2
    assert opened(actor, bill).content


def test_a_fault_of_ours_fails_the_archive_and_is_not_hidden(actor, bill, monkeypatch):
    def breaks(**_wanted):
        raise RuntimeError("a bug")

    monkeypatch.setattr(archives, "issue_bill_document", breaks)
    archive = ask(actor, bill)

    with pytest.raises(RuntimeError):
        make(archive)

    archive.refresh_from_db()
    assert archive.state == "failed"


def test_who_lost_the_account_meanwhile_gets_no_archive(actor, bill):
    archive = ask(actor, bill)
    bill.account.links.update(ended_at=AT)

    make(archive)

    assert (archive.state, stored()) == ("failed", set())
    with pytest.raises(NoBillsInYear):
        opened(actor, bill)


def test_every_holder_shares_the_archive_and_nobody_else_knows_of_it(actor, bill):
    make(ask(actor, bill))
    second, stranger = UserFactory(), UserFactory()
    AccountLinkFactory(account=bill.account, user=second)

    assert opened(Actor.customer(second.pk), bill) == opened(actor, bill)
    with pytest.raises(NoBillsInYear):
        opened(Actor.customer(stranger.pk), bill)
    with pytest.raises(NoBillsInYear):
        ask(Actor.customer(stranger.pk), bill)
    assert len(jobs()) == 1


def test_a_year_without_bills_has_no_archive(actor, bill):
    with pytest.raises(NoBillsInYear):
        archives.request_archive(actor=actor, account_id=bill.account_id, year=2020, at=AT)

    assert not BillArchive.objects.exists()
    assert jobs() == []


def test_an_archive_runs_out_and_is_deleted_with_its_file(actor, bill):
    make(ask(actor, bill))
    later = AT + archives.KEPT

    with pytest.raises(ArchiveNotReady):
        opened(actor, bill, at=later)
    assert archives.forget_old_archives(at=later - dt.timedelta(seconds=1)) == 0
    assert len(stored()) == 1
    assert archives.forget_old_archives(at=later) == 1

    assert stored() == set()
    assert not BillArchive.objects.exists()
    assert ask(actor, bill, at=later).state == "waiting"


def test_a_damaged_file_is_not_served_and_can_be_made_again(actor, bill, caplog):
    archive = make(ask(actor, bill))
    default_storage.delete(archive.file_key)
    default_storage.save(archive.file_key, ContentFile(b"rubbish"))

    with pytest.raises(ArchiveNotReady):
        opened(actor, bill)

    archive = make(ask(actor, bill))
    assert archive.state == "ready"
    assert opened(actor, bill).content.startswith(b"PK")

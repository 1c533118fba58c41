"""Nothing of a person's archive outlives its time, whatever broke on the way (152-ФЗ, ст. 5; IDN-48)."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from django.core.files.storage import FileSystemStorage, default_storage

from kabinet.identity import archives
from kabinet.identity.models import PersonalArchive, User
from kabinet.identity.operations import leaving
from kabinet.kernel import files
from kabinet.kernel.actors import Actor
from tests.leaving.people import NOW, household, person

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def stored(at):
    key = files.store(b"all about Anna", folder="personal", suffix=".zip")
    os.utime(default_storage.path(key), (at.timestamp(), at.timestamp()))
    return key


def made(home):
    archives.request_archive(actor=home.actor, at=NOW)
    archives.make_archive(archive_id=PersonalArchive.objects.get().pk, at=NOW)
    return PersonalArchive.objects.get().file


def test_a_file_whose_worker_died_before_it_said_so_is_deleted():
    lost, fresh = stored(NOW - 2 * HOUR), stored(NOW - HOUR / 2)
    named = made(household())
    os.utime(default_storage.path(named), (0, 0))

    assert archives.forget_stray_files(at=NOW) == 1

    kept = [key for key in (lost, fresh, named) if default_storage.exists(key)]
    assert kept == [fresh, named]


def test_where_there_are_no_files_yet_nothing_happens():
    assert archives.forget_stray_files(at=NOW) == 0


@pytest.mark.parametrize("state", ["waiting", "failed"])
def test_what_never_became_ready_goes_after_a_week(state):
    PersonalArchive.objects.create(user=household().user, state=state, asked_at=NOW)

    assert archives.forget_old_archives(at=NOW + 7 * DAY - HOUR) == 0
    assert archives.forget_old_archives(at=NOW + 7 * DAY) == 1


@pytest.mark.django_db(transaction=True)
def test_a_storage_that_fails_keeps_nobody_from_leaving(monkeypatch):
    anna, key = person("anna", "+79123456789"), stored(NOW - DAY)
    PersonalArchive.objects.create(
        user=anna, state="ready", file=key, asked_at=NOW, ready_at=NOW, expires_at=NOW + DAY
    )

    def refuse(*_told):
        raise PermissionError("the disk is read-only")

    with monkeypatch.context() as broken:
        broken.setattr(FileSystemStorage, "delete", refuse)
        assert leaving.ask_deletion(actor=Actor.customer(anna.pk), at=NOW)
        assert not User.objects.filter(pk=anna.pk).exists()

    assert default_storage.exists(key)
    assert archives.forget_stray_files(at=NOW) == 1
    assert not default_storage.exists(key)

"""What is held of a messenger is in the person's own data and goes with the person (IDN-46, 48)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from kabinet.channels.models import Delivery
from kabinet.channels.operations import send_to_messenger
from kabinet.identity import archives
from kabinet.identity.models import (
    Deletion,
    LinkedMessenger,
    MessengerLinking,
    PersonalArchive,
    User,
)
from kabinet.identity.operations import leaving
from kabinet.kernel.actors import Actor
from tests.leaving.people import NOW, person, texts_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def linked(mark, phone, account):
    user = person(mark, phone)
    LinkedMessenger.objects.create(
        user=user, messenger="telegram", account=account, called=f"{mark} @{mark}", linked_at=NOW
    )
    MessengerLinking.objects.create(
        user=user,
        messenger="max",
        digest=mark,
        created_at=NOW,
        expires_at=NOW,
    )
    send_to_messenger(recipient=f"telegram:{account}", text="код 482913", at=timezone.now())
    return user


@pytest.fixture
def anna():
    return linked("anna", "+79123456789", "5001")


@pytest.fixture
def boris():
    return linked("boris", "+79123456780", "50011")


def test_the_messenger_and_what_was_sent_there_are_in_the_own_data(anna, boris):
    actor = Actor.customer(anna.pk)
    archives.request_archive(actor=actor, at=NOW)
    archive = PersonalArchive.objects.get()
    archives.make_archive(archive_id=archive.pk, at=NOW)

    content = archives.open_archive(actor=actor, public_id=archive.public_id, at=NOW).content
    files = texts_in(content)

    assert "telegram;5001;anna @anna;" in files["csv/sign-in-messengers.csv"]
    assert "Telegram;telegram:5001;" in files["csv/deliveries.csv"]
    everything = "\n".join(files.values())
    assert [mark for mark in ("50011", "boris", "482913") if mark in everything] == []


def test_all_of_it_goes_with_the_person(anna, boris, settings):
    assert leaving.ask_deletion(actor=Actor.customer(anna.pk), at=NOW)

    assert list(LinkedMessenger.objects.values_list("account", flat=True)) == ["50011"]
    assert MessengerLinking.objects.get().user == boris
    kept = Delivery.objects.filter(channel="telegram").values_list("recipient", flat=True)
    assert list(kept) == ["telegram:50011"]
    assert User.objects.get() == boris
    assert Deletion.objects.get().erased["identity.LinkedMessenger"] == 1

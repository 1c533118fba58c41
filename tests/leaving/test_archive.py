"""«Мои данные»: all that is held about one person, and nothing of anybody else (IDN-46; 152-ФЗ, ст. 14)."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.channels.models import Delivery
from kabinet.identity import archives, personal_data
from kabinet.identity.models import PersonalArchive
from kabinet.payments.models import SavedCard
from kabinet.payments.operations.checkouts import open_checkout
from tests.leaving.people import NOW, household, texts_in, with_autopay
from tests.payments.payers import line, order

pytestmark = pytest.mark.django_db
SECTIONS = {
    *(
        "person",
        "contacts",
        "consents",
        "sessions",
        "sign-in-services",
        "sign-in-keys",
        "sign-in-messengers",
    ),
    *("deliveries", "acts", "archives", "accounts", "access-requests", "readings", "payments"),
    *("cards", "autopays", "cart", "payment-links"),
}


def made(home, at=NOW):
    archives.request_archive(actor=home.actor, at=at)
    archive = PersonalArchive.objects.filter(user=home.user).latest("asked_at")
    archives.make_archive(archive_id=archive.pk, at=at)
    archive.refresh_from_db()
    return archive


def opened(home, at=NOW):
    archive = made(home, at=at)
    return texts_in(
        archives.open_archive(actor=home.actor, public_id=archive.public_id, at=at).content
    )


def test_every_app_gives_its_part():
    assert {section.name for section in personal_data.registered()} == SECTIONS


def test_the_archive_holds_what_the_person_gave_and_did():
    home = household("anna")
    with_autopay(home)
    open_checkout(
        actor=home.actor, order=order(line(home.account), email="chek@example.ru"), at=NOW
    )

    files = opened(home)

    assert set(files) == {"Мои данные.html", *(f"csv/{name}.csv" for name in SECTIONS)}
    assert "anna@example.ru;'+79123456789" in files["csv/person.csv"]
    assert "Согласие" in files["csv/consents.csv"]
    assert "77-anna;Дом anna;полный" in files["csv/accounts.csv"]
    assert "99-anna;anna Петрова" in files["csv/access-requests.csv"]
    assert "77-anna" in files["csv/readings.csv"]
    assert "chek@example.ru" in files["csv/payments.csv"]
    assert "••" in files["csv/cards.csv"]
    assert "3000.00" in files["csv/autopays.csv"]
    assert "Дом anna" in files["Мои данные.html"]


def test_one_persons_archive_holds_nothing_of_another_holder_of_the_same_account():
    anna = household("anna")
    with_autopay(anna)
    boris = household("boris", phone="+79990001122", account=anna.account)

    everything = "\n".join(opened(boris).values())

    assert "boris" in everything.lower()
    # The account's own number is what Boris has linked; all else with the mark is Anna's.
    rest = everything.lower().replace("77-anna", "")
    assert [mark for mark in ("anna", "9123456789", "••") if mark in rest] == []


def test_no_token_and_no_secret_is_in_it():
    home = household()
    with_autopay(home)
    card = SavedCard.objects.get()

    everything = "\n".join(opened(home).values())

    secrets = (card.token, home.user.password, "key-anna", "d" * 64, "SN-anna")
    assert [secret for secret in secrets if secret in everything] == []


def test_what_another_service_has_told_is_in_it():
    home = household()
    SocialAccount.objects.create(
        user=home.user, provider="vk", uid="id777", extra_data={"full_name": "Анна П."}
    )

    assert "vk;id777;Анна П.;" in opened(home)["csv/sign-in-services.csv"]


def test_formulas_are_not_run_by_a_spreadsheet():
    home = household()
    home.user.surname = "=cmd|'/c calc'!A1"
    home.user.save()

    assert ";'=cmd|" in opened(home)["csv/person.csv"]


def test_asked_twice_one_is_made_and_the_owner_is_told_once():
    home = household()

    archives.request_archive(actor=home.actor, at=NOW)
    archives.request_archive(actor=home.actor, at=NOW)
    archive = PersonalArchive.objects.get()
    archives.make_archive(archive_id=archive.pk, at=NOW)
    archives.make_archive(archive_id=archive.pk, at=NOW)

    jobs = ProcrastinateJob.objects.filter(task_name="identity.personal_archive")
    assert jobs.count() == 1
    told = Delivery.objects.get(recipient="+79123456789")
    assert "Архив ваших данных собран" in told.text


def test_the_next_one_may_be_asked_for_in_a_day():
    home = household()
    made(home)

    with pytest.raises(archives.ArchiveTooSoon):
        archives.request_archive(actor=home.actor, at=NOW + dt.timedelta(hours=23))
    assert PersonalArchive.objects.count() == 1

    archives.request_archive(actor=home.actor, at=NOW + dt.timedelta(hours=24))
    assert PersonalArchive.objects.count() == 2


def test_one_that_a_dead_worker_left_may_be_asked_for_again():
    home = household()
    archives.request_archive(actor=home.actor, at=NOW)
    later = NOW + dt.timedelta(hours=1)

    archives.request_archive(actor=home.actor, at=later)

    states = PersonalArchive.objects.order_by("asked_at").values_list("state", flat=True)
    assert list(states) == ["failed", "waiting"]


def test_a_section_that_fails_leaves_no_archive(monkeypatch):
    home = household()
    broken = personal_data.Section("person", "x", ("x",), lambda _pk: [1 / 0])
    monkeypatch.setattr(personal_data, "_sections", {"person": broken})
    archives.request_archive(actor=home.actor, at=NOW)

    with pytest.raises(ZeroDivisionError):
        archives.make_archive(archive_id=PersonalArchive.objects.get().pk, at=NOW)

    row = archives.get_newest(actor=home.actor, at=NOW)
    assert (row.state, row.may_ask) == ("failed", True)


def test_a_stranger_does_not_get_it():
    anna, boris = household("anna"), household("boris", phone="+79990001122")
    archive = made(anna)

    with pytest.raises(archives.ArchiveNotFound):
        archives.open_archive(actor=boris.actor, public_id=archive.public_id, at=NOW)


def test_after_a_week_it_is_gone_with_its_file():
    home = household()
    archive = made(home)
    over = NOW + dt.timedelta(days=7)
    assert default_storage.exists(archive.file)

    with pytest.raises(archives.ArchiveNotFound):
        archives.open_archive(actor=home.actor, public_id=archive.public_id, at=over)
    assert archives.get_newest(actor=home.actor, at=over) is None
    assert archives.forget_old_archives(at=over) == 1

    assert not default_storage.exists(archive.file)
    assert not PersonalArchive.objects.exists()


def test_packing_costs_the_same_for_any_number_of_rows():
    home = household()
    costs = []
    for payments, at in ((1, NOW), (3, NOW + dt.timedelta(days=1))):
        for _number in range(payments):
            open_checkout(actor=home.actor, order=order(line(home.account), again=True), at=at)
        archives.request_archive(actor=home.actor, at=at)
        archive = PersonalArchive.objects.latest("asked_at")
        with CaptureQueriesContext(connection) as asked:
            archives.make_archive(archive_id=archive.pk, at=at)
        costs.append(len(asked))

    assert costs[0] == costs[1]

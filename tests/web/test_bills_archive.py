"""A year's bills as one file: the button, its progress with and without a script, and the download."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.billing import archives
from kabinet.billing.models import BillArchive
from kabinet.providers.enums import Feature
from tests.billing import papers
from tests.factories import AccountFactory, BillFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(client):
    user = UserFactory()
    client.force_login(user)
    account = papers.gas_bill(holders=[user], history=False).account
    BillFactory(account=account, period=dt.date(2026, 8, 1))
    return account


def address(name, account, year=2026):
    return reverse(name, kwargs={"account_id": account.public_id, "year": year})


def page_of(client, account):
    response = client.get(reverse("bills", kwargs={"account_id": account.public_id}))
    return " ".join(response.content.decode().split())


def make():
    archives.make_archive(archive_id=BillArchive.objects.get().pk, at=timezone.now())


def test_the_page_offers_the_year_and_shows_how_far_it_has_come_without_a_script(client, account):
    assert "Собрать счета за 2026 год в один файл" in page_of(client, account)

    response = client.post(address("archive-request", account))

    here = reverse("bills", kwargs={"account_id": account.public_id})
    assert (response.status_code, response.url) == (302, f"{here}?year=2026#archive")
    waiting = page_of(client, account)
    assert "Архив ждёт своей очереди" in waiting
    assert f'hx-get="{address("archive", account)}" hx-trigger="every 2s"' in waiting
    BillArchive.objects.update(state="making", done=3, whole=12)
    assert "Собираем архив: 3 из 12" in page_of(client, account)
    BillArchive.objects.update(state="waiting")
    make()
    ready = page_of(client, account)
    assert "Скачать счета за 2026 год" in ready
    assert "hx-trigger" not in ready


def test_the_piece_of_the_page_is_given_to_a_script_only(client, account):
    client.post(address("archive-request", account))

    alone = client.get(address("archive", account))
    piece = client.get(address("archive", account), HTTP_HX_REQUEST="true")
    again = client.post(address("archive-request", account), HTTP_HX_REQUEST="true")

    assert alone.status_code == 302
    for response in (piece, again):
        words = response.content.decode()
        assert words.lstrip().startswith('<div id="archive"')
        assert "Архив ждёт своей очереди" in words


def test_the_archive_downloads_under_a_russian_name_and_is_kept_by_nobody(client, account):
    client.post(address("archive-request", account))
    make()

    response = client.get(address("archive-zip", account))

    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''" + quote(
        "Счета за 2026 год, ЛС 33016355.zip"
    )
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        assert packed.namelist() == [
            "Счёт за август 2026, общая, ЛС 33016355.pdf",
            "Счёт за октябрь 2026, общая, ЛС 33016355.pdf",
        ]


def test_what_is_not_ready_is_refused_with_a_way_on(client, account):
    client.post(address("archive-request", account))

    response = client.get(address("archive-zip", account))

    assert response.status_code == 409
    assert "Соберите его заново" in response.content.decode()


def test_bills_left_out_and_changed_since_are_told_with_a_way_to_make_it_again(client, account):
    client.post(address("archive-request", account))
    make()
    BillArchive.objects.update(left_out=2)
    assert "Не вошло: 2 счёта." in page_of(client, account)
    BillArchive.objects.update(left_out=0)

    BillFactory(account=account, period=dt.date(2026, 9, 1))

    assert "С тех пор счета менялись." in page_of(client, account)
    assert "Собрать заново" in page_of(client, account)


def test_a_failed_one_says_so_and_offers_to_try_again(client, account):
    client.post(address("archive-request", account))
    BillArchive.objects.update(state="failed")

    page = page_of(client, account)

    assert "Архив не собрался. Попробуйте ещё раз." in page
    assert "Собрать счета за 2026 год в один файл" in page


def test_a_year_without_bills_and_a_closed_section_have_no_archive(client, account):
    assert client.post(address("archive-request", account, 2020)).status_code == 404
    user = UserFactory()
    client.force_login(user)
    offered = [feature.value for feature in Feature if feature is not Feature.BILLS]
    closed = AccountFactory(
        provider=ProviderFactory(policy__enabled_features=offered), holders=[user]
    )
    BillFactory(account=closed, period=dt.date(2026, 10, 1))

    assert client.post(address("archive-request", closed)).status_code == 404
    assert client.get(address("archive-zip", closed)).status_code == 404
    assert not BillArchive.objects.exists()


def test_asking_needs_a_post(client, account):
    assert client.get(address("archive-request", account)).status_code == 405
    assert not BillArchive.objects.exists()


@pytest.mark.parametrize("year", [0, 10_000, 10**20])
def test_a_year_that_no_calendar_has_is_a_year_without_bills(client, account, year):
    asked = client.post(address("archive-request", account, year))
    piece = client.get(address("archive", account, year), HTTP_HX_REQUEST="true")

    assert (asked.status_code, piece.status_code) == (404, 200)
    assert client.get(address("archive-zip", account, year)).status_code == 404
    assert not BillArchive.objects.exists()

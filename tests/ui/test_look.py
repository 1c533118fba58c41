from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.urls import reverse

from kabinet.ui.look import COOKIE, Look
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def look_after(client, **data):
    response = client.post(reverse("ui-preferences"), {"next": "/legal/x/", **data})
    assert (response.status_code, response["Location"]) == (302, "/legal/x/")
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = client.cookies[COOKIE].value
    return Look.of(request)


def test_theme_and_size_are_remembered_apart(client):
    assert look_after(client, theme="dark") == Look("dark", large=False)
    assert look_after(client, large="on") == Look("dark", large=True)
    assert look_after(client, theme="auto") == Look("auto", large=True)
    assert look_after(client, large="off") == Look("auto", large=False)
    assert look_after(client, wide="on") == Look("auto", large=False, wide=True)
    assert look_after(client, theme="light") == Look("light", large=False, wide=True)
    assert look_after(client, wide="off") == Look("light", large=False, wide=False)


def test_nonsense_changes_nothing(client):
    assert look_after(client, theme="dark") == Look("dark", large=False)
    assert look_after(client, theme="<script>") == Look("dark", large=False)


@pytest.mark.parametrize(
    "cookie", ["", "pink.huge", "dark", ".", "light.huge.large", "light.plain.gone.away"]
)
def test_a_spoilt_cookie_is_read_as_far_as_it_makes_sense(cookie):
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = cookie

    look = Look.of(request)

    assert look.theme in {"auto", "light", "dark"}
    assert not look.large
    assert not look.wide


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "", "javascript:x"]
)
def test_the_way_back_never_leads_off_the_site(client, address):
    response = client.post(reverse("ui-preferences"), {"next": address, "theme": "dark"})

    assert response["Location"] == "/"


def test_looking_at_the_address_changes_nothing(client):
    response = client.get(reverse("ui-preferences"))

    assert response.status_code == 405
    assert COOKIE not in client.cookies


def test_the_server_paints_the_chosen_theme_and_size(client, settings):
    settings.DEMO = True
    client.cookies[COOKIE] = "dark.large"

    page = client.get(reverse("gallery")).content.decode()

    assert '<html lang="ru" data-bs-theme="dark" data-kb-theme="dark" class="kb-large">' in page


@pytest.mark.parametrize(("cookie", "is_away"), [("auto.plain.away", True), ("auto.plain", False)])
def test_the_menu_is_put_away_where_it_was_asked(client, cookie, is_away):
    client.force_login(UserFactory())
    client.cookies[COOKIE] = cookie

    page = client.get("/").content.decode()

    assert ('<div class="kb-body kb-no-menu">' in page) == is_away
    assert page.count("Скрыть меню") == 2


def test_the_gallery_does_not_exist_where_real_people_sign_in(client):
    assert client.get(reverse("gallery")).status_code == 404

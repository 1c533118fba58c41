"""Who comes through VK or Yandex where registration is closed, or where other services are no way in (IDN-01, 24)."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from kabinet.channels.models import Delivery
from kabinet.config.presets import ENTRY_PARTS
from kabinet.identity.models import User
from sandbox.social.people import LIDIA, MARK
from tests.identity.social.visitor import Visitor, choose
from tests.web.entry import PASSWORD, is_signed_in, make_person, sign_in, ticks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("networks")]
NEWCOMER, LINK, CONTACT = "/outside/", "/outside/link/", "/outside/contact/"
CLOSED = "новые здесь не создаются"


def leave_out(settings, *parts):
    settings.ENTRY_BLOCKS = [name for name in ENTRY_PARTS if name not in parts]


def link_lidia():
    person = make_person(email="lidia@example.ru", phone=None)
    account = {"user": person, "provider": "vk", "uid": LIDIA.number}
    SocialAccount.objects.create(**account)
    return person


def test_a_newcomer_is_told_that_no_cabinets_are_created_and_gets_none(vk, settings):
    leave_out(settings, "registration")
    vk.sign_in(LIDIA)

    for answer in (vk.client.get(NEWCOMER), vk.client.post(NEWCOMER, ticks())):
        page = answer.content.decode()
        assert (answer.status_code, CLOSED in page, "Создать кабинет" in page) == (200, True, False)
        assert f"{reverse('account_login')}?next={LINK}" in page
    assert not User.objects.exists()

    leave_out(settings)
    vk.client.post(NEWCOMER, ticks())
    assert User.objects.count() == 1


def test_a_newcomer_without_a_contact_is_not_sent_to_prove_one(vk, settings):
    vk.sign_in(MARK)
    assert vk.client.get(NEWCOMER).url == CONTACT

    leave_out(settings, "registration")
    assert CLOSED in vk.client.get(NEWCOMER).content.decode()
    answer = vk.client.post(CONTACT, {"identifier": "mark@example.ru"})
    assert (answer.status_code, Delivery.objects.count()) == (404, 0)


def test_who_has_a_cabinet_links_it_while_registration_is_closed(vk, settings):
    leave_out(settings, "registration")
    person = make_person()
    vk.sign_in(LIDIA)

    sign_in(vk.client, person.email, PASSWORD, next=LINK)
    vk.client.post(LINK)

    assert SocialAccount.objects.get().user == person


def test_linked_people_come_in_while_registration_is_closed(vk, settings):
    link_lidia()
    leave_out(settings, "registration")

    assert vk.sign_in(LIDIA).url == reverse("home")
    assert is_signed_in(vk.client)


def test_nobody_comes_in_where_services_are_no_way_in_any_more(vk, settings):
    link_lidia()
    back = choose(vk.begin(), person=LIDIA.number)

    leave_out(settings, "outside")
    assert vk.back(back).status_code == 404
    assert not is_signed_in(vk.client)

    leave_out(settings)
    assert vk.back(back).url == reverse("home")


def test_who_was_waiting_waits_for_nothing_any_more(settings):
    yandex = Visitor("yandex")
    yandex.sign_in(LIDIA)
    leave_out(settings, "outside")

    assert yandex.client.post(NEWCOMER, ticks()).status_code == 404
    assert not User.objects.exists()

"""Other orders of recovery that a deployment may choose (IDN-32–34)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.identity.models import OneTimeCode, User
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
NEW = "жёлтый лист летит"
START, CODE = "account_reset_password", "account_confirm_password_reset_code"


def _ask(client, **data):
    return client.post(reverse(START), {"identifier": EMAIL, **data})


class TestPasswordFirst:
    @pytest.fixture(autouse=True)
    def _order(self, settings):
        settings.RECOVERY = "password_first"

    def test_the_code_sets_the_password_typed_before_it(self, client):
        make_person()
        assert _ask(client, new=NEW, repeat=NEW).url == reverse(CODE)
        assert User.objects.get().check_password(PASSWORD)

        client.post(reverse(CODE), {"code": last_code(EMAIL)})

        assert User.objects.get().check_password(NEW)
        assert is_signed_in(client)

    def test_a_weak_or_unequal_password_sends_nothing(self, client):
        make_person()

        for new, repeat in (("1234", "1234"), (NEW, NEW + "!"), ("", "")):
            assert _ask(client, new=new, repeat=repeat).status_code == 422
        assert OneTimeCode.objects.count() == 0

    def test_an_unknown_contact_looks_the_same(self, client):
        assert _ask(client, new=NEW, repeat=NEW).url == reverse(CODE)
        assert client.post(reverse(CODE), {"code": "123456"}).status_code == 422

    def test_the_session_keeps_no_plain_password(self, client):
        make_person()
        _ask(client, new=NEW, repeat=NEW)

        assert NEW not in str(dict(client.session))


def test_after_recovery_people_sign_in_themselves_where_the_deployment_wants_it(client, settings):
    settings.RECOVERY_AFTER = "sign-in"
    make_person()
    _ask(client)
    client.post(reverse(CODE), {"code": last_code(EMAIL)})

    done = client.post(reverse("account_complete_password_reset"), {"new": NEW, "repeat": NEW})

    assert (done.url, is_signed_in(client)) == (reverse("account_login"), False)
    assert sign_in(client, password=NEW).status_code == 302


class TestTemporary:
    @pytest.fixture(autouse=True)
    def _order(self, settings):
        settings.RECOVERY = "temporary"

    @staticmethod
    def _sent():
        return re.search(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", texts(EMAIL)[-1])[0]

    def test_it_lets_in_once_and_only_to_set_an_own_password(self, client):
        make_person()
        assert _ask(client).url == reverse("account_login")
        temporary = self._sent()

        assert sign_in(client, password=temporary).status_code == 302
        for place in ("home", "profile", "account-list", "account_change_password"):
            assert client.get(reverse(place)).url == reverse("own-password")
        assert not is_signed_in_with(temporary)

        client.post(reverse("own-password"), {"new": NEW, "repeat": NEW})

        assert client.get(reverse("profile")).status_code == 200
        user = User.objects.get()
        assert (user.check_password(NEW), user.must_change_password) == (True, False)

    def test_the_own_password_goes_on_working(self, client):
        make_person()
        _ask(client)

        assert sign_in(client).status_code == 302
        assert client.get(reverse("profile")).status_code == 200

    def test_an_unknown_contact_looks_the_same_and_nothing_lets_in(self, client):
        assert _ask(client).url == reverse("account_login")
        assert OneTimeCode.objects.get().digest == ""
        assert sign_in(client, password="").status_code == 422
        assert User.objects.count() == 0

    def test_after_a_day_it_is_over(self, client):
        make_person()
        _ask(client)
        OneTimeCode.objects.update(expires_at=dt.datetime.now(tz=dt.UTC))

        assert sign_in(client, password=self._sent()).status_code == 422

    def test_a_new_one_voids_the_former(self, client):
        make_person()
        _ask(client)
        former = self._sent()
        OneTimeCode.objects.update(sent_at=dt.datetime.now(tz=dt.UTC) - dt.timedelta(minutes=2))
        _ask(client)

        assert sign_in(client, password=former).status_code == 422
        assert sign_in(client, password=self._sent()).status_code == 302

    def test_nothing_of_it_works_where_recovery_is_another(self, client, settings):
        make_person()
        _ask(client)
        settings.RECOVERY = "code_first"

        assert sign_in(client, password=self._sent()).status_code == 422

    def test_an_own_password_is_not_replaced_this_way(self, client):
        make_person()
        sign_in(client)

        answer = client.post(reverse("own-password"), {"new": NEW, "repeat": NEW})

        assert answer.url == reverse("account_change_password")
        assert User.objects.get().check_password(PASSWORD)

    def test_a_weak_own_password_is_refused(self, client):
        make_person()
        _ask(client)
        sign_in(client, password=self._sent())

        assert client.post(reverse("own-password"), {"new": "1", "repeat": "1"}).status_code == 422
        assert User.objects.get().must_change_password is True


def is_signed_in_with(password):
    other = Client()
    sign_in(other, password=password)
    return is_signed_in(other)

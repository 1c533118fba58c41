"""The second step of signing in: asked of whoever wants it, by whatever way they came (IDN-29)."""

from __future__ import annotations

import threading
import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kabinet.identity.models import SignedInSession
from kabinet.identity.operations import keys as operations
from kabinet.kernel.actors import Actor
from kabinet.kernel.models import AttemptLimit, AuditEntry
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, is_signed_in, make_person, sign_in
from tests.web.keys import app_code

pytestmark = pytest.mark.django_db
ASK = "/login/second-step/"


def turn_on(client):
    """Turn it on as a person does; gives the app's secret."""
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["secret"].replace(" ", "")
    answer = client.post(reverse("mfa_activate_totp"), {"code": app_code(secret)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    return secret


@pytest.fixture
def owner(client):
    make_person()
    sign_in(client)
    return client


@pytest.fixture
def secret(owner):
    return turn_on(owner)


def spare_codes(client):
    return client.get(reverse("mfa_view_recovery_codes")).context["codes"]


def test_after_the_password_the_code_is_asked(secret):
    browser = Client()

    first = sign_in(browser, next="/profile/")
    assert (first.url, is_signed_in(browser)) == (ASK, False)
    assert browser.get("/profile/").url.startswith("/login/")

    # The code that turned it on was taken already.
    second = browser.post(ASK, {"code": app_code(secret, later=1)})
    assert (second.url, is_signed_in(browser)) == ("/profile/", True)
    assert SignedInSession.objects.latest("pk").way == "password"


def test_without_it_nobody_is_asked(owner):
    browser = Client()

    assert sign_in(browser).url == reverse("home")
    assert browser.get(ASK).status_code == 302


def test_the_page_is_nobodys_before_the_first_step(client, secret):
    assert Client().get(ASK).url == reverse("account_login")
    assert Client().post(ASK, {"code": app_code(secret, later=1)}).url == reverse("account_login")


def test_a_code_to_the_own_contact_is_a_first_step_as_well(secret):
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"identifier": EMAIL})
    answer = browser.post(reverse("account_confirm_login_code"), {"code": last_code(EMAIL)})
    assert (answer.url, is_signed_in(browser)) == (ASK, False)

    browser.post(ASK, {"code": app_code(secret, later=1)})
    assert is_signed_in(browser)
    assert SignedInSession.objects.latest("pk").way == "code"


def test_no_code_fits_twice(secret):
    code = app_code(secret, later=1)
    first, second = Client(), Client()
    sign_in(first)
    sign_in(second)

    assert first.post(ASK, {"code": code}).status_code == 302
    refused = second.post(ASK, {"code": code})

    assert refused.status_code == 422
    assert "Код не подошёл. Осталось попыток: 4." in refused.content.decode()
    assert not is_signed_in(second)


def test_five_wrong_codes_block_the_person_everywhere_and_not_for_good(secret):
    for _try in range(5):
        browser = Client()
        sign_in(browser)
        assert browser.post(ASK, {"code": "000000"}).status_code == 422

    elsewhere = Client(REMOTE_ADDR="198.51.100.9")
    sign_in(elsewhere)
    refused = elsewhere.post(ASK, {"code": app_code(secret, later=1)})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert not is_signed_in(elsewhere)

    AttemptLimit.objects.update(blocked_until=timezone.now())
    assert elsewhere.post(ASK, {"code": app_code(secret, later=1)}).status_code == 302


def test_a_spare_code_works_once(owner, secret):
    code = spare_codes(owner)[0]
    first, second = Client(), Client()
    sign_in(first)
    sign_in(second)

    opened = first.post(ASK, {"code": code}, follow=True)
    assert is_signed_in(first)
    assert "Этот запасной код больше не подойдёт. Осталось: 9." in opened.content.decode()

    assert second.post(ASK, {"code": code}).status_code == 422
    assert not is_signed_in(second)


@pytest.mark.parametrize("kind", ["app", "spare"])
@pytest.mark.django_db(transaction=True)
def test_of_four_browsers_with_one_code_one_comes_in(kind):
    user = make_person()
    secret = "JBSWY3DPEHPK3PXP"
    operations.turn_on_second_step(
        actor=Actor.customer(user.pk), secret=secret, code=app_code(secret), at=timezone.now()
    )
    spare = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    code = spare if kind == "spare" else app_code(secret, later=1)
    outcomes, start = [], threading.Barrier(4)

    def attempt():
        connection.ensure_connection()
        start.wait()
        try:
            operations.pass_second_step(user_id=user.pk, code=code, at=timezone.now())
            outcomes.append("in")
        except operations.SecondStepRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _browser in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["in", "refused", "refused", "refused"]


def test_secrets_lie_sealed(owner, secret):
    rows = {row.type: row.data for row in Authenticator.objects.all()}
    session = dict(owner.session)

    assert secret not in str(rows)
    assert secret not in str(session)
    assert rows["recovery_codes"]["seed"].startswith("gAAAA")
    assert not [code for code in spare_codes(owner) if code.replace(" ", "") in str(rows)]


def test_the_secret_waits_sealed_in_the_session(owner):
    page = owner.get(reverse("mfa_activate_totp"))
    shown = page.context["secret"].replace(" ", "")

    assert shown in page.context["address"]
    assert shown not in str(dict(owner.session))
    assert owner.get(reverse("mfa_activate_totp")).context["secret"].replace(" ", "") == shown


def test_a_wrong_first_code_turns_nothing_on(owner):
    owner.get(reverse("mfa_activate_totp"))

    refused = owner.post(reverse("mfa_activate_totp"), {"code": "000000"})

    assert refused.status_code == 422
    assert "проверьте часы телефона" in refused.content.decode()
    assert not Authenticator.objects.exists()
    assert sign_in(Client()).url == reverse("home")


def test_spare_codes_are_shown_until_they_are_kept_and_never_again(owner, secret):
    codes = spare_codes(owner)
    file = owner.get(reverse("mfa_download_recovery_codes"))
    lines = file.content.decode().split("\r\n")
    assert len(set(codes)) == 10
    assert [line for line in lines if line in codes] == codes
    assert file["Content-Disposition"] == 'attachment; filename="kabinet-codes.txt"'

    owner.post(reverse("mfa_view_recovery_codes"))

    assert owner.get(reverse("mfa_view_recovery_codes")).url == reverse("mfa_index")
    assert owner.get(reverse("mfa_download_recovery_codes")).status_code == 404


def test_the_codes_are_seen_in_no_other_browser_of_the_person(owner, secret):
    other = Client()
    sign_in(other)
    other.post(ASK, {"code": app_code(secret, later=1)})

    assert is_signed_in(other)
    assert other.get(reverse("mfa_view_recovery_codes")).url == reverse("mfa_index")
    assert other.get(reverse("mfa_download_recovery_codes")).status_code == 404


def test_new_spare_codes_end_the_former(owner, secret):
    former = spare_codes(owner)

    owner.post(reverse("mfa_generate_recovery_codes"))
    browser = Client()
    sign_in(browser)

    assert browser.post(ASK, {"code": former[0]}).status_code == 422
    assert browser.post(ASK, {"code": spare_codes(owner)[0]}).status_code == 302


def test_without_the_second_step_there_are_no_spare_codes(owner):
    owner.post(reverse("mfa_generate_recovery_codes"))

    assert not Authenticator.objects.exists()


def test_turning_it_off_ends_it_and_tells_the_owner(owner, secret):
    owner.post(reverse("mfa_deactivate_totp"))

    assert sign_in(Client()).url == reverse("home")
    assert not Authenticator.objects.exists()
    told = " ".join(texts(EMAIL))
    assert "теперь нужен ещё и код из приложения" in told
    assert "код из приложения больше не нужен" in told
    done = AuditEntry.objects.filter(action__startswith="identity.second_step")
    assert done.count() == 2


@pytest.mark.parametrize(
    "name", ["mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_activate_totp"]
)
def test_changing_it_asks_first_who_is_there(owner, secret, name):
    before = Authenticator.objects.get(type="recovery_codes").data
    session = owner.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 3600
    session.save()

    asked = owner.post(reverse(name))

    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.filter(type="totp").exists()
    assert Authenticator.objects.get(type="recovery_codes").data == before


def test_turning_it_on_twice_changes_nothing(owner, secret):
    before = Authenticator.objects.get(type="totp").data
    fresh = owner.get(reverse("mfa_activate_totp")).context["secret"].replace(" ", "")

    again = owner.post(reverse("mfa_activate_totp"), {"code": app_code(fresh)})

    assert again.url == reverse("mfa_index")
    assert Authenticator.objects.get(type="totp").data == before

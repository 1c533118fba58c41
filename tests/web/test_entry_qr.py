"""Signing in by a QR code: one screen waits, a phone that is signed in lets it in (IDN-25, MOB-21)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kabinet.identity import operations
from kabinet.identity.models import QrSignIn, SignedInSession
from kabinet.kernel import limits
from tests.web.entry import is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


@pytest.fixture
def screen():
    return Client(headers={"user-agent": CHROME})


@pytest.fixture
def phone():
    make_person()
    phone = Client()
    sign_in(phone)
    return phone


def show(screen, **data):
    """Ask for a code as the button does; gives the address in its picture."""
    screen.post(reverse("qr-sign-in"), data)
    public_id, code, _browser = screen.session["qr"]
    return reverse("qr-ask", args=[uuid.UUID(public_id), code])


def state(screen):
    return screen.get(reverse("qr-state")).context["state"]


def confirm(phone, address):
    return phone.post(address, {"do": "confirm"})


def test_the_screen_goes_on_as_the_person_of_the_phone(screen, phone):
    address = show(screen, next="/accounts/")
    asked = phone.get(address).content.decode()
    assert "Chrome, Windows" in asked
    assert "127.0.0.1" in asked

    assert state(screen) == "waiting"
    assert confirm(phone, address).url == reverse("home")
    assert state(screen) == "confirmed"
    answer = screen.post(reverse("qr-finish"))

    assert answer.url == "/accounts/"
    assert screen.session["_auth_user_id"] == phone.session["_auth_user_id"]
    assert SignedInSession.objects.get(session_key=screen.session.session_key).way == "qr"


def test_a_code_that_waits_is_drawn_and_counted_down(screen):
    show(screen)

    page = screen.get(reverse("qr-sign-in")).content.decode()

    assert 'aria-label="QR-код для входа"' in page
    assert "ещё 2:00" in page or "ещё 1:5" in page


def test_a_code_that_has_run_out_is_replaced_by_itself_a_few_times(screen):
    """By itself: the script sends the form that is marked so. A screen that nobody touches stops asking."""

    def run_out():
        QrSignIn.objects.update(expires_at=timezone.now())
        part = screen.get(reverse("qr-state")).content.decode()
        assert "Время кода вышло" in part
        return "data-at-once" in part

    def show_itself():
        before = screen.session["qr"]
        assert show(screen, by_itself="1")
        assert screen.session["qr"] != before

    show(screen)
    for _time in range(3):
        assert run_out()
        show_itself()
    assert not run_out()

    show(screen)
    assert run_out()


def test_a_refusal_is_told_on_the_screen(screen, phone):
    address = show(screen)

    phone.post(address, {"do": "refuse"})

    assert state(screen) == "refused"
    screen.post(reverse("qr-finish"))
    assert not is_signed_in(screen)


def test_nobody_signs_in_before_the_phone_has_confirmed(screen, phone):
    phone.get(show(screen))

    screen.post(reverse("qr-finish"))

    assert not is_signed_in(screen)


def test_a_photographed_code_opens_nothing_in_another_browser(screen, phone):
    address = show(screen)
    confirm(phone, address)
    thief = Client()
    public_id, code, _browser = screen.session["qr"]
    session = thief.session
    session["qr"] = [public_id, code, code]
    session.save()

    thief.post(reverse("qr-finish"))

    assert not is_signed_in(thief)
    assert not thief.get(address).wsgi_request.user.is_authenticated


def test_a_code_is_good_once(screen, phone):
    address = show(screen)
    confirm(phone, address)
    kept = screen.session["qr"]
    screen.post(reverse("qr-finish"))
    assert is_signed_in(screen)

    again = Client()
    session = again.session
    session["qr"] = kept
    session.save()
    again.post(reverse("qr-finish"))

    assert not is_signed_in(again)
    assert phone.get(address).status_code == 410
    assert confirm(phone, address).status_code == 410


def test_a_code_runs_out(screen, phone):
    address = show(screen)
    QrSignIn.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    assert confirm(phone, address).status_code == 410
    assert state(screen) == "expired"


def test_a_confirmed_code_runs_out_as_well(screen, phone):
    confirm(phone, show(screen))
    QrSignIn.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    screen.post(reverse("qr-finish"))

    assert not is_signed_in(screen)


def test_a_guessed_secret_confirms_nothing(screen, phone):
    address = show(screen)
    public_id = uuid.UUID(screen.session["qr"][0])

    assert (
        phone.post(reverse("qr-ask", args=[public_id, "A" * 22]), {"do": "confirm"}).status_code
        == 410
    )
    assert phone.get(reverse("qr-ask", args=[uuid.uuid4(), "A" * 22])).status_code == 410
    assert state(screen) == "waiting"
    assert phone.get(address).status_code == 200


def test_who_is_not_signed_in_on_the_phone_signs_in_first(screen):
    answer = Client().get(show(screen))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_a_page_that_is_only_opened_confirms_nothing(screen, phone):
    address = show(screen)

    phone.get(address)
    phone.head(address)

    assert state(screen) == "waiting"


def test_a_foreign_page_cannot_confirm(screen):
    address = show(screen)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_person())

    assert browser.post(address, {"do": "confirm"}).status_code == 403
    assert state(screen) == "waiting"


def test_a_disabled_person_lets_nobody_in(screen, phone):
    confirm(phone, show(screen))
    person = QrSignIn.objects.get().user
    person.is_active = False
    person.save()

    screen.post(reverse("qr-finish"))

    assert not is_signed_in(screen)


def test_secrets_are_kept_as_hashes(screen):
    show(screen)
    _public_id, code, browser = screen.session["qr"]
    row = QrSignIn.objects.get()

    assert code not in (row.digest, row.browser_digest)
    assert browser not in (row.digest, row.browser_digest)


def test_codes_without_end_are_refused(screen, monkeypatch):
    monkeypatch.setattr(
        "kabinet.identity.limits.QR_ADDRESS",
        limits.Rule("qr address", 2, dt.timedelta(hours=1), (dt.timedelta(hours=1),)),
    )
    assert [screen.post(reverse("qr-sign-in")).status_code for _time in range(3)] == [302, 302, 429]


def test_asking_for_the_state_costs_two_queries(screen, django_assert_num_queries):
    show(screen)

    with django_assert_num_queries(2):
        screen.get(reverse("qr-state"))


def test_old_codes_go(screen):
    show(screen)

    assert operations.forget_old_qr(at=timezone.now() + dt.timedelta(days=2)) == 1


def test_the_scanner_follows_this_sites_codes_only(phone, settings):
    page = phone.get(reverse("qr-scanner")).content.decode()

    assert f'data-own="{settings.SITE_URL}/qr/"' in page

"""Doors that nobody should find open: other sites' forms, other people's things, unused pages, limits walked round."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as live
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse
from django.utils import timezone

from kabinet.identity import archives
from kabinet.identity.models import OneTimeCode, PersonalArchive, QrSignIn, User
from kabinet.identity.operations.listing import tell_of_new_devices
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, is_signed_in, make_person, sign_in, sign_up
from tests.web.keys import Device
from tests.work import challenge_of, solve

pytestmark = pytest.mark.django_db


def patterns(resolver, prefix=""):
    for entry in resolver.url_patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield here, entry
        else:
            yield from patterns(entry, here)


def addresses() -> Iterator[str]:
    """Every address of the site, with something in its gaps; the admin's own and programs' are not for browsers."""
    gaps = {"int": "1", "uuid": str(uuid.UUID(int=1)), "": "x", "str": "x", "slug": "x"}
    for route, pattern in patterns(get_resolver()):
        if "(?P" in route or route.startswith("api/") or not pattern.name:
            continue
        yield "/" + re.sub(
            r"<(?:(\w+):)?\w+>", lambda gap: gaps.get(gap[1] or "", "2026-10"), route
        )


def strict(client):
    """The same browser, led here by another site's form: cookies, and no token."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = client.cookies
    return browser


def test_no_page_does_anything_for_another_site(client):
    make_person()
    sign_in(client)
    client.get(reverse("profile"))

    for browser in (strict(client), Client(enforce_csrf_checks=True)):
        answers = {place: browser.post(place).status_code for place in addresses()}
        # 404 and 405: there is nothing to do there for anybody.
        done = {place: told for place, told in answers.items() if told not in (403, 404, 405)}
        # Who is not signed in is sent to sign in before anything is looked at.
        assert {place for place, told in done.items() if told != 302} == set()
        if browser.cookies.get(live.SESSION_COOKIE_NAME):
            assert done == {}
    assert is_signed_in(client)
    assert User.objects.get().check_password(PASSWORD)


def test_with_the_token_of_the_page_it_is_done(client):
    make_person()
    sign_in(client)
    browser = strict(client)
    page = browser.get(reverse("profile-name")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]

    form = {"surname": "Петров", "csrfmiddlewaretoken": token}

    assert browser.post(reverse("profile-name"), form).status_code == 302
    assert User.objects.get().surname == "Петров"


def test_signing_out_needs_the_button(client):
    make_person()
    sign_in(client)

    client.get(reverse("account_logout"), {"next": "//evil.example/"})
    assert is_signed_in(client)

    gone = client.post(reverse("account_logout"), {"next": "//evil.example/"})
    assert (gone.url, is_signed_in(client)) == (reverse("account_login"), False)


def test_pages_of_allauth_that_are_not_ours_are_closed(client):
    make_person()
    sign_in(client)
    client.get(reverse("profile"))
    ours = {pattern.name for _route, pattern in patterns(get_resolver())}
    theirs = [
        (str(route), pattern.name)
        for part in ("account", "mfa", "socialaccount")
        for route, pattern in patterns(get_resolver(f"allauth.{part}.urls"))
    ]
    assert "account_email" in {name for _route, name in theirs}

    for _route, name in theirs:
        if name not in ours:
            with pytest.raises(NoReverseMatch):
                reverse(name)
    plain = [re.sub(r"<[^>]+>|\(\?P[^)]*\)", "1", route) for route, _name in theirs if route]
    closed = [
        f"{prefix}{route.strip('^$')}"
        for route in plain
        for prefix in ("/accounts/", "/auth/", "/_allauth/browser/v1/")
    ]
    assert {client.get(place).status_code for place in closed} == {404}
    others = ("/admin/", "/admin/login/", "/accounts/login/", "/login/token/", "/2fa/", "/social/")
    assert {client.get(place).status_code for place in others} == {404}


def test_the_admin_has_no_door_of_its_own(client):
    """Its form would know neither the count of tries nor the second step."""
    User.objects.create_superuser("chief@example.ru", PASSWORD)
    form = {"username": "chief@example.ru", "email": "chief@example.ru", "password": PASSWORD}

    for place in ("/desk/admin/login/", "/desk/admin/login/?next=//evil.example/"):
        answer = client.post(place, form)
        assert answer.status_code in (302, 404)
        assert "evil.example" not in answer.headers.get("Location", "").partition("?")[0]
        assert not is_signed_in(client)


class TestForeignThings:
    @pytest.fixture
    def olga(self):
        browser = Client()
        make_person(email="olga@example.ru", phone=None)
        sign_in(browser, "olga@example.ru")
        browser.get(reverse("profile"))
        return browser

    @pytest.fixture
    def thief(self):
        browser = Client()
        make_person()
        sign_in(browser)
        browser.get(reverse("profile"))
        return browser

    def test_browsers(self, olga, thief):
        session = User.objects.get(email="olga@example.ru").sessions.get()
        place = reverse("device-end", args=[session.public_id])

        assert thief.post(place).status_code == 404
        assert olga.get(reverse("devices")).status_code == 200
        assert olga.post(place).status_code == 302

    def test_keys(self, olga, thief, settings):
        settings.SITE_URL = "http://localhost:8000"
        options = olga.get(reverse("mfa_add_webauthn")).context["options"]
        olga.post(reverse("mfa_add_webauthn"), {"credential": Device().create(options)})
        place = reverse("mfa_remove_webauthn", args=[Authenticator.objects.get().pk])

        assert thief.post(place).status_code == 404
        assert olga.post(place).status_code == 302

    def test_archives(self, olga, thief):
        olga.post(reverse("own-data"))
        archive = PersonalArchive.objects.get()
        archives.make_archive(archive_id=archive.pk, at=timezone.now())
        place = reverse("own-data-file", args=[archive.public_id])

        assert olga.get(place).status_code == 200
        assert thief.get(place).status_code == 404
        assert Client().get(place).url.startswith(reverse("account_login"))

    def test_codes_of_contacts(self, olga, thief):
        olga.post(reverse("contact-change", args=["email"]), {"contact": "new@example.ru"})
        thief.post(reverse("contact-change", args=["email"]), {"contact": "evil@example.ru"})
        code = {"code": last_code("new@example.ru")}

        thief.post(reverse("contact-code", args=["email"]), code)
        assert not User.objects.filter(email__in=["new@example.ru", "evil@example.ru"]).exists()

        olga.post(reverse("contact-code", args=["email"]), code)
        assert User.objects.filter(email="new@example.ru").exists()

    def test_links_of_contacts(self, olga, thief, settings):
        settings.SIGN_UP_PROOF = "link"
        olga.post(reverse("contact-change", args=["email"]), {"contact": "new@example.ru"})
        found = re.search(r"https?://\S+(/profile/contacts/link/\S+)", texts("new@example.ru")[-1])
        place = found[1]

        assert thief.post(place).status_code == 403
        assert thief.post(f"{place}again/").url == reverse("contact-change", args=["email"])
        assert olga.post(place).status_code == 302
        assert User.objects.filter(email="new@example.ru").exists()

    def test_a_qr_code_is_of_whoever_confirms_it_first(self, olga, thief):
        screen = Client()
        screen.post(reverse("qr-sign-in"))
        public_id, code, _browser = screen.session["qr"]
        place = reverse("qr-ask", args=[public_id, code])
        assert olga.post(place, {"do": "confirm"}).status_code == 302

        assert thief.post(place, {"do": "confirm"}).status_code == 410
        assert thief.post(place, {"do": "refuse"}).status_code == 410
        screen.post(reverse("qr-finish"))

        assert "olga@example.ru" in screen.get(reverse("profile")).content.decode()

    def test_a_qr_code_waits_for_its_own_screen(self, olga, thief):
        screen, other = Client(), Client()
        screen.post(reverse("qr-sign-in"))
        other.post(reverse("qr-sign-in"))
        public_id, code, _browser = screen.session["qr"]
        olga.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
        session = other.session
        session["qr"] = [public_id, code, session["qr"][2]]
        session.save()

        other.post(reverse("qr-finish"))
        assert not is_signed_in(other)

        screen.post(reverse("qr-finish"))
        assert is_signed_in(screen)

    def test_a_deleted_person_s_qr_code_lets_nobody_in(self, olga):
        screen = Client()
        screen.post(reverse("qr-sign-in"))
        public_id, code, _browser = screen.session["qr"]
        olga.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
        User.objects.all().delete()

        assert screen.post(reverse("qr-finish")).url == reverse("qr-sign-in")
        assert not is_signed_in(screen)
        assert not QrSignIn.objects.exists()

    def test_who_has_a_temporary_password_confirms_no_qr_code(self, thief):
        User.objects.update(must_change_password=True)
        phone, screen = Client(), Client()
        sign_in(phone)
        screen.post(reverse("qr-sign-in"))
        public_id, code, _browser = screen.session["qr"]

        asked = phone.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})

        assert asked.url == reverse("own-password")
        screen.post(reverse("qr-finish"))
        assert not is_signed_in(screen)


class TestLimits:
    @pytest.fixture(autouse=True)
    def _ivan(self):
        make_person()

    def tried(self, address, login=EMAIL, **headers):
        browser = Client(REMOTE_ADDR=address, headers=headers)
        return sign_in(browser, login, "не тот").status_code

    def test_addresses_of_one_household_are_one(self):
        first = [self.tried(f"2001:db8:1:2:{number:x}::1") for number in range(1, 6)]

        assert first == [422] * 5
        assert self.tried("2001:db8:1:2:ffff::9") == 429
        assert self.tried("2001:db8:1:3::1") == 422

    def test_ipv4_in_the_clothes_of_ipv6_is_itself(self):
        assert [self.tried("::ffff:203.0.113.7") for _time in range(5)] == [422] * 5

        assert self.tried("::ffff:203.0.113.7") == 429
        assert self.tried("203.0.113.7") == 429
        assert self.tried("::FFFF:cb00:7107") == 429
        assert self.tried("::ffff:198.51.100.9") == 422

    def test_who_says_to_come_from_elsewhere_comes_from_where_they_are(self):
        told = [f"198.51.100.{number}" for number in range(6)]

        answers = [
            self.tried(
                "203.0.113.7", **{"X-Forwarded-For": one, "X-Real-IP": one, "Forwarded": one}
            )
            for one in told
        ]

        assert answers == [422] * 5 + [429]

    def test_behind_a_proxy_only_its_own_word_counts(self, settings):
        settings.BEHIND_PROXY = True
        told = [f"198.51.100.{number}, 203.0.113.7" for number in range(6)]

        answers = [self.tried("127.0.0.1", **{"X-Forwarded-For": one}) for one in told]

        assert answers == [422] * 5 + [429]
        assert self.tried("127.0.0.1", **{"X-Forwarded-For": "203.0.113.7, 198.51.100.1"}) == 422

    @pytest.mark.parametrize(
        "spellings",
        [
            [EMAIL, EMAIL.upper(), "Ivan@Example.RU", f" {EMAIL} ", f"{EMAIL}\t", f"\u00a0{EMAIL}"],
            [
                PHONE,
                "8 912 345-67-89",
                "٩١٢٣٤٥٦٧٨٩",
                "(912)3456789",
                "7 912 3456789",
                "+7.912.345.67.89",
            ],
        ],
        ids=["email", "phone"],
    )
    def test_another_spelling_is_not_another_count(self, spellings):
        answers = [self.tried("203.0.113.7", login) for login in spellings]

        assert answers == [422] * 5 + [429]

    def test_another_browser_and_no_cookies_are_not_another_count(self):
        agents = [f"Browser/{number}" for number in range(6)]

        answers = [self.tried("203.0.113.7", **{"User-Agent": agent}) for agent in agents]

        assert answers == [422] * 5 + [429]


class TestCaptcha:
    @pytest.fixture(autouse=True)
    def _on(self, settings):
        settings.CAPTCHA, settings.CAPTCHA_ON = "altcha", ["sign-up", "recovery"]

    def test_work_done_once_serves_no_other_browser_form_or_person(self, client):
        work = {"captcha": solve(challenge_of(client.get(reverse("account_signup"))))}
        assert sign_up(client, **work).status_code == 302

        again = sign_up(Client(), "olga@example.ru", **work)
        recovery = {"identifier": EMAIL, **work}
        other = Client().post(reverse("account_reset_password"), recovery)

        assert (again.status_code, other.status_code) == (422, 422)
        assert list(OneTimeCode.objects.values_list("identifier", flat=True)) == [EMAIL]

    def test_it_is_not_done_by_writing_the_same_answer_otherwise(self, client):
        work = solve(challenge_of(client.get(reverse("account_signup"))))
        sign_up(client, captcha=work)

        for other in (f"{work}=", f"{work}\n", f" {work}", work.rstrip("=")):
            answer = sign_up(Client(), "olga@example.ru", captcha=other)
            assert answer.status_code == 422

    def test_work_is_not_waited_for_twice(self, client, monkeypatch):
        stamp = re.search(
            r'name="captcha-opened" value="([^"]+)"',
            client.get(reverse("account_signup")).content.decode(),
        )[1]
        later = timezone.now() + dt.timedelta(seconds=11)
        monkeypatch.setattr(timezone, "now", lambda: later)
        slow = {"captcha-opened": stamp}

        assert sign_up(client, **slow).status_code == 302
        assert sign_up(Client(), "olga@example.ru", **slow).status_code == 422


class TestLetters:
    @pytest.mark.parametrize(
        "name", ["Иван\r\nBcc: all@example.ru", "Иван\nX", "Иван\x00", "<b>Иван</b>", "Иван\u2028Б"]
    )
    def test_no_name_holds_what_a_letter_or_a_page_could_obey(self, client, name):
        make_person()
        sign_in(client)

        client.post(reverse("profile-name"), {"name": name, "surname": "Петров"})

        kept = User.objects.get().name
        assert not set(kept) & set("\r\n\0<>:@\u2028")
        client.post(reverse("profile-name"), {"name": "Иван", "surname": "Петров"})
        assert User.objects.get().name == "Иван"

    def test_no_letter_says_what_an_attacker_writes(self, client):
        """A browser's own words go into the notice of a new device by our words only."""
        make_person()
        sign_in(client)
        evil = Client(headers={"User-Agent": "Chrome/1 <a href='https://evil.example'>Windows"})
        sign_in(evil)

        assert tell_of_new_devices(at=timezone.now()) == 1

        assert "evil.example" not in "".join(texts(EMAIL) + texts(PHONE))
        assert "Chrome, Windows" in texts(EMAIL)[-1]


def test_accounts_of_others_stay_others_by_any_field(client):
    make_person()
    other = make_person(email="olga@example.ru", phone=None)
    sign_in(client)
    form = {"surname": "Чужой", "id": other.pk, "user": other.pk, "email": "olga@example.ru"}

    client.post(reverse("profile-name"), form)

    other.refresh_from_db()
    assert other.surname == ""
    assert User.objects.get(email=EMAIL).surname == "Чужой"

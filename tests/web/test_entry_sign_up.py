from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.channels.models import Delivery
from kabinet.identity.models import Consent, OneTimeCode, User
from tests.identity.mail import last_code, other_code
from tests.web.entry import EMAIL, PASSWORD, PHONE, is_signed_in, make_person, sign_up, ticks

pytestmark = pytest.mark.django_db
CODE = "/signup/code/"


def _enter(client, code):
    return client.post(reverse("account_signup_code"), {"code": code})


@pytest.mark.parametrize(
    ("written", "kept"),
    [("Ivan@Example.RU", EMAIL), ("8 (912) 345-67-89", PHONE), ("912 345 67 89", PHONE)],
)
def test_sign_up_ends_signed_in_before_the_assistant(client, sms, written, kept):
    started = sign_up(client, written)
    assert (started.status_code, started.url) == (302, CODE)

    finished = _enter(client, last_code(kept))

    assert (finished.status_code, finished.url) == (302, reverse("onboarding"))
    assert is_signed_in(client)
    user = User.objects.get()
    assert (user.email or user.phone) == kept
    assert Consent.objects.filter(user=user, withdrawn_at=None).count() == 2
    assert client.get("/profile/").status_code == 200


def test_a_code_copied_with_a_space_fits(client):
    sign_up(client)
    code = last_code(EMAIL)

    assert _enter(client, f" {code[:3]} {code[3:]} ").status_code == 302
    assert is_signed_in(client)


def test_the_boxes_come_unticked_each_on_its_own(client):
    page = client.get(reverse("account_signup")).content.decode()

    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", page)
    assert len(boxes) == 2
    assert not any("checked" in box for box in boxes)
    assert "/legal/personal-data-consent/?version=1" in page
    assert "/legal/user-agreement/?version=1" in page
    assert "Организации обслуживаются" in page


@pytest.mark.parametrize("ticked", ["personal-data-consent", "user-agreement", "nothing"])
def test_one_tick_of_two_is_refused_beside_the_other_and_nothing_is_sent(client, ticked):
    form = {"identifier": EMAIL, "password": PASSWORD, **ticks(ticked)}

    refused = client.post(reverse("account_signup"), form)

    assert refused.status_code == 422
    assert len(refused.context["form"].errors) == 2 - (ticked != "nothing")
    assert Delivery.objects.count() == 0
    assert EMAIL in refused.content.decode()


def test_empty_fields_are_each_marked(client):
    refused = client.post(reverse("account_signup"), {})

    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {
        "identifier",
        "password",
        "personal-data-consent-1",
        "user-agreement-1",
    }


@pytest.mark.parametrize("password", ["коротко", "password123", "ivan@example.ru", "ы" * 10_000])
def test_a_bad_password_is_refused_beside_its_field(client, password):
    refused = sign_up(client, password=password)

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["password"]
    assert OneTimeCode.objects.count() == 0


def test_an_address_with_cyrillic_letters_is_refused_in_words(client):
    refused = sign_up(client, "iv\u0430n@example.ru")

    assert "нелатинские буквы" in refused.content.decode()


def test_without_sms_the_page_asks_for_an_address_only(client):
    page = client.get(reverse("account_signup")).content.decode()
    refused = sign_up(client, "8 912 345 67 89")

    assert "Электронная почта" in page
    assert "Телефон или почта" not in page
    assert "Регистрация по телефону здесь не работает" in refused.content.decode()


def test_an_occupied_address_gets_the_same_page_to_the_letter(client):
    make_person()
    other = Client()

    def story(browser, identifier):
        started = sign_up(browser, identifier)
        shown = browser.get(CODE)
        wrong = _enter(browser, "000000")
        return [
            (r.status_code, r.get("Location", ""), _stripped(r, identifier))
            for r in (started, shown, wrong)
        ]

    assert story(client, EMAIL) == story(other, "free@example.ru")
    assert last_code(EMAIL) == ""


def _stripped(response, identifier):
    page = response.content.decode().replace(identifier, "")
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    return re.sub(r"\d:\d\d|data-countdown=\"\d+\"", "", page)


def test_the_page_shows_the_time_left_also_after_a_reload(client):
    sign_up(client)
    row = OneTimeCode.objects.get()
    row.expires_at -= dt.timedelta(minutes=2)
    row.sent_at -= dt.timedelta(minutes=2)
    row.save()

    page = client.get(CODE)

    assert 170 <= page.context["seconds_left"] <= 180
    assert page.context["seconds_to_resend"] == 0
    assert re.search(r"Код действует ещё\s+<b[^>]*>2:5\d|3:00", page.content.decode())
    assert 'autocomplete="one-time-code"' in page.content.decode()
    assert 'inputmode="numeric"' in page.content.decode()


def test_an_expired_code_says_so(client):
    sign_up(client)
    OneTimeCode.objects.update(expires_at=dt.datetime.now(tz=dt.UTC))

    assert "больше не действует" in client.get(CODE).content.decode()
    refused = _enter(client, last_code(EMAIL))
    assert (refused.status_code, is_signed_in(client)) == (422, False)
    assert "Время этого кода вышло" in refused.content.decode()


def test_a_wrong_code_keeps_the_page_and_says_what_is_left(client):
    sign_up(client)

    refused = _enter(client, other_code(last_code(EMAIL)))

    assert refused.status_code == 422
    assert "Осталось попыток: 4." in refused.content.decode()
    assert not is_signed_in(client)


def test_a_new_code_may_be_asked_for_after_a_minute(client):
    sign_up(client)
    early = client.post(reverse("account_signup_resend"), follow=True)
    assert "Новый можно запросить через" in early.content.decode()
    assert Delivery.objects.count() == 1
    OneTimeCode.objects.update(sent_at=dt.datetime.now(tz=dt.UTC) - dt.timedelta(seconds=61))

    again = client.post(reverse("account_signup_resend"), follow=True)

    assert "Отправили новый код" in again.content.decode()
    assert Delivery.objects.count() == 2
    assert _enter(client, last_code(EMAIL)).status_code == 302


def test_filling_the_form_again_keeps_the_code_and_takes_the_new_password(client):
    sign_up(client)
    code = last_code(EMAIL)
    sign_up(client, password="другая длинная фраза")

    _enter(client, code)

    assert Delivery.objects.count() == 1
    assert User.objects.get().check_password("другая длинная фраза")


def test_another_browser_waits_for_its_code(client):
    sign_up(client)

    refused = sign_up(Client())

    assert refused.status_code == 422
    assert "Код уже отправлен" in refused.content.decode()


def test_a_code_belongs_to_the_browser_that_asked(client):
    sign_up(client)
    stranger = Client()

    refused = _enter(stranger, last_code(EMAIL))

    assert (refused.status_code, refused.url) == (302, reverse("account_signup"))
    assert not is_signed_in(stranger)


def test_a_contact_taken_meanwhile_leads_to_sign_in(client):
    sign_up(client)
    code = last_code(EMAIL)
    make_person()

    answer = client.post(CODE, {"code": code}, follow=True)

    assert answer.redirect_chain == [(reverse("account_login"), 302)]
    assert "уже зарегистрированы" in answer.content.decode()
    assert User.objects.count() == 1


def test_next_is_followed_after_sign_up_within_the_site_only(client):
    sign_up(client, next="/accounts/")
    assert _enter(client, last_code(EMAIL)).url == "/accounts/"
    other = Client()

    sign_up(other, "petr@example.ru", next="https://evil.example/")

    assert _enter(other, last_code("petr@example.ru")).url == reverse("onboarding")


def test_the_session_changes_when_the_person_enters(client):
    sign_up(client)
    before = client.session.session_key

    _enter(client, last_code(EMAIL))

    assert client.session.session_key != before
    assert "sign_up" not in client.session


def test_a_signed_in_person_has_nothing_to_sign_up_for(client):
    client.force_login(make_person())

    assert client.get(reverse("account_signup")).url == reverse("home")
    assert client.get(reverse("account_signup_code")).url == reverse("home")


def test_one_address_meets_a_limit_with_the_time_left(client):
    for number in range(30):
        sign_up(Client(), f"a{number}@example.ru")

    refused = sign_up(client)

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "Попробуйте снова через" in refused.content.decode()
    assert OneTimeCode.objects.filter(identifier=EMAIL).count() == 0

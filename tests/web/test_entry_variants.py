"""One sign-up, four systems (IDN-08): what a deployment may set, each way tried to its end."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.channels.models import Delivery
from kabinet.identity.models import OneTimeCode, User
from tests.identity.mail import last_code, other_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, is_signed_in, make_person, sign_in, sign_up

pytestmark = pytest.mark.django_db


def _inputs(page):
    """The names of the fields above the ticks, as they are drawn."""
    return re.findall(r"<input[^>]* name=\"(\w+)\"[^>]* id=", page.content.decode())


def _finish(client, contact):
    return client.post(reverse("account_signup_code"), {"code": last_code(contact)})


# What each system asks; consent and ticks are the same everywhere.
ROWS = {
    "A": (["email", "phone"], "off", True, ["identifier", "password", "repeat"]),
    "B": (["email", "phone"], "off", False, ["identifier", "password"]),
    "C": (["phone"], "required", True, ["identifier", "name", "surname", "password", "repeat"]),
    "D": (["email"], "off", True, ["identifier", "password", "repeat"]),
    "ours": (["email", "phone"], "optional", False, ["identifier", "name", "surname", "password"]),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_form_asks_what_the_system_asks_and_signs_up(client, sms, settings, row):
    ways, name, repeat, asked = ROWS[row]
    settings.SIGN_UP_BY, settings.SIGN_UP_NAME = ways, name
    settings.SIGN_UP_PASSWORD_REPEAT = repeat
    contact = {"email": EMAIL, "phone": PHONE}[ways[0]]

    assert _inputs(client.get(reverse("account_signup"))) == asked
    extra = {"repeat": PASSWORD, "name": "Иван", "surname": "Петров"}
    sign_up(client, contact, **{field: extra[field] for field in asked if field in extra})
    assert _finish(client, contact).status_code == 302

    user = User.objects.get()
    assert (user.email or user.phone) == contact
    assert (user.name, user.surname) == (("Иван", "Петров") if name != "off" else ("", ""))


@pytest.mark.parametrize(
    ("way", "typed", "words"),
    [
        ("email", PHONE, "по телефону здесь не работает"),
        ("phone", EMAIL, "по почте здесь не работает"),
    ],
)
@pytest.mark.usefixtures("sms")
def test_a_way_that_is_closed_is_refused_in_words(client, settings, way, typed, words):
    settings.SIGN_UP_BY = [way]
    label = {"email": "Электронная почта", "phone": "Телефон"}[way]

    page = client.get(reverse("account_signup")).content.decode()
    refused = sign_up(client, typed)

    assert f">{label}<" in page
    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert Delivery.objects.count() == 0


def test_whoever_came_another_way_before_still_signs_in_and_recovers(client, sms, settings):
    make_person()
    settings.SIGN_UP_BY = ["email"]

    assert sign_in(client, PHONE).status_code == 302
    started = Client().post(reverse("account_reset_password"), {"identifier": PHONE})
    assert started.status_code == 302


def test_recovery_by_phone_without_sms_says_so_in_its_own_words(client):
    make_person()

    refused = client.post(reverse("account_reset_password"), {"identifier": PHONE})

    assert refused.status_code == 422
    assert "СМС отсюда не отправляются. Укажите адрес почты." in refused.content.decode()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Анна-Мария", "Анна-Мария"),
        ("  Артём   Ёлкин ", "Артём Ёлкин"),
        ("O'Brien", "O'Brien"),
        ("Д’Артаньян — младший", "Д’Артаньян — младший"),
        ("Әлфия", "Әлфия"),
        ("и\u0306", "\u0439"),
        ("я" * 50, "я" * 50),
        ("", ""),
    ],
)
def test_a_name_is_kept_as_it_was_written(client, written, kept):
    sign_up(client, name=written)
    _finish(client, EMAIL)

    assert User.objects.get().name == kept


@pytest.mark.parametrize(
    "written", ["я" * 51, "Иван1", "<b>Иван</b>", "Иван;", "-", "😀", "Иван\u202e", "王"]
)
@pytest.mark.parametrize("field", ["name", "surname"])
def test_a_name_of_other_signs_is_refused_and_nothing_is_sent(client, field, written):
    refused = sign_up(client, **{field: written})

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [field]
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("written", ["Семён", "Анна-Мария", "Анна—Мария"])
def test_russian_letters_with_hyphen_and_dash_fit_either_alphabet(client, settings, written):
    settings.NAME_ALPHABET = "ru"

    assert sign_up(client, name=written).status_code == 302


@pytest.mark.parametrize("written", ["Ivan", "Иvан", "Гөлназ", "Анна Мария", "О'Нил"])
def test_where_names_are_russian_alone_others_are_refused_in_their_own_words(
    client, settings, written
):
    settings.NAME_ALPHABET = "ru"
    refused = sign_up(client, name=written)

    assert refused.context["form"].errors["name"] == ["Здесь годятся русские буквы, дефис и тире."]
    assert Delivery.objects.count() == 0
    settings.NAME_ALPHABET = "ru+latin"
    assert sign_up(client, name=written).status_code == 302


def test_a_required_name_is_asked_for(client, settings):
    settings.SIGN_UP_NAME = "required"

    refused = sign_up(client, surname="Петров")

    assert list(refused.context["form"].errors) == ["name"]
    assert Delivery.objects.count() == 0


def test_a_second_password_that_differs_is_refused(client, settings):
    settings.SIGN_UP_PASSWORD_REPEAT = True

    differs = sign_up(client, repeat=PASSWORD + "!")
    missing = sign_up(client)

    for refused in (differs, missing):
        assert refused.status_code == 422
        assert list(refused.context["form"].errors) == ["repeat"]
    assert Delivery.objects.count() == 0


def test_an_occupied_contact_is_named_only_where_the_deployment_says_so(client, settings):
    make_person()
    assert sign_up(client).status_code == 302
    settings.REVEAL_EXISTENCE = True
    OneTimeCode.objects.all().delete()
    sent = Delivery.objects.count()

    refused = sign_up(Client())

    assert refused.status_code == 422
    assert "уже зарегистрированы. Войдите или восстановите" in refused.content.decode()
    assert (OneTimeCode.objects.count(), Delivery.objects.count()) == (0, sent)


def test_an_unknown_contact_is_named_only_where_the_deployment_says_so(client, settings):
    page = reverse("account_reset_password")
    assert client.post(page, {"identifier": EMAIL}).status_code == 302
    settings.REVEAL_EXISTENCE = True
    sent = Delivery.objects.count()

    refused = client.post(page, {"identifier": "nobody@example.ru"})

    assert refused.status_code == 422
    assert "никто не зарегистрирован" in refused.content.decode()
    assert Delivery.objects.count() == sent


def test_a_deployment_that_reveals_still_counts_the_questions(client, settings):
    settings.REVEAL_EXISTENCE = True
    page = reverse("account_reset_password")
    for number in range(30):
        client.post(page, {"identifier": f"a{number}@example.ru"})

    assert client.post(page, {"identifier": EMAIL}).status_code == 429


def test_sign_in_never_tells_which_of_the_two_was_wrong(client, settings):
    settings.REVEAL_EXISTENCE = True
    make_person()

    for login in (EMAIL, "nobody@example.ru"):
        refused = sign_in(client, login, "не тот пароль")
        assert "почта или телефон и пароль не подошли" in refused.content.decode()


@pytest.mark.parametrize(
    ("least", "most", "password", "status"),
    [(8, 10, "рыба 12", 422), (8, 10, "рыба 123", 302), (8, 10, "рыба 123456", 422)],
)
def test_the_length_of_a_password_is_the_deployments(
    client, settings, least, most, password, status
):
    settings.PASSWORD_MIN, settings.PASSWORD_MAX = least, most

    page = client.get(reverse("account_signup")).content.decode()
    answer = sign_up(client, password=password)

    assert "Не меньше 8 знаков" in page
    assert 'data-strength-least="8"' in page
    assert answer.status_code == status


def test_lifetimes_pause_tries_and_share_are_the_deployments(client, settings):
    settings.CODE_LIFETIME_SIGN_UP = dt.timedelta(seconds=160)
    settings.CODE_RESEND_AFTER = dt.timedelta(seconds=115)
    settings.CODE_TRIES, settings.CODE_SENDS_PER_HOUR = 2, 2
    sign_up(client)
    shown = client.get(reverse("account_signup_code")).context
    assert (158 <= shown["seconds_left"] <= 160, 113 <= shown["seconds_to_resend"] <= 115) == (
        True,
        True,
    )

    code = last_code(EMAIL)
    wrong = {"code": other_code(code)}
    first = client.post(reverse("account_signup_code"), wrong).content.decode()
    assert "Осталась 1 попытка." in first
    second = client.post(reverse("account_signup_code"), wrong).content.decode()
    assert "Слишком много неверных попыток" in second
    client.post(reverse("account_signup_code"), {"code": code})
    assert not is_signed_in(client)

    OneTimeCode.objects.update(sent_at=dt.datetime.now(tz=dt.UTC) - dt.timedelta(minutes=10))
    client.post(reverse("account_signup_resend"))
    OneTimeCode.objects.update(sent_at=dt.datetime.now(tz=dt.UTC) - dt.timedelta(minutes=10))
    client.post(reverse("account_signup_resend"))
    assert len(texts(EMAIL)) == 2


def test_recovery_has_a_lifetime_of_its_own(client, settings):
    settings.CODE_LIFETIME_RECOVERY = dt.timedelta(seconds=70)
    make_person()
    client.post(reverse("account_reset_password"), {"identifier": EMAIL})

    page = client.get(reverse("account_confirm_password_reset_code"))

    assert "Код действует 1 мин." in texts(EMAIL)[-1]
    assert 68 <= page.context["seconds_left"] <= 70
    assert re.search(r"Код действует ещё\s+<b[^>]*>1:(10|09|08)</b>", page.content.decode())
    OneTimeCode.objects.update(sent_at=dt.datetime.now(tz=dt.UTC) - dt.timedelta(seconds=30))
    again = client.get(reverse("account_confirm_password_reset_code")).content.decode()
    assert re.search(r"через\s+<span[^>]*>0:(30|29|28)</span>", again)

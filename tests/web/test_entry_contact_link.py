"""A changed address that is proved by a letter's link, where sign-up works so too (IDN-15, 17, 45)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.identity.models import OneTimeCode, User
from kabinet.kernel.models import AuditEntry
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, make_person, sign_in

pytestmark = pytest.mark.django_db
NEW = "new@example.ru"
EMAIL_PAGE, SENT_PAGE = "/profile/contacts/email/", "/profile/contacts/email/code/"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _by_link(settings, sms):
    settings.SIGN_UP_PROOF = "link"


@pytest.fixture
def signed_in(client):
    make_person()
    sign_in(client)
    return client


def _ask(client, value=NEW):
    return client.post(EMAIL_PAGE, {"contact": value})


def _link(contact=NEW):
    return re.search(r"/profile/contacts/link/[0-9a-f-]{36}/[\w-]{40,}/", texts(contact)[-1])[0]


def _page(client, address):
    return client.get(address).content.decode()


def _pass_time(pause=dt.timedelta(minutes=2)):
    for row in OneTimeCode.objects.all():
        row.sent_at, row.expires_at = row.sent_at - pause, row.expires_at - pause
        row.save()


def _email():
    return User.objects.get(phone=PHONE).email


def test_the_button_behind_the_link_changes_the_address(signed_in):
    assert "письмо со ссылкой" in _page(signed_in, EMAIL_PAGE)
    assert _ask(signed_in).url == SENT_PAGE
    sent = _page(signed_in, SENT_PAGE)
    assert ("Откройте письмо" in sent, NEW in sent, "Шесть цифр" in sent) == (True, True, False)
    assert last_code(NEW) == ""

    shown = _page(signed_in, _link())
    signed_in.head(_link())
    assert ("Подтвердить почту" in shown, NEW in shown, _email()) == (True, True, EMAIL)
    assert sign_in(Client()).status_code == 302
    confirmed = signed_in.post(_link())

    assert confirmed.url == reverse("profile")
    assert "Почта подтверждена и сохранена." in _page(signed_in, confirmed.url)
    assert _email() == NEW
    assert "прежнему контакту войти больше нельзя" in texts(EMAIL)[-1]
    assert sign_in(Client(), NEW).status_code == 302
    assert sign_in(Client(), EMAIL).status_code == 422
    assert AuditEntry.objects.filter(action="identity.contact.change").count() == 1


def test_another_browser_asks_to_sign_in_and_comes_back_to_the_link(signed_in):
    _ask(signed_in)
    other = Client()

    asked = other.get(_link())
    assert asked.url == f"{reverse('account_login')}?next={_link()}"
    assert other.post(_link()).url == asked.url
    assert _email() == EMAIL

    assert sign_in(other, next=_link()).url == _link()
    assert other.post(_link()).url == reverse("profile")
    assert _email() == NEW
    # The browser that asked waits for nothing any more.
    assert signed_in.get(SENT_PAGE).url == reverse("profile")


def test_another_person_takes_no_address_by_a_link_that_is_not_theirs(signed_in):
    _ask(signed_in)
    make_person(email="eva@example.ru", phone=None)
    eva = Client()
    sign_in(eva, "eva@example.ru")

    for answer in (eva.get(_link()), eva.post(_link())):
        assert answer.status_code == 403
        assert "Ссылка для другого кабинета" in answer.content.decode()
        assert NEW not in answer.content.decode()
    assert eva.post(_link() + "again/").url == EMAIL_PAGE
    assert User.objects.get(email="eva@example.ru").emailaddress_set.get().email == "eva@example.ru"
    assert len(texts(NEW)) == 1
    assert signed_in.post(_link()).url == reverse("profile")


def test_the_link_works_once(signed_in):
    _ask(signed_in)
    link = _link()
    signed_in.post(link)
    told = len(texts(EMAIL))

    for answer in (signed_in.get(link), signed_in.post(link)):
        assert answer.status_code == 410
        assert "Ссылка уже сработала" in answer.content.decode()
    assert len(texts(EMAIL)) == told
    assert signed_in.post(link + "again/").url == EMAIL_PAGE
    assert len(texts(NEW)) == 1


def test_after_a_day_it_offers_a_new_letter_which_works(signed_in):
    _ask(signed_in)
    link = _link()
    _pass_time(DAY)
    over = signed_in.get(link)
    assert over.status_code == 410
    assert "Отправить письмо ещё раз" in over.content.decode()
    assert signed_in.post(link).status_code == 410
    assert _email() == EMAIL

    assert signed_in.post(link + "again/").url == SENT_PAGE

    assert "Отправили новое письмо" in _page(signed_in, SENT_PAGE)
    assert len(texts(NEW)) == 2
    assert signed_in.post(_link()).url == reverse("profile")
    assert _email() == NEW


def test_just_before_a_day_is_over_it_works(signed_in):
    _ask(signed_in)
    _pass_time(DAY - dt.timedelta(minutes=1))

    assert signed_in.post(_link()).url == reverse("profile")


def test_a_new_letter_voids_the_former_link_and_has_its_pause(signed_in):
    _ask(signed_in)
    former = _link()
    signed_in.post(f"{SENT_PAGE}new/")
    assert len(texts(NEW)) == 1

    _pass_time()
    signed_in.post(f"{SENT_PAGE}new/")

    assert len(texts(NEW)) == 2
    assert signed_in.post(former).status_code == 410
    assert _email() == EMAIL
    assert signed_in.post(_link()).url == reverse("profile")


def test_a_changed_letter_of_the_secret_opens_nothing(signed_in):
    _ask(signed_in)
    link = _link()
    other = link[:-2] + ("A" if link[-2] != "A" else "B") + "/"

    for answer in (signed_in.get(other), signed_in.post(other)):
        assert answer.status_code == 410
        assert "Ссылка не действует" in answer.content.decode()
    assert _email() == EMAIL
    assert signed_in.post(link).url == reverse("profile")


def test_an_occupied_address_is_answered_as_a_free_one(signed_in):
    make_person(email="eva@example.ru", phone=None)

    assert _ask(signed_in, "eva@example.ru").url == SENT_PAGE
    occupied = _page(signed_in, SENT_PAGE).replace("eva@example.ru", "…")
    assert _ask(signed_in).url == SENT_PAGE
    free = _page(signed_in, SENT_PAGE).replace(NEW, "…")

    def seen(page):
        without_token = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
        return re.sub(r"nonce-\S+|\d:\d\d|data-countdown=\"\d+\"", "", without_token)

    assert seen(occupied) == seen(free)
    assert "/contacts/link/" not in "".join(texts("eva@example.ru"))


def test_whoever_was_faster_keeps_the_address(signed_in):
    _ask(signed_in)
    make_person(email=NEW, phone=None)

    refused = signed_in.post(_link())

    assert refused.url == EMAIL_PAGE
    assert "есть в другом личном кабинете" in _page(signed_in, EMAIL_PAGE)
    assert _email() == EMAIL


def test_the_own_address_that_is_not_proved_yet_is_proved_by_a_link_too(client):
    person = make_person()
    person.emailaddress_set.update(verified=False)
    sign_in(client, PHONE)

    asked = client.get(reverse("home"))
    assert "Отправить письмо" in _page(client, asked.url)
    assert client.post("/profile/contacts/email/prove/").url == SENT_PAGE
    other = Client()
    # Whoever comes to prove it is not asked once more whether to prove it.
    assert sign_in(other, PHONE, PASSWORD, next=_link(EMAIL)).url == _link(EMAIL)
    assert "Подтвердить почту" in _page(other, _link(EMAIL))
    other.post(_link(EMAIL))

    assert person.emailaddress_set.get().verified


def test_a_phone_is_proved_by_a_code_still(signed_in):
    asked = signed_in.post("/profile/contacts/phone/", {"contact": "+79990000001"})

    assert "Шесть цифр" in _page(signed_in, asked.url)
    signed_in.post(asked.url, {"code": last_code("+79990000001")})
    assert User.objects.get().phone == "+79990000001"


def test_a_foreign_page_cannot_press_the_button(signed_in):
    _ask(signed_in)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get())

    assert browser.post(_link()).status_code == 403
    assert _email() == EMAIL

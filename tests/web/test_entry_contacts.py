"""The profile's small pages: name, contacts, first password, hints (IDN-09, 15, 39–46)."""

from __future__ import annotations

import time

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from kabinet.channels.models import Delivery
from kabinet.identity.models import User
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
NEW, NEW_PHONE = "new@example.ru", "+79990000001"
EMAIL_PAGE = "/profile/contacts/email/"
PHONE_PAGE = "/profile/contacts/phone/"


@pytest.fixture
def signed_in(client, sms):
    make_person()
    sign_in(client)
    return client


def _page(client, address="/profile/"):
    return client.get(address).content.decode()


def _forget_proof(client):
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 3600
    session.save()


def _change(client, value, page=EMAIL_PAGE):
    return client.post(page, {"contact": value})


def test_the_address_changes_by_a_code_to_the_new_one(signed_in):
    asked = _change(signed_in, "  New@Example.RU ")
    assert asked.url == f"{EMAIL_PAGE}code/"
    assert NEW in _page(signed_in, asked.url)
    assert User.objects.get().email == EMAIL

    saved = signed_in.post(asked.url, {"code": last_code(NEW), "contact": "evil@example.ru"})

    assert saved.url == "/profile/"
    page = _page(signed_in)
    assert "Почта подтверждена и сохранена." in page
    assert NEW in page
    assert "не подтвержд" not in page
    assert "прежнему контакту войти больше нельзя" in texts(EMAIL)[-1]
    assert sign_in(Client(), NEW).status_code == 302
    assert sign_in(Client(), EMAIL).status_code == 422


@pytest.mark.parametrize(
    "spelling", ["+7 999 000-00-01", "8 (999) 000 00 01", "79990000001", "999 000-00-01"]
)
def test_a_phone_is_one_number_in_any_spelling(signed_in, spelling):
    asked = _change(signed_in, spelling, PHONE_PAGE)
    signed_in.post(asked.url, {"code": last_code(NEW_PHONE)})

    assert User.objects.get().phone == NEW_PHONE


@pytest.mark.parametrize(
    ("page", "value"),
    [
        (EMAIL_PAGE, ""),
        (EMAIL_PAGE, "ivan@"),
        (EMAIL_PAGE, "+79990000001"),
        # The first letter is Cyrillic.
        (EMAIL_PAGE, "\u0430nna@example.ru"),
        (EMAIL_PAGE, "ivan@ex\u0430mple.ru"),
        (EMAIL_PAGE, "a" * 10_000 + "@example.ru"),
        (EMAIL_PAGE, "new@example.ru\nbcc: all@example.ru"),
        (EMAIL_PAGE, "<script>@example.ru"),
        (PHONE_PAGE, "8 999 позвони"),
        (PHONE_PAGE, "new@example.ru"),
        (PHONE_PAGE, "9" * 10_000),
        (PHONE_PAGE, "+7 999 000"),
    ],
)
def test_what_is_no_contact_is_refused_beside_its_field_and_kept(signed_in, page, value):
    refused = _change(signed_in, value, page)

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["contact"]
    assert refused.context["form"]["contact"].value() == value
    assert Delivery.objects.count() == 0
    assert User.objects.get().email == EMAIL


def test_the_own_contact_is_not_new(signed_in):
    refused = _change(signed_in, "8 912 345 67 89", PHONE_PAGE)

    assert refused.status_code == 422
    assert "уже указано и подтверждено" in refused.content.decode()


def test_an_occupied_address_is_answered_as_a_free_one(signed_in):
    make_person(email="eva@example.ru", phone=None)

    def story(browser, value):
        asked = _change(browser, value)
        page = _page(browser, asked.url).replace(value, "…")
        wrong = browser.post(asked.url, {"code": "000000"})
        return asked.status_code, asked.url, "…" in page, wrong.status_code

    assert story(signed_in, "eva@example.ru") == story(signed_in, NEW)
    assert last_code("eva@example.ru") == ""
    assert User.objects.filter(email="eva@example.ru").count() == 1


def test_a_wrong_code_changes_nothing_and_the_page_stays(signed_in):
    asked = _change(signed_in, NEW)

    wrong = signed_in.post(asked.url, {"code": "000000"})

    assert wrong.status_code == 422
    assert "Код не подошёл" in wrong.content.decode()
    assert User.objects.get().email == EMAIL


def test_a_second_tab_that_asks_for_another_address_is_the_one_that_counts(signed_in):
    _change(signed_in, NEW)
    first = last_code(NEW)
    _change(signed_in, "two@example.ru")

    assert signed_in.post(f"{EMAIL_PAGE}code/", {"code": first}).status_code == 422
    assert User.objects.get().email == EMAIL

    signed_in.post(f"{EMAIL_PAGE}code/", {"code": last_code("two@example.ru")})
    assert User.objects.get().email == "two@example.ru"
    assert signed_in.post(f"{EMAIL_PAGE}code/", {"code": first}).url == EMAIL_PAGE


def test_a_code_asked_for_in_another_session_opens_nothing_here(signed_in):
    make_person(email="eva@example.ru", phone=None)
    eva = Client()
    sign_in(eva, "eva@example.ru")
    _change(signed_in, NEW)
    session = eva.session
    session["contact_codes"] = signed_in.session["contact_codes"]
    session.save()

    refused = eva.post(f"{EMAIL_PAGE}code/", {"code": last_code(NEW)})

    assert refused.status_code == 422
    assert not User.objects.filter(email=NEW).exists()


def test_the_change_asks_who_is_there_first(signed_in):
    _forget_proof(signed_in)

    for page in (EMAIL_PAGE, PHONE_PAGE, f"{EMAIL_PAGE}remove/"):
        assert signed_in.get(page).url.startswith("/prove/")
    assert _change(signed_in, NEW).url.startswith("/prove/")
    assert texts(NEW) == []

    resumed = signed_in.post("/prove/", {"password": PASSWORD, "next": EMAIL_PAGE})
    assert resumed.url == f"{EMAIL_PAGE}code/"
    assert last_code(NEW)


def test_a_new_code_is_sent_after_a_pause_only(signed_in):
    asked = _change(signed_in, NEW)

    again = signed_in.post(f"{asked.url}new/")

    assert again.url == asked.url
    assert "Код уже отправлен" in _page(signed_in, asked.url)
    assert len(texts(NEW)) == 1


@pytest.mark.parametrize("step", ["code/", "code/new/"])
def test_without_a_code_under_way_the_steps_lead_back(signed_in, step):
    assert signed_in.post(f"{EMAIL_PAGE}{step}").url == EMAIL_PAGE


@pytest.mark.parametrize("step", ["", "code/", "prove/", "remove/"])
def test_another_kind_of_contact_does_not_exist(signed_in, step):
    assert signed_in.post(f"/profile/contacts/x/{step}").status_code == 404


def test_where_no_sms_is_sent_no_phone_is_offered(client):
    make_person(phone=None)
    sign_in(client)

    assert "Телефон" not in _page(client)
    assert client.get(PHONE_PAGE).status_code == 404


def test_one_of_two_contacts_is_taken_away_after_a_question(signed_in):
    assert PHONE[-2:] in _page(signed_in, f"{PHONE_PAGE}remove/")
    assert User.objects.get().phone == PHONE

    assert signed_in.post(f"{PHONE_PAGE}remove/").url == "/profile/"
    assert User.objects.get().phone is None
    assert signed_in.get(f"{PHONE_PAGE}remove/").url == "/profile/"

    page = signed_in.post(f"{EMAIL_PAGE}remove/", follow=True).content.decode()
    assert "единственный подтверждённый контакт" in page
    assert User.objects.get().email == EMAIL


def test_an_unproved_address_is_offered_to_be_proved_once_after_each_sign_in(client, sms):
    make_person()
    EmailAddress.objects.update(verified=False)
    for _visit in range(2):
        browser = Client()
        sign_in(browser, PHONE)
        asked = browser.get("/accounts/?a=b")
        assert asked.url == "/profile/contacts/?next=%2Faccounts%2F%3Fa%3Db"
        assert 'href="/accounts/?a=b"' in _page(browser, asked.url)
        assert browser.get("/accounts/?a=b").status_code == 200

    sent = browser.post(f"{EMAIL_PAGE}prove/", {"next": "/accounts/?a=b"})
    proved = browser.post(sent.url, {"code": last_code(EMAIL), "next": "/accounts/?a=b"})

    assert proved.url == "/accounts/?a=b"
    assert EmailAddress.objects.get().verified
    sign_in(client, EMAIL)
    assert client.get("/accounts/").status_code == 200


def test_an_unproved_address_opens_nothing(client, sms):
    make_person()
    EmailAddress.objects.update(verified=False)

    assert sign_in(client, EMAIL).status_code == 422
    client.post(reverse("account_request_login_code"), {"identifier": EMAIL})
    client.post(reverse("account_reset_password"), {"identifier": EMAIL})

    assert last_code(EMAIL) == ""
    assert not is_signed_in(client)


def test_the_offer_leads_on_when_all_is_proved_and_to_no_other_site(signed_in):
    assert signed_in.get("/profile/contacts/").url == reverse("home")
    assert signed_in.get("/profile/contacts/?next=/profile/").url == "/profile/"
    assert signed_in.get("/profile/contacts/?next=https://evil.example/").url == reverse("home")
    assert signed_in.post(f"{EMAIL_PAGE}prove/").url == "/profile/"
    assert Delivery.objects.count() == 0


def test_the_name_is_stored_in_one_spelling(signed_in):
    saved = signed_in.post(
        "/profile/name/",
        {"surname": " Салтыков-Щедрин ", "name": "Михаил", "patronymic": "Евграфович"},
    )

    assert saved.url == "/profile/"
    assert "Салтыков-Щедрин Михаил Евграфович" in _page(signed_in)
    assert 'value="Евграфович"' in _page(signed_in, "/profile/name/")


@pytest.mark.parametrize(
    "bad", ["И" * 51, "Иван1", "<b>Иван</b>", "И" * 10_000, "Иван\x00", "🙂", "Ива\u202eн"]
)
def test_a_bad_part_of_a_name_is_told_beside_it_and_nothing_is_lost(signed_in, bad):
    sent = {"surname": "Смирнов", "name": bad, "patronymic": "Иванович"}

    refused = signed_in.post("/profile/name/", sent)

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["name"]
    assert {key: refused.context["form"][key].value() for key in sent} == sent
    assert User.objects.get().surname == ""


def test_a_name_may_be_taken_back(signed_in):
    User.objects.update(surname="Смирнов", name="Иван")

    signed_in.post("/profile/name/", {"surname": "", "name": "", "patronymic": ""})

    assert "не указано" in _page(signed_in)


def test_who_came_without_a_password_sets_a_first_one(signed_in):
    user = User.objects.get()
    user.set_unusable_password()
    user.save()
    signed_in.force_login(user)
    address = reverse("account_change_password")
    assert signed_in.get(address).url.startswith("/prove/")
    signed_in.post("/prove/code/new/", {"next": address})
    signed_in.post("/prove/code/", {"code": last_code(PHONE), "next": address})

    weak = signed_in.post(address, {"new": "коротко", "repeat": "коротко"})
    assert (weak.status_code, list(weak.context["form"].errors)) == (422, ["new"])
    saved = signed_in.post(address, {"new": PASSWORD, "repeat": PASSWORD})

    assert saved.url == "/profile/"
    assert is_signed_in(signed_in)
    assert sign_in(Client()).status_code == 302
    assert list(signed_in.get(address).context["form"].fields) == ["current", "new", "repeat"]


def test_hints_are_switched_for_the_whole_cabinet(signed_in):
    hint = "Лучше указать оба."
    assert hint in _page(signed_in)

    assert signed_in.post("/profile/hints/", {"shown": "off"}).url == "/profile/"
    assert hint not in _page(signed_in)

    part = signed_in.post("/profile/hints/", {"shown": "on"}, headers={"HX-Request": "true"})
    assert "Подсказки включены" in part.content.decode()
    assert hint in _page(signed_in)


def test_hints_are_everybodys_own(signed_in):
    make_person(email="eva@example.ru", phone=None)

    signed_in.post("/profile/hints/", {"shown": "off"})

    assert User.objects.get(email="eva@example.ru").shows_hints is True


def test_the_menu_says_who_is_signed_in(signed_in):
    assert f'<p class="kb-person">{EMAIL}</p>' in _page(signed_in)

    User.objects.update(name="Иван", surname="Смирнов")

    assert '<p class="kb-person">Смирнов Иван</p>' in _page(signed_in)


@pytest.mark.parametrize("address", ["/profile/name/", EMAIL_PAGE, f"{EMAIL_PAGE}remove/"])
def test_a_small_page_costs_eight_queries_at_most(
    signed_in, django_assert_max_num_queries, address
):
    signed_in.get(address)

    with django_assert_max_num_queries(8):
        signed_in.get(address)

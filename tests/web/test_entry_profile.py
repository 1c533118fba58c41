from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.channels.enums import Channel, DeliveryStatus
from kabinet.channels.models import Delivery
from kabinet.identity import operations
from kabinet.identity.enums import DocumentKind
from kabinet.identity.models import Consent, User
from kabinet.kernel.actors import SYSTEM
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, is_signed_in, make_person, sign_in, ticks

pytestmark = pytest.mark.django_db
NEW = "жёлтый лист летит"


def _publish(slug="user-agreement"):
    return operations.publish_document(
        actor=SYSTEM,
        slug=slug,
        kind=DocumentKind.AGREEMENT,
        title="Соглашение <новое>",
        text="Первый <b>абзац</b>.\n\nВторой.",
        at=dt.datetime.now(tz=dt.UTC),
    )


@pytest.fixture
def signed_in(client, sms):
    make_person()
    sign_in(client)
    return client


def test_the_profile_says_who_i_am(signed_in):
    page = signed_in.get(reverse("profile")).content.decode()

    assert EMAIL in page
    assert "+7\u00a0912\u00a0345-67-89" in page
    assert "не подтвержд" not in page
    assert "Согласие на обработку персональных данных" in page


def test_the_profile_costs_eight_queries(client, django_assert_num_queries):
    client.force_login(make_person())
    client.get(reverse("profile"))

    # Session, user, links; the person again, consents, what was not delivered, keys, a deletion that was asked for.
    with django_assert_num_queries(8):
        client.get(reverse("profile"))


def test_a_contact_that_was_not_reached_is_told_in_plain_words(signed_in):
    letter = Delivery.objects.create(
        channel=Channel.EMAIL,
        recipient=EMAIL,
        status=DeliveryStatus.FAILED,
        error="550 5.1.1 no such user",
        created_at=dt.datetime(2026, 11, 21, 7, 42, tzinfo=dt.UTC),
    )

    page = signed_in.get(reverse("profile")).content.decode().replace("\u00a0", " ")
    assert "Последнее письмо вам не дошло (21 ноября, 10:42)." in page
    assert "СМС вам не дошло" not in page
    assert "550" not in page

    letter.pk, letter.public_id, letter.status = None, uuid.uuid4(), DeliveryStatus.SENT
    letter.created_at = letter.sent_at = letter.created_at + dt.timedelta(minutes=1)
    letter.save()
    assert "не дошло" not in signed_in.get(reverse("profile")).content.decode()


def test_somebody_elses_lost_letter_is_not_told(signed_in):
    Delivery.objects.create(
        channel=Channel.SMS,
        recipient="+79990000000",
        status=DeliveryStatus.FAILED,
        created_at=dt.datetime.now(tz=dt.UTC),
    )

    assert "не дошло" not in signed_in.get(reverse("profile")).content.decode()


def test_unproven_contacts_are_marked(client):
    client.force_login(User.objects.create_user(email=EMAIL, phone=PHONE))

    page = client.get(reverse("profile")).content.decode()

    assert "не подтверждена" in page
    assert "не подтверждён" in page


def test_the_password_changes_and_other_devices_leave(signed_in):
    elsewhere = Client()
    sign_in(elsewhere)

    answer = signed_in.post(
        reverse("account_change_password"), {"current": PASSWORD, "new": NEW, "repeat": NEW}
    )

    assert (answer.status_code, answer.url) == (302, reverse("profile"))
    assert signed_in.get(reverse("profile")).status_code == 200
    assert elsewhere.get(reverse("profile")).status_code == 302
    assert "Пароль от вашего личного кабинета изменён" in texts(EMAIL)[-1]
    assert sign_in(Client(), password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("sent", "beside"),
    [
        ({"current": "не тот пароль", "new": NEW, "repeat": NEW}, "current"),
        ({"current": PASSWORD, "new": "коротко", "repeat": "коротко"}, "new"),
        ({"current": PASSWORD, "new": NEW, "repeat": NEW + "!"}, "repeat"),
        ({"current": PASSWORD, "new": "89123456789", "repeat": "89123456789"}, "new"),
        ({"current": "ы" * 10_000, "new": NEW, "repeat": NEW}, "current"),
    ],
)
def test_a_refused_change_says_which_field(signed_in, sent, beside):
    refused = signed_in.post(reverse("account_change_password"), sent)

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [beside]
    assert User.objects.get().check_password(PASSWORD)


def test_the_current_password_is_not_guessed_without_end(signed_in):
    wrong = {"current": "не тот пароль", "new": NEW, "repeat": NEW}
    for _try in range(5):
        signed_in.post(reverse("account_change_password"), wrong)

    refused = signed_in.post(reverse("account_change_password"), {**wrong, "current": PASSWORD})

    assert refused.status_code == 429
    assert User.objects.get().check_password(PASSWORD)


def test_a_weak_new_password_is_no_guess_at_the_current_one(signed_in):
    for _try in range(6):
        signed_in.post(
            reverse("account_change_password"),
            {"current": PASSWORD, "new": "коротко", "repeat": "коротко"},
        )

    changed = signed_in.post(
        reverse("account_change_password"), {"current": PASSWORD, "new": NEW, "repeat": NEW}
    )

    assert changed.status_code == 302


def test_an_old_weak_password_signs_in_and_is_asked_to_be_changed(client):
    user = make_person()
    user.set_password("12345")
    user.save()

    opened = client.post(
        reverse("account_login"),
        {"login": EMAIL, "password": "12345", "next": "/profile/"},
        follow=True,
    )
    assert is_signed_in(client)
    assert opened.content.decode().count("Ваш пароль легко подобрать") == 2
    assert "Ваш пароль легко подобрать" in client.get(reverse("profile")).content.decode()

    client.post(reverse("account_change_password"), {"current": "12345", "new": NEW, "repeat": NEW})
    page = client.get(reverse("profile")).content.decode()
    assert "Пароль изменён" in page
    assert "Ваш пароль легко подобрать" not in page


def test_a_good_password_is_not_complained_about(signed_in):
    assert "легко подобрать" not in signed_in.get(reverse("profile")).content.decode()


def test_a_password_longer_than_a_new_limit_is_not_weak(client, settings):
    make_person()
    settings.PASSWORD_MAX = 10

    assert sign_in(client).status_code == 302
    assert "легко подобрать" not in client.get(reverse("profile")).content.decode()


def test_a_new_version_is_asked_for_before_going_on(client):
    make_person()
    _publish()
    sign_in(client)

    asked = client.get("/accounts/?a=b")
    assert (asked.status_code, asked.url) == (302, "/consent/?next=%2Faccounts%2F%3Fa%3Db")
    page = client.get(asked.url)
    assert [row.slug for row in page.context["form"].documents.values()] == ["user-agreement"]

    given = client.post("/consent/", {**ticks("user-agreement"), "next": "/accounts/?a=b"})

    assert given.url == "/accounts/?a=b"
    assert client.get("/profile/").status_code == 200
    assert Consent.objects.get(document__version=2).channel == "consent-page"


def test_without_the_tick_one_may_only_read_and_leave(client):
    make_person()
    _publish()
    sign_in(client)

    assert client.post("/consent/", {}).status_code == 422
    assert client.get("/profile/").url.startswith("/consent/")
    assert client.post("/profile/").url == "/consent/"
    assert client.get("/legal/user-agreement/").status_code == 200
    assert client.get("/profile/", headers={"HX-Request": "true"})["HX-Redirect"] == "/consent/"
    assert client.post(reverse("account_logout")).status_code == 302


def test_an_old_tick_does_not_accept_a_new_version(client):
    make_person()
    _publish()
    sign_in(client)

    assert client.post("/consent/", {"user-agreement-1": "on"}).status_code == 422


def test_somebody_signed_in_is_asked_within_ten_minutes(signed_in):
    signed_in.get("/profile/")
    _publish()
    assert signed_in.get("/profile/").status_code == 200
    session = signed_in.session
    session["consents_checked_at"] -= 601
    session.save()

    assert signed_in.get("/profile/").url.startswith("/consent/")


def test_the_check_costs_nothing_on_the_pages_between(signed_in, django_assert_num_queries):
    signed_in.get("/profile/")

    with django_assert_num_queries(8):
        signed_in.get("/profile/")


def test_staff_are_not_asked(client):
    User.objects.create_superuser("chief@example.ru", PASSWORD)
    sign_in(client, "chief@example.ru")

    assert client.get("/profile/").status_code == 200


def test_the_consent_page_leads_on_when_nothing_is_missing(signed_in):
    assert signed_in.get("/consent/?next=/profile/").url == "/profile/"
    assert signed_in.get("/consent/?next=https://evil.example/").url == reverse("home")


def test_a_consent_is_withdrawn_after_a_question(signed_in):
    address = reverse("consent-withdraw", args=["personal-data-consent"])
    assert signed_in.get(address).status_code == 200
    assert Consent.objects.filter(withdrawn_at=None).count() == 2

    assert signed_in.post(address).url == "/consent/"

    assert Consent.objects.filter(withdrawn_at=None).count() == 1
    assert signed_in.get("/profile/").url.startswith("/consent/")
    assert signed_in.post(address).status_code == 404


def test_documents_are_read_and_downloaded_by_anybody(client):
    _publish()

    page = client.get("/legal/user-agreement/").content.decode()
    old = client.get("/legal/user-agreement/?version=1").content.decode()
    file = client.get("/legal/user-agreement/file/?version=2")

    assert "Первый &lt;b&gt;абзац&lt;/b&gt;." in page
    assert "Для кого кабинет" in old
    assert file["Content-Disposition"] == 'attachment; filename="user-agreement-2.txt"'
    assert file.content.decode().startswith("Соглашение <новое>\n\nПервый <b>")


@pytest.mark.parametrize(
    "address", ["/legal/nothing/", "/legal/user-agreement/?version=9", "/legal/nothing/file/"]
)
def test_unknown_documents_do_not_exist(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("named", [EMAIL, "8 912 345 67 89"])
def test_recovery_ends_signed_in_with_the_new_password(client, sms, named):
    make_person()
    elsewhere = Client()
    sign_in(elsewhere)
    client.post("/password/reset/", {"identifier": named})
    code = last_code(EMAIL if "@" in named else PHONE)

    client.post("/password/reset/code/", {"code": code})
    done = client.post("/password/reset/new/", {"new": NEW, "repeat": NEW})

    assert (done.status_code, done.url) == (302, reverse("home"))
    assert is_signed_in(client)
    assert elsewhere.get("/profile/").status_code == 302
    assert User.objects.get().check_password(NEW)


def test_recovery_tells_nothing_about_an_unknown_contact(client):
    make_person()

    def story(browser, identifier):
        started = browser.post("/password/reset/", {"identifier": identifier})
        wrong = browser.post("/password/reset/code/", {"code": "000000"})
        ahead = browser.get("/password/reset/new/")
        return started.status_code, started.url, wrong.status_code, ahead.url

    known = story(client, EMAIL)
    assert known == story(Client(), "nobody@example.ru")
    assert known == (302, "/password/reset/code/", 422, "/password/reset/code/")


def test_the_steps_of_recovery_cannot_be_skipped(client):
    make_person()
    assert client.get("/password/reset/code/").url == "/password/reset/"
    assert client.get("/password/reset/new/").url == "/password/reset/"
    client.post("/password/reset/", {"identifier": EMAIL})

    skipped = client.post("/password/reset/new/", {"new": NEW, "repeat": NEW})

    assert skipped.url == "/password/reset/code/"
    assert User.objects.get().check_password(PASSWORD)
    assert not is_signed_in(client)


def test_a_sign_up_cannot_be_finished_by_a_recovery(client):
    make_person()
    client.post("/password/reset/", {"identifier": EMAIL})

    assert client.post("/signup/code/", {"code": last_code(EMAIL)}).url == "/signup/"

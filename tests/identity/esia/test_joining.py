"""What becomes of somebody whom Gosuslugi have proved: a new cabinet, an own one, never a merged one (IDN-26, 27)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils.http import urlencode

from kabinet.channels.models import Delivery
from kabinet.identity.enums import OnboardingStep
from kabinet.identity.models import Consent, SignedInSession, User
from kabinet.identity.newcomers import KEPT
from sandbox.esia.people import GALINA, PYOTR, VERA
from tests.identity.esia.visitor import Visitor, choose
from tests.identity.mail import last_code
from tests.web.entry import PASSWORD, is_signed_in, make_person, sign_in, ticks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gosuslugi")]
NEWCOMER, LINK = "/outside/", "/outside/link/"
VERAS_EMAIL, VERAS_PHONE = VERA.email, "+79162223344"


@pytest.fixture(autouse=True)
def _sms(settings):
    settings.SMS_CONNECTOR = "mailbox"


@pytest.fixture
def visitor():
    return Visitor()


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def links():
    return list(SocialAccount.objects.order_by("pk").values_list("user_id", "uid"))


def join(visitor, person=VERA):
    """The whole way of a new person."""
    answer = visitor.sign_in(person)
    assert (answer.status_code, answer.url) == (302, NEWCOMER)
    return visitor.client.post(NEWCOMER, ticks())


def connect(visitor, person=VERA):
    """Press «Привязать» in the profile and come back."""
    return visitor.sign_in(person, process="connect")


# --- new here ---


def test_a_new_person_is_asked_first_and_comes_with_what_is_proved(visitor):
    visitor.sign_in(VERA)
    page = visitor.client.get(NEWCOMER).content.decode()
    assert "Вера, здравствуйте" in page
    assert VERAS_EMAIL in page
    assert not User.objects.exists()

    answer = visitor.client.post(NEWCOMER, ticks())

    assert (answer.status_code, answer.url) == (302, reverse("onboarding"))
    user = User.objects.get()
    assert (user.surname, user.name, user.patronymic) == ("Смирнова", "Вера", "Павловна")
    assert (user.email, user.phone, user.phone_verified) == (VERAS_EMAIL, VERAS_PHONE, True)
    assert user.onboarding == OnboardingStep.GREETING
    assert user.emailaddress_set.get().verified
    assert not user.has_usable_password()
    assert Consent.objects.filter(user=user, withdrawn_at=None).count() == 2
    assert links() == [(user.pk, str(VERA.oid))]
    assert is_signed_in(visitor.client)
    assert KEPT not in visitor.client.session


@pytest.mark.parametrize("after", ["home", "sign-in"])
def test_without_first_steps_they_begin_with_an_account(visitor, settings, after):
    settings.SIGN_UP_AFTER = after

    assert join(visitor).url == reverse("account-link")
    assert User.objects.get().onboarding == OnboardingStep.DONE


def test_the_next_time_they_are_in_at_once():
    join(Visitor())
    visitor = Visitor()

    answer = visitor.sign_in(VERA, next="/profile/")

    assert (answer.status_code, answer.url) == (302, "/profile/")
    assert is_signed_in(visitor.client)
    assert User.objects.count() == 1
    assert set(SignedInSession.objects.values_list("way", flat=True)) == {"esia"}


def test_without_the_ticks_there_is_nobody(visitor):
    visitor.sign_in(VERA)

    answer = visitor.client.post(NEWCOMER, {})

    assert answer.status_code == 422
    assert not User.objects.exists()
    assert visitor.client.post(NEWCOMER, ticks()).status_code == 302


def test_one_proved_contact_is_enough(visitor):
    join(visitor, GALINA)

    user = User.objects.get()
    assert (user.email, user.phone, user.patronymic) == (None, "+79165550202", "")


def test_whoever_has_no_contacts_proves_one_first(visitor):
    visitor.sign_in(PYOTR)
    assert visitor.client.post(NEWCOMER, ticks()).url == reverse("outside-contact")
    assert not User.objects.exists()

    visitor.client.post(reverse("outside-contact"), {"identifier": "pyotr@example.ru"})
    code = last_code("pyotr@example.ru")
    answer = visitor.client.post(reverse("outside-contact-code"), {"code": code})
    assert (answer.status_code, answer.url) == (302, NEWCOMER)
    visitor.client.post(NEWCOMER, ticks())

    assert links() == [(User.objects.get().pk, str(PYOTR.oid))]


def test_nobody_waits_longer_than_a_quarter_of_an_hour(visitor):
    visitor.sign_in(VERA)
    session = visitor.client.session
    session[KEPT]["at"] -= 901
    session.save()

    assert visitor.client.post(NEWCOMER, ticks()).url == reverse("account_login")
    assert not User.objects.exists()


def test_where_a_person_was_heading_is_kept(visitor):
    answer = visitor.sign_in(VERA, next="/profile/")
    assert answer.url == f"{NEWCOMER}?{urlencode({'next': '/profile/'})}"

    answer = visitor.client.post(NEWCOMER, {**ticks(), "next": "/profile/"})

    assert answer.url == "/profile/"


@pytest.mark.parametrize("wanted", ["https://stranger.example/", "//stranger.example/"])
def test_and_leads_nowhere_else(visitor, wanted):
    visitor.sign_in(VERA)

    answer = visitor.client.post(NEWCOMER, {**ticks(), "next": wanted})

    assert answer.url == reverse("onboarding")


# --- known by a contact ---


@pytest.mark.parametrize(
    "known",
    [
        {"email": VERAS_EMAIL, "phone": None},
        {"email": "other@example.ru", "phone": VERAS_PHONE},
    ],
    ids=["e-mail", "phone"],
)
def test_a_contact_that_is_somebodys_joins_nothing_by_itself(visitor, known):
    person = make_person(**known)
    visitor.sign_in(VERA)

    page = visitor.client.get(NEWCOMER).content.decode()
    answer = visitor.client.post(NEWCOMER, ticks())

    assert "уже есть личный кабинет" in page
    assert answer.status_code == 200
    assert not is_signed_in(visitor.client)
    assert (User.objects.count(), links()) == (1, [])

    sign_in(visitor.client, known["email"], PASSWORD, next=LINK)
    visitor.client.post(LINK)
    assert links() == [(person.pk, str(VERA.oid))]
    assert Visitor().sign_in(VERA).url == reverse("home")


def test_a_contact_nobody_has_proved_is_somebodys_too(visitor):
    User.objects.create(email="a@example.ru", phone=VERAS_PHONE, phone_verified=False)
    visitor.sign_in(VERA)

    assert visitor.client.post(NEWCOMER, ticks()).status_code == 200
    assert User.objects.count() == 1


def test_another_persons_password_links_nothing_to_the_owner(visitor):
    """Whoever signs in decides for their own cabinet only."""
    owner = make_person(email=VERAS_EMAIL, phone=None)
    other = make_person(email="other@example.ru", phone=None)
    visitor.sign_in(VERA)
    sign_in(visitor.client, "other@example.ru", PASSWORD, next=LINK)

    visitor.client.post(LINK)

    assert links() == [(other.pk, str(VERA.oid))]
    assert owner.pk != other.pk


def test_who_would_rather_not_link_is_asked_no_more(visitor):
    make_person(email=VERAS_EMAIL, phone=None)
    visitor.sign_in(VERA)
    sign_in(visitor.client, VERAS_EMAIL, PASSWORD)
    assert "Привязать Госуслуги?" in visitor.client.get(LINK).content.decode()

    assert visitor.client.post(LINK, {"no": "1"}).url == reverse("home")

    assert visitor.client.post(LINK).url == reverse("profile")
    assert links() == []


# --- from the profile ---


@pytest.fixture
def ivan(visitor):
    person = make_person()
    sign_in(visitor.client)
    return person


def test_a_service_is_linked_from_the_profile_and_the_owner_is_told(visitor, ivan):
    assert "Привязать" in visitor.client.get(reverse("profile")).content.decode()
    before = Delivery.objects.count()

    answer = connect(visitor)

    assert (answer.status_code, answer.url) == (302, reverse("profile"))
    assert links() == [(ivan.pk, str(VERA.oid))]
    assert Delivery.objects.count() == before + 2  # e-mail and phone
    page = visitor.client.get(reverse("profile")).content.decode()
    assert "Смирнова Вера Павловна" in page
    assert reverse("service-unlink", args=["esia"]) in page
    ivan.refresh_from_db()
    assert (ivan.surname, ivan.email) == ("", "ivan@example.ru")


def test_linking_twice_is_linking_once(visitor, ivan):
    connect(visitor)
    before = Delivery.objects.count()

    connect(visitor)

    assert links() == [(ivan.pk, str(VERA.oid))]
    assert Delivery.objects.count() == before


def test_what_opens_another_cabinet_is_refused_with_words(visitor, ivan):
    join(Visitor())
    vera = User.objects.exclude(pk=ivan.pk).get()

    answer = connect(visitor)

    assert "уже привязан к другому кабинету" in said(answer)
    assert links() == [(vera.pk, str(VERA.oid))]


def test_a_second_account_of_the_same_service_is_refused(visitor, ivan):
    connect(visitor)

    answer = connect(visitor, GALINA)

    assert "уже привязана другая запись" in said(answer)
    assert links() == [(ivan.pk, str(VERA.oid))]


def test_a_stranger_at_an_open_browser_links_nothing(visitor):
    make_person()
    visitor.client.force_login(User.objects.get())

    asked = visitor.client.post(reverse("esia_login"), {"process": "connect"})
    assert (asked.status_code, urlsplit(asked.url).path) == (302, reverse("account_reauthenticate"))
    answer = visitor.client.post(asked.url, {"password": PASSWORD})

    assert answer.context["address"].startswith("http://127.0.0.1:")


def test_unlinking_asks_and_tells(visitor, ivan):
    connect(visitor)
    address = reverse("service-unlink", args=["esia"])
    assert "Отвязать Госуслуги?" in visitor.client.get(address).content.decode()
    assert len(links()) == 1
    before = Delivery.objects.count()

    answer = visitor.client.post(address)

    assert (answer.url, links()) == (reverse("profile"), [])
    assert Delivery.objects.count() == before + 2
    assert visitor.client.post(address).status_code == 404
    assert Visitor().sign_in(VERA).url == NEWCOMER


def test_the_only_way_in_is_not_unlinked(visitor, settings):
    join(visitor)
    settings.ENTRY_BLOCKS = ["registration", "outside"]

    answer = visitor.client.post(reverse("service-unlink", args=["esia"]))

    assert "Сначала задайте пароль" in said(answer)
    assert len(links()) == 1


def test_a_contact_that_is_not_proved_any_more_is_no_other_way(visitor):
    join(visitor)
    User.objects.update(phone_verified=False)
    User.objects.get().emailaddress_set.update(verified=False)

    answer = visitor.client.post(reverse("service-unlink", args=["esia"]))

    assert "Сначала задайте пароль" in said(answer)
    assert len(links()) == 1


@pytest.mark.parametrize("part", ["code", "recovery"])
def test_without_a_password_a_proved_contact_is_another_way(visitor, settings, part):
    settings.ENTRY_BLOCKS = ["registration", "outside", part]
    join(visitor)

    answer = visitor.client.post(reverse("service-unlink", args=["esia"]))

    assert "больше не открывает кабинет" in said(answer)
    assert links() == []


@pytest.mark.parametrize("name", ["vk", "google"])
def test_what_is_not_linked_is_not_there(visitor, ivan, name):
    assert visitor.client.post(reverse("service-unlink", args=[name])).status_code == 404


def test_a_person_who_is_switched_off_stays_out(visitor):
    join(Visitor())
    User.objects.update(is_active=False)

    answer = visitor.sign_in(VERA)

    assert answer.url == reverse("account_inactive")
    assert not is_signed_in(visitor.client)


def test_where_no_service_is_configured_no_button_is_shown(client, settings):
    assert "Войти через Госуслуги" in client.get(reverse("account_login")).content.decode()

    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert "Войти через" not in client.get(reverse("account_login")).content.decode()


def test_coming_in_again_costs_few_queries(django_assert_max_num_queries):
    join(Visitor())
    visitor = Visitor()
    address = choose(visitor.begin(), person=VERA.oid)

    # Half of them are the session's: the state is consumed before Gosuslugi are asked, savepoints included.
    with django_assert_max_num_queries(17):
        assert visitor.back(address).status_code == 302

"""Taking the second step from somebody who has lost it: master users alone, audited, told (IDN-29, 50)."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kabinet.identity import operations
from kabinet.identity.models import User
from kabinet.identity.operations import keys
from kabinet.kernel.actors import SYSTEM, Actor, ActorKind, Role
from kabinet.kernel.limits import TooManyAttempts
from kabinet.kernel.models import AuditEntry
from kabinet.providers.models import StaffMember
from tests.factories import ProviderFactory, UserFactory
from tests.identity.mail import texts
from tests.web.entry import EMAIL, PHONE, is_signed_in, make_person, sign_in
from tests.web.keys import app_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sms")]
LIST = reverse("admin:identity_user_changelist")
MASTER, MASTERS_PASSWORD = "master@example.ru", "ключ от всех дверей"
Kind = Authenticator.Type


@pytest.fixture
def sms(settings):
    settings.SMS_CONNECTOR = "mailbox"


@pytest.fixture
def master(client):
    User.objects.create_superuser(MASTER, MASTERS_PASSWORD)
    sign_in(client, MASTER, MASTERS_PASSWORD)
    return client


@pytest.fixture
def locked_out():
    """Somebody whose app is lost."""
    person, browser = make_person(), Client()
    sign_in(browser)
    secret = browser.get(reverse("mfa_activate_totp")).context["secret"].replace(" ", "")
    browser.post(reverse("mfa_activate_totp"), {"code": app_code(secret)})
    return person


def _page(person):
    return reverse("admin:identity_user_change", args=[person.pk])


def _confirm(person):
    return reverse("admin:identity_user_second_step", args=[person.pk])


def _prove(client):
    client.post(reverse("account_reauthenticate"), {"password": MASTERS_PASSWORD})


def _forget_proof(client):
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 3600
    session.save()


def _kinds(person):
    return set(Authenticator.objects.filter(user=person).values_list("type", flat=True))


def _guess(person):
    keys.pass_second_step(user_id=person.pk, code="000000", at=timezone.now())


def test_a_person_is_found_by_a_whole_contact_only(master, locked_out):
    for unnamed in ({}, {"q": ""}, {"q": "ivan"}, {"q": "ivan@"}, {"q": "912345"}):
        assert _page(locked_out) not in master.get(LIST, unnamed).content.decode()

    for written in (EMAIL.upper(), PHONE, "8 (912) 345-67-89"):
        assert _page(locked_out) in master.get(LIST, {"q": written}).content.decode()


def test_the_step_is_taken_after_a_question_audited_and_told(master, locked_out):
    assert _confirm(locked_out) in master.get(_page(locked_out)).content.decode()
    _prove(master)
    asked = master.get(_confirm(locked_out)).content.decode()
    assert ("Снять второй шаг?" in asked, EMAIL in asked) == (True, True)
    assert _kinds(locked_out) == {Kind.TOTP, Kind.RECOVERY_CODES}
    browser = Client()
    sign_in(browser)
    assert not is_signed_in(browser)

    answer = master.post(_confirm(locked_out), follow=True)

    assert "Второй шаг снят, человек получит сообщение." in answer.content.decode()
    assert _confirm(locked_out) not in answer.content.decode()
    assert _kinds(locked_out) == set()
    for contact in (EMAIL, PHONE):
        assert "Служба поддержки по обращению сняла второй шаг" in texts(contact)[-1]
    entry = AuditEntry.objects.get(action="identity.second_step.remove")
    assert (entry.actor_kind, entry.actor_id) == ("staff", User.objects.get(email=MASTER).pk)
    assert entry.subject == f"identity.User:{locked_out.pk}"
    browser = Client()
    sign_in(browser)
    assert is_signed_in(browser)


def test_every_look_at_a_person_is_written_down(master, locked_out):
    master.get(_page(locked_out))

    looks = AuditEntry.objects.filter(action="identity.person.look")
    assert [look.subject for look in looks] == [f"identity.User:{locked_out.pk}"]


def test_tries_used_up_with_a_lost_app_hold_nobody_up(master, locked_out):
    for _try in range(5):
        with pytest.raises(keys.SecondStepRefused):
            _guess(locked_out)
    with pytest.raises(TooManyAttempts):
        _guess(locked_out)
    _prove(master)
    master.post(_confirm(locked_out))

    with pytest.raises(keys.SecondStepRefused):
        _guess(locked_out)


def test_who_sits_at_the_desk_is_asked_first(master, locked_out):
    _prove(master)
    assert master.get(_confirm(locked_out)).status_code == 200
    _forget_proof(master)

    for answer in (master.get(_confirm(locked_out)), master.post(_confirm(locked_out))):
        assert answer.url.startswith(reverse("account_reauthenticate"))
    assert _kinds(locked_out) == {Kind.TOTP, Kind.RECOVERY_CODES}


def test_nothing_else_is_changed_here(master, locked_out):
    assert master.post(_page(locked_out), {"email": "eva@example.ru"}).status_code == 403
    delete = reverse("admin:identity_user_delete", args=[locked_out.pk])
    assert master.post(delete, {"post": "yes"}).status_code == 403
    assert master.get(reverse("admin:identity_user_add")).status_code == 403
    assert User.objects.get(pk=locked_out.pk).email == EMAIL


def test_the_second_time_says_that_it_is_off(master, locked_out):
    _prove(master)
    master.post(_confirm(locked_out))
    told = len(texts(EMAIL))

    again = master.post(_confirm(locked_out), follow=True)

    assert "Второй шаг уже выключен." in again.content.decode()
    assert len(texts(EMAIL)) == told


def test_the_own_step_is_not_taken_here(master):
    own = User.objects.get(email=MASTER)
    _prove(master)

    answer = master.post(_confirm(own), follow=True)

    assert "Свой второй шаг выключают в своём профиле." in answer.content.decode()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("is_staff", [True, False])
def test_a_providers_people_have_none_of_it(client, locked_out, role, is_staff):
    worker = UserFactory(is_staff=is_staff)
    StaffMember.objects.create(user=worker, provider=ProviderFactory(), role=role)
    client.force_login(worker)

    for address in (LIST, _page(locked_out), _confirm(locked_out)):
        assert client.get(address).status_code in {302, 403, 404}
        assert client.post(address).status_code in {302, 403, 404}
    assert "identity/user" not in client.get(reverse("admin:index")).content.decode()
    assert _kinds(locked_out) == {Kind.TOTP, Kind.RECOVERY_CODES}


@pytest.mark.parametrize("kind", [ActorKind.CUSTOMER, ActorKind.STAFF])
def test_the_operation_itself_asks_who_acts(locked_out, kind):
    somebody = Actor(kind, user_id=UserFactory(is_staff=True).pk)
    dismissed = UserFactory(is_staff=True, is_superuser=True, is_active=False)
    master_as_customer = Actor.customer(UserFactory(is_staff=True, is_superuser=True).pk)
    actors = (somebody, Actor(ActorKind.STAFF, user_id=dismissed.pk), master_as_customer)

    for actor in actors:
        with pytest.raises(operations.NotForThisPerson):
            operations.remove_second_step(actor=actor, user_id=locked_out.pk, at=timezone.now())
    with pytest.raises(operations.NotForThisPerson):
        operations.remove_second_step(actor=SYSTEM, user_id=locked_out.pk, at=timezone.now())
    assert _kinds(locked_out) == {Kind.TOTP, Kind.RECOVERY_CODES}


def test_a_foreign_page_cannot_take_it(locked_out):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser(MASTER, MASTERS_PASSWORD))

    assert browser.post(_confirm(locked_out)).status_code == 403
    assert _kinds(locked_out) == {Kind.TOTP, Kind.RECOVERY_CODES}

"""What belongs to a part that is off is refused by the operations themselves, whoever calls them (IDN-01).

Each case is begun while the part is on, refused without a trace once it is off, and goes through when it is on again.
"""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.db import SessionStore
from django.core.checks import Tags, run_checks
from django.test import RequestFactory
from django.utils import timezone

from kabinet.accounts import guests
from kabinet.channels.models import Delivery
from kabinet.config.presets import ENTRY_PARTS
from kabinet.identity import operations, passkeys, services
from kabinet.identity.enums import CodePurpose, Service
from kabinet.identity.identifiers import identify
from kabinet.identity.models import OneTimeCode, QrSignIn, User
from kabinet.identity.newcomers import Newcomer
from kabinet.identity.operations import keys
from kabinet.identity.parts import EntryPart, PartOff
from kabinet.identity.queries import required_documents
from kabinet.kernel.actors import Actor, ActorKind, Errand
from kabinet.kernel.models import AuditEntry
from kabinet.metering.guests import get_guest_summary
from kabinet.payments.queries.guests import get_guest_errands, some_provider_takes_guests_money
from kabinet.providers.enums import GuestCheck
from tests.factories.payments import merchant_of
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, make_person
from tests.web.guests import INITIALS, account_b
from tests.web.keys import Device

pytestmark = pytest.mark.django_db

NEW, UNKNOWN = "берёза у старого моста", "anna@example.ru"
VISITOR = Actor(ActorKind.NOBODY, address="203.0.113.7")
LETTER = identify(UNKNOWN)


def now():
    return timezone.now()


def documents():
    return frozenset(row.pk for row in required_documents())


def begun_sign_up():
    return operations.start_sign_up(
        actor=VISITOR, identifier=LETTER, password=NEW, document_ids=documents(), at=now()
    )


def start_sign_up(_settings):
    return begun_sign_up


def amend_sign_up(_settings):
    pending = begun_sign_up()
    return lambda: operations.amend_sign_up(
        pending=pending, password=PASSWORD, document_ids=documents()
    )


def resend_sign_up(settings):
    settings.CODE_RESEND_AFTER = dt.timedelta(0)
    pending = begun_sign_up()
    return lambda: operations.resend_sign_up(pending=pending, at=now())


def confirm_sign_up(_settings):
    pending = begun_sign_up()
    code = last_code(UNKNOWN)
    return lambda: operations.confirm_sign_up(
        actor=VISITOR, pending=pending, code=code, user_agent="", at=now()
    )


def begun_link(settings):
    settings.SIGN_UP_PROOF = "link"
    begun_sign_up()
    row = OneTimeCode.objects.get()
    return row, texts(UNKNOWN)[-1].split(f"{row.public_id}/")[1].split("/")[0]


def finish_by_link(settings):
    row, secret = begun_link(settings)
    return lambda: operations.finish_by_link(
        actor=VISITOR, public_id=row.public_id, secret=secret, user_agent="", at=now()
    )


def send_link_again(settings):
    settings.CODE_RESEND_AFTER = dt.timedelta(0)
    row, secret = begun_link(settings)
    return lambda: operations.send_link_again(public_id=row.public_id, secret=secret, at=now())


LIDIA = Newcomer(Service.VK, "501", "Лидия", {}, email="lidia@example.ru")


def create_from_service(_settings):
    return lambda: operations.create_from_service(
        actor=VISITOR, newcomer=LIDIA, document_ids=documents(), user_agent="", at=now()
    )


def ask_newcomer_contact(_settings):
    return lambda: operations.ask_newcomer_contact(actor=VISITOR, identifier=LETTER, at=now())


def ask_newcomer_contact_again(settings):
    settings.CODE_RESEND_AFTER = dt.timedelta(0)
    code_id = operations.ask_newcomer_contact(actor=VISITOR, identifier=LETTER, at=now())
    return lambda: operations.ask_newcomer_contact_again(
        code_id=code_id, identifier=LETTER, at=now()
    )


def prove_newcomer_contact(_settings):
    code_id = operations.ask_newcomer_contact(actor=VISITOR, identifier=LETTER, at=now())
    code, newcomer = last_code(UNKNOWN), Newcomer(Service.VK, "501", "Лидия")
    return lambda: operations.prove_newcomer_contact(
        actor=VISITOR, newcomer=newcomer, code_id=code_id, code=code, at=now()
    )


def link_service(_settings):
    actor = Actor.customer(make_person().pk)
    return lambda: operations.link_service(actor=actor, newcomer=LIDIA, at=now())


def code_asked(purpose):
    make_person()
    return operations.ask_code(actor=VISITOR, purpose=purpose, identifier=identify(EMAIL), at=now())


def code_confirmed(purpose):
    code_id = code_asked(purpose)
    operations.confirm_code(
        actor=VISITOR, purpose=purpose, code_id=code_id, code=last_code(EMAIL), at=now()
    )
    return code_id


def _asking(purpose):
    def ask_code(_settings):
        make_person()
        return lambda: operations.ask_code(
            actor=VISITOR, purpose=purpose, identifier=identify(EMAIL), at=now()
        )

    return ask_code


def _asking_again(purpose):
    def ask_code_again(settings):
        settings.CODE_RESEND_AFTER = dt.timedelta(0)
        code_id = code_asked(purpose)
        return lambda: operations.ask_code_again(
            purpose=purpose, code_id=code_id, identifier=identify(EMAIL), at=now()
        )

    return ask_code_again


def sign_in_by_code(_settings):
    code_id = code_asked(CodePurpose.SIGN_IN)
    code = last_code(EMAIL)
    return lambda: operations.sign_in_by_code(actor=VISITOR, code_id=code_id, code=code, at=now())


def confirm_code(_settings):
    code_id = code_asked(CodePurpose.RECOVERY)
    code = last_code(EMAIL)
    return lambda: operations.confirm_code(
        actor=VISITOR, purpose=CodePurpose.RECOVERY, code_id=code_id, code=code, at=now()
    )


def choose_password(_settings):
    code_id = code_confirmed(CodePurpose.RECOVERY)
    return lambda: operations.choose_password(
        actor=VISITOR, code_id=code_id, password=NEW, at=now()
    )


def keep_chosen_password(_settings):
    code_id = code_confirmed(CodePurpose.RECOVERY)
    hashed = operations.hash_acceptable(identifier=identify(EMAIL), password=NEW)
    return lambda: operations.keep_chosen_password(
        actor=VISITOR, code_id=code_id, hashed=hashed, at=now()
    )


def ask_temporary_password(_settings):
    make_person()
    return lambda: operations.ask_temporary_password(
        actor=VISITOR, purpose=CodePurpose.RECOVERY, identifier=identify(EMAIL), at=now()
    )


def issue_qr(_settings):
    return lambda: operations.issue_qr(actor=VISITOR, user_agent="", at=now())


def read_qr(_settings):
    shown = operations.issue_qr(actor=VISITOR, user_agent="", at=now())
    return lambda: operations.read_qr(public_id=shown.public_id, code=shown.code, at=now())


def decide_qr(_settings):
    shown = operations.issue_qr(actor=VISITOR, user_agent="", at=now())
    actor = Actor.customer(make_person().pk)
    return lambda: operations.decide_qr(
        actor=actor, public_id=shown.public_id, code=shown.code, is_confirmed=True, at=now()
    )


def spend_qr(_settings):
    shown = operations.issue_qr(actor=VISITOR, user_agent="", at=now())
    operations.decide_qr(
        actor=Actor.customer(make_person().pk),
        public_id=shown.public_id,
        code=shown.code,
        is_confirmed=True,
        at=now(),
    )
    return lambda: operations.spend_qr(public_id=shown.public_id, browser=shown.browser, at=now())


def browser_request():
    request = RequestFactory().post("/")
    request.session = SessionStore()
    return request


def begin_adding(_settings):
    actor = Actor.customer(make_person().pk)
    return lambda: passkeys.begin_adding(browser_request(), actor=actor)


def add_passkey(_settings):
    actor, request = Actor.customer(make_person().pk), browser_request()
    made = Device().create(passkeys.begin_adding(request, actor=actor))
    credential = passkeys.finish_adding(request, answer=made)
    return lambda: keys.add_passkey(actor=actor, name="Мой", credential=credential, at=now())


def begin_asking(_settings):
    return lambda: passkeys.begin_asking(browser_request())


def prove_by_passkey(_settings):
    actor, request, device = Actor.customer(make_person().pk), browser_request(), Device()
    made = device.create(passkeys.begin_adding(request, actor=actor))
    credential = passkeys.finish_adding(request, answer=made)
    keys.add_passkey(actor=actor, name="Мой", credential=credential, at=now())
    answer = device.get(passkeys.begin_asking(request, actor=actor))
    return lambda: passkeys.prove(request, actor=actor, answer=answer)


R, C, Q, K = EntryPart.RECOVERY, EntryPart.CODE, EntryPart.QR, EntryPart.PASSKEY
SIGN_UP, OUTSIDE = EntryPart.REGISTRATION, EntryPart.OUTSIDE
CASES = [
    *((SIGN_UP, case) for case in (start_sign_up, amend_sign_up, resend_sign_up, confirm_sign_up)),
    *((SIGN_UP, case) for case in (finish_by_link, send_link_again)),
    *(
        (part, case)
        for part in (SIGN_UP, OUTSIDE)
        for case in (
            create_from_service,
            ask_newcomer_contact,
            ask_newcomer_contact_again,
            prove_newcomer_contact,
        )
    ),
    (OUTSIDE, link_service),
    *((R, case(CodePurpose.RECOVERY)) for case in (_asking, _asking_again)),
    *((R, case) for case in (confirm_code, choose_password, keep_chosen_password)),
    (R, ask_temporary_password),
    *((C, case(CodePurpose.SIGN_IN)) for case in (_asking, _asking_again)),
    (C, sign_in_by_code),
    *((Q, case) for case in (issue_qr, read_qr, decide_qr, spend_qr)),
    *((K, case) for case in (begin_adding, add_passkey, begin_asking, prove_by_passkey)),
]


def leave_out(settings, *parts):
    settings.ENTRY_BLOCKS = [name for name in ENTRY_PARTS if name not in parts]


def traces():
    """Everything that a refused operation might have left behind."""
    tables = (User, OneTimeCode, QrSignIn, SocialAccount, Authenticator, Delivery, AuditEntry)
    codes = OneTimeCode.objects.order_by("pk").values_list("tries", "confirmed_at", "closed_at")
    return [model.objects.count() for model in tables], list(codes)


@pytest.mark.parametrize(
    ("part", "begin"), CASES, ids=[f"{part}-{case.__name__}" for part, case in CASES]
)
def test_an_operation_of_a_part_that_is_off_does_nothing(settings, part, begin):
    settings.SITE_URL = "http://localhost:8000"
    act = begin(settings)
    before = traces()

    leave_out(settings, part)
    with pytest.raises(PartOff) as refusal:
        act()
    assert (refusal.value.part, traces()) == (part, before)

    leave_out(settings)
    act()


def test_a_temporary_password_that_is_on_its_way_opens_nothing_any_more(settings):
    settings.RECOVERY = "temporary"
    person = make_person()
    operations.ask_temporary_password(
        actor=VISITOR, purpose=CodePurpose.RECOVERY, identifier=identify(EMAIL), at=now()
    )
    password = next(word for word in texts(EMAIL)[-1].split() if word.count("-") == 3)

    def come_in():
        return authenticate(browser_request(), email=EMAIL, password=password)

    leave_out(settings, "recovery")
    assert come_in() is None
    leave_out(settings)
    assert come_in() == person


def test_services_are_offered_only_where_they_let_in(settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"vk": {"APPS": [{"client_id": "1", "secret": "2"}]}}
    actor = Actor.customer(make_person().pk)
    operations.link_service(actor=actor, newcomer=LIDIA, at=now())

    assert services.offered_services() == [Service.VK]
    assert [row.service for row in services.get_services(actor=actor)] == [Service.VK]
    leave_out(settings, "outside")
    assert (services.offered_services(), services.get_services(actor=actor)) == ([], [])
    operations.unlink_service(actor=actor, service=Service.VK, at=now())
    assert not SocialAccount.objects.exists()


def proved(errand):
    account = account_b()
    merchant_of(account.provider)
    account.surname, account.name, account.patronymic = "Абрамов", "Борис", "Васильевич"
    account.save()
    filling = guests.Filling(check=GuestCheck.INITIALS, **INITIALS)
    return lambda: guests.prove_account(actor=VISITOR, filling=filling, at=now(), errand=errand)


@pytest.mark.parametrize(
    ("part", "errand"),
    [("guest-readings", Errand.READINGS), ("guest-payment", Errand.PAYING)],
)
def test_guests_prove_nothing_for_a_part_that_is_off_and_the_other_goes_on(settings, part, errand):
    other = Errand.PAYING if errand is Errand.READINGS else Errand.READINGS
    prove = proved(errand)
    actor = prove().actor(address="")
    assert guests.get_guest_account(actor=actor, at=now()).number == INITIALS["number"]
    assert get_guest_errands() == {errand, other}

    leave_out(settings, part)

    with pytest.raises(guests.NumberMalformed):
        prove()
    with pytest.raises(guests.AccountNotFound):
        guests.get_guest_account(actor=actor, at=now())
    assert get_guest_errands() == {other}
    assert some_provider_takes_guests_money() is (other is Errand.PAYING)


def test_a_guests_meters_are_gone_with_the_part(settings):
    actor = proved(Errand.READINGS)().actor(address="")
    assert len(get_guest_summary(actor=actor, at=now()).meters) == 1

    leave_out(settings, "guest-readings")

    assert list(get_guest_summary(actor=actor, at=now()).meters) == []


@pytest.mark.parametrize(
    ("left", "phone", "warned"),
    [
        (["recovery"], "", False),
        (["code"], "", False),
        (["support"], "8 800 775-62-62", False),
        (["support"], "", True),
        ([], "8 800 775-62-62", True),
        (["registration", "qr", "passkey", "outside"], "", True),
    ],
)
def test_a_forgotten_password_must_have_a_way_back(settings, left, phone, warned):
    settings.ENTRY_BLOCKS, settings.SUPPORT_PHONE, settings.SUPPORT_EMAIL = left, phone, ""

    found = run_checks(tags=[Tags.compatibility], include_deployment_checks=True)

    assert ("identity.W002" in {problem.id for problem in found}) is warned

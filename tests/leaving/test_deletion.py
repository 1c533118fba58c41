"""A person leaves for good: what goes, what stays, who is told (IDN-47, 48; OPX-27)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage

from kabinet.accounts.models import AccountLink, AccountLinkEvent, LinkRequest
from kabinet.accounts.operations import leaving as accounts_leaving
from kabinet.channels.models import Delivery
from kabinet.identity import archives
from kabinet.identity.enums import CodePurpose, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import Consent, Deletion, OneTimeCode, PersonalArchive, User
from kabinet.identity.operations import ask_code, leaving
from kabinet.kernel.models import AuditEntry
from kabinet.metering.models import Reading
from kabinet.payments.gateways.base import Means
from kabinet.payments.models import Autopay, CartItem, Checkout, FiscalReceipt, SavedCard
from kabinet.payments.operations import attempts, cards
from kabinet.payments.operations import leaving as payments_leaving
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.providers.models import StaffMember
from tests.leaving.people import NOW, household, person, with_autopay
from tests.payments.memory_bank import BOOKS
from tests.payments.payers import ledger, line, order

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def leave(home, at=NOW):
    return leaving.ask_deletion(actor=home.actor, at=at)


def pay(home, *, is_paid=True, **more):
    asked = order(line(home.account), email="chek@example.ru", **more)
    checkout_id = open_checkout(actor=home.actor, order=asked, at=NOW)
    attempts.pay(actor=home.actor, checkout_id=checkout_id, at=NOW)
    checkout = Checkout.objects.get(public_id=checkout_id)
    attempt = checkout.parts.get().attempts.get()
    if is_paid:
        finish(attempt)
    return checkout, attempt


def finish(attempt, means=None):
    attempt.refresh_from_db()
    BOOKS.pay(attempt.acquirer_id)
    if means is not None:
        truth = BOOKS.payments[attempt.acquirer_id]
        BOOKS.payments[attempt.acquirer_id] = replace(truth, means=means)
    attempts.check(attempt_id=attempt.pk, at=NOW)


def test_nothing_of_the_person_is_left():
    home = household()
    with_autopay(home)
    Session.objects.create(session_key="key-anna", session_data="x", expire_date=NOW + DAY)
    ask_code(
        actor=home.actor,
        purpose=CodePurpose.SIGN_IN,
        identifier=Identifier(IdentifierKind.EMAIL, "anna@example.ru"),
        at=NOW,
    )

    assert leave(home)

    left = {
        model.__name__: model.objects.count()
        for model in (
            *(EmailAddress, Consent, OneTimeCode, PersonalArchive, Session),
            *(AccountLink, LinkRequest, CartItem),
        )
    }
    assert left == dict.fromkeys(left, 0)
    assert not User.objects.filter(pk=home.user.pk).exists()
    assert SavedCard.objects.values_list("user", "token").get() == (None, "")
    assert Autopay.objects.values_list("user", "state", "email").get() == (None, "off", "")


def test_the_act_says_what_was_destroyed_and_names_nobody():
    home = household()
    with_autopay(home)

    leave(home)

    act = Deletion.objects.get()
    assert (act.person, act.user_id, act.done_at) == (home.user.public_id, None, NOW)
    assert act.erased["identity.Consent"] == 2
    assert act.erased["accounts.AccountLink"] == 1
    assert act.erased["payments.SavedCard"] == 1
    assert {proof["document"] for proof in act.consents} == {
        "personal-data-consent",
        "user-agreement",
    }
    told = f"{act.erased} {act.consents}"
    assert [mark for mark in ("anna", "912345", "192.0.2") if mark in told.lower()] == []


def test_the_trail_remembers_who_did_it():
    home = household()

    leave(home)

    entry = AuditEntry.objects.get(action="identity.person.delete")
    assert (entry.actor_id, entry.subject) == (
        home.user.pk,
        f"identity.Deletion:{Deletion.objects.get().pk}",
    )


def test_the_provider_finds_it_in_its_feed_and_forgets_nothing_else():
    home = household()
    AccountLinkEvent.objects.create(
        provider=home.account.provider,
        account=home.account,
        event="linked",
        at=NOW,
        email="anna@example.ru",
        export_number=1,
    )

    leave(home)

    rows = AccountLinkEvent.objects.order_by("pk").values_list("event", "email", "export_number")
    assert list(rows) == [("linked", "", 1), ("deleted", "anna@example.ru", None)]
    later = NOW + 31 * DAY
    assert accounts_leaving.forget_contacts_of_deleted(at=later) == 1
    assert set(AccountLinkEvent.objects.values_list("email", flat=True)) == {""}


def test_readings_and_another_holder_stay():
    anna = household("anna")
    boris = household("boris", phone="+79990001122", account=anna.account)

    leave(anna)

    assert AccountLink.objects.get().user_id == boris.user.pk
    assert LinkRequest.objects.get().user_id == boris.user.pk
    submitted = Reading.objects.order_by("pk").values_list("submitted_by", flat=True)
    assert list(submitted) == [None, boris.user.pk]


def test_money_stays_in_the_ledger_without_name_and_contact():
    home = household()
    home.merchant.issues_receipts = True
    home.merchant.save()
    checkout, attempt = pay(home)
    attempt.refresh_from_db()
    assert attempt.asked["receipt"]["email"] == "chek@example.ru"
    FiscalReceipt.objects.update(state="registered", next_check_at=None)

    leave(home)

    checkout.refresh_from_db()
    assert (checkout.user, checkout.receipt_email, checkout.address) == (None, "", "")
    kept = attempt.asked["receipt"]
    attempt.refresh_from_db()
    assert attempt.asked["receipt"] == {**kept, "email": ""}
    assert FiscalReceipt.objects.get().contact == ""
    assert ledger(home.account) == [("paid", Decimal("500.00"))]


def test_a_payment_in_the_banks_hands_is_booked_and_then_loses_its_contact():
    home = household()
    checkout, attempt = pay(home, is_paid=False)

    leave(home)

    checkout.refresh_from_db()
    assert (checkout.user, checkout.receipt_email) == (None, "chek@example.ru")
    finish(attempt)
    assert ledger(home.account) == [("paid", Decimal("500.00"))]
    assert payments_leaving.forget_contacts_of_deleted(at=NOW + DAY) == 1
    checkout.refresh_from_db()
    assert (checkout.receipt_email, checkout.address) == ("", "")


def test_a_card_that_the_bank_saves_after_its_person_left_is_forgotten_there(drawer):
    home = household()
    _checkout, attempt = pay(home, is_paid=False)
    leave(home)
    Checkout.objects.update(save_card=True)

    finish(attempt, means=Means(token="late-token", system="Mir", last4="4477"))
    cards.forget_cards(at=NOW)

    assert SavedCard.objects.values_list("user", "token", "forget_token").get() == (None, "", "")
    assert [token for token, _payer in drawer.forgotten] == ["late-token"]


def test_saved_cards_are_forgotten_at_the_bank(drawer):
    home = household()
    token = with_autopay(home).card.token

    leave(home)
    cards.forget_cards(at=NOW)

    assert [forgotten for forgotten, _payer in drawer.forgotten] == [token]


def test_the_same_contacts_sign_up_anew():
    home = household()
    leave(home)

    anew = person("anna", "+79123456789")

    assert anew.public_id != home.user.public_id
    assert not AccountLink.objects.filter(user=anew).exists()


def test_the_archive_goes_with_its_file(django_capture_on_commit_callbacks):
    home = household()
    archives.request_archive(actor=home.actor, at=NOW)
    archives.make_archive(archive_id=PersonalArchive.objects.get().pk, at=NOW)
    key = PersonalArchive.objects.get().file

    with django_capture_on_commit_callbacks(execute=True):
        leave(home)

    assert not default_storage.exists(key)


def test_an_archive_being_made_for_somebody_who_left_is_thrown_away(monkeypatch):
    home = household()
    archives.request_archive(actor=home.actor, at=NOW)
    packed = archives._packed

    def packed_slowly(user_id, *, at):
        content = packed(user_id, at=at)
        leave(home)
        return content

    monkeypatch.setattr(archives, "_packed", packed_slowly)
    stored = []
    monkeypatch.setattr(archives.files, "discard", stored.append)

    archives.make_archive(archive_id=PersonalArchive.objects.get().pk, at=NOW)

    assert (len(stored), PersonalArchive.objects.count()) == (1, 0)


def test_only_the_farewell_goes_to_the_former_contact():
    home = household()

    leave(home)

    told = Delivery.objects.get(recipient__in=["anna@example.ru", "+79123456789"])
    assert "учётная запись удалена" in told.text


@pytest.mark.parametrize("who", ["is_staff", "is_superuser", "member"])
def test_staff_stay_and_are_told_why(who):
    home = household()
    if who == "member":
        StaffMember.objects.create(provider=home.account.provider, user=home.user, role="operator")
    else:
        User.objects.update(**{who: True})

    with pytest.raises(leaving.StaffStay):
        leave(home)

    assert User.objects.count() == 1
    assert AccountLink.objects.filter(ended_at=None).count() == 1
    assert not Deletion.objects.exists()


def test_pressed_again_it_changes_nothing():
    home = household()

    assert leave(home)
    assert leave(home)

    assert Deletion.objects.count() == 1


@pytest.fixture
def _grace(settings):
    settings.DELETE_GRACE = dt.timedelta(days=14)


@pytest.mark.usefixtures("_grace")
def test_with_time_to_think_nothing_goes_until_it_is_over():
    home = household()

    assert not leave(home)
    assert not leave(home, at=NOW + DAY)

    assert leaving.get_planned_deletion(actor=home.actor) == NOW + 14 * DAY
    assert Delivery.objects.filter(recipient="+79123456789").count() == 1
    assert leaving.get_due_deletions(at=NOW + 13 * DAY) == []
    leaving.carry_out_deletion(deletion_id=Deletion.objects.get().pk, at=NOW + 13 * DAY)
    assert User.objects.count() == 1

    (due,) = leaving.get_due_deletions(at=NOW + 14 * DAY)
    leaving.carry_out_deletion(deletion_id=due, at=NOW + 14 * DAY)
    leaving.carry_out_deletion(deletion_id=due, at=NOW + 14 * DAY)
    assert not User.objects.exists()
    assert Deletion.objects.get().done_at == NOW + 14 * DAY


@pytest.mark.usefixtures("_grace")
def test_taken_back_it_never_happens():
    home = household()
    leave(home)
    planned = Deletion.objects.get().pk

    leaving.take_back_deletion(actor=home.actor, at=NOW + DAY)
    leaving.carry_out_deletion(deletion_id=planned, at=NOW + 20 * DAY)

    assert (User.objects.count(), Deletion.objects.count()) == (1, 0)
    with pytest.raises(leaving.TooLateToStay):
        leaving.take_back_deletion(actor=home.actor, at=NOW + DAY)


def test_the_act_itself_is_forgotten_after_three_years():
    leave(household())

    assert leaving.forget_old_acts(at=NOW + 3 * 365 * DAY) == 0
    assert leaving.forget_old_acts(at=NOW + 1100 * DAY) == 1


@pytest.mark.parametrize("more", [0, 3])
def test_leaving_costs_no_more_for_more_payments(more, django_assert_max_num_queries):
    home = household()
    for _number in range(1 + more):
        pay(home, again=True)

    with django_assert_max_num_queries(95):
        leave(home)

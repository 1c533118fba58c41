"""Asking the provider's staff to confirm an account, and what they do with it (ACC-11, 13)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kabinet.accounts import operations
from kabinet.accounts.enums import AccessLevel, LinkEventKind, RequestState
from kabinet.accounts.models import AccountLink, AccountLinkEvent, LinkRequest
from kabinet.accounts.operations import Application
from kabinet.accounts.queries import (
    AccountNotFound,
    RequestNotFound,
    count_waiting_requests,
    get_own_requests,
)
from kabinet.channels.models import Delivery
from kabinet.kernel.actors import Role
from kabinet.kernel.models import AttemptLimit
from kabinet.kernel.workflow import TransitionRefused
from kabinet.providers.enums import Proof, Style
from tests.accounts.cases import (
    AT,
    SERIAL,
    account_a,
    account_c,
    account_of,
    ask,
    person,
    staff,
    trail,
    wanted_c,
)
from tests.factories import AccountFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db

NUMBER_ALONE = {"search_proofs": [], "link_proofs": [Proof.MANUAL]}


def state():
    return LinkRequest.objects.get().state


def approve(actor, request_id, at=AT):
    operations.approve_request(actor=actor, public_id=request_id, at=at)


def refuse(actor, request_id, reason="Данные не совпали."):
    operations.refuse_request(actor=actor, public_id=request_id, reason=reason, at=AT)


def assert_nothing_was_asked():
    assert LinkRequest.objects.count() == 0
    assert trail().count() == 0


class TestAsking:
    def test_a_request_waits_with_the_persons_words_and_links_nothing(self):
        account, (user, actor) = account_c(), person()

        ask(actor, account, name="  Абрамов   Борис ", comment=" Я сын владельца. ")

        row = LinkRequest.objects.get()
        assert (row.user, row.account, row.number) == (user, account, "12345678")
        assert (row.applicant, row.comment) == ("Абрамов Борис", "Я сын владельца.")
        assert (row.state, row.created_at, row.decided_at) == (RequestState.WAITING, AT, None)
        assert AccountLink.objects.count() == 0
        assert [entry.action for entry in trail()] == ["accounts.request.send"]

    def test_the_search_proofs_must_fit_and_wrong_ones_are_counted(self):
        account, (_user, actor) = account_c(), person()

        with pytest.raises(operations.AccountNotMatched, match="Осталось попыток: 4"):
            ask(actor, account, search={Proof.SURNAME: "Петров"})
        with pytest.raises(operations.AccountNotMatched, match="Осталось попыток: 4"):
            ask(actor, account, number="87654321")

        assert_nothing_was_asked()
        assert ask(actor, account)

    def test_a_fitting_request_costs_no_try(self):
        account, (_user, actor) = account_c(), person()
        ask(actor, account)

        assert AttemptLimit.objects.filter(failures__gt=0).count() == 0

    def test_staff_who_do_not_confirm_are_not_asked(self):
        account = account_c(rules={"link_proofs": [Proof.METER]})

        with pytest.raises(operations.ProofRequired):
            ask(person()[1], account)
        assert_nothing_was_asked()

    def test_no_answer_stands_for_the_staff(self):
        account, (_user, actor) = account_c(), person()
        wanted = wanted_c(account, proof=Proof.MANUAL, answer="да")

        with pytest.raises(operations.ProofRequired):
            operations.link_account(actor=actor, wanted=wanted, at=AT)
        assert AccountLink.objects.count() == 0
        assert AttemptLimit.objects.count() == 0

    def test_without_a_name_nobody_is_asked(self):
        with pytest.raises(operations.ApplicantUnnamed):
            ask(person()[1], account_c(), name="  ")
        assert_nothing_was_asked()

    def test_consent_is_asked_where_the_provider_asks_it(self):
        account, (_user, actor) = account_c(rules={"consent_at_linking": True}), person()

        with pytest.raises(operations.ConsentRequired):
            ask(actor, account)
        assert_nothing_was_asked()
        ask(actor, account, consents=True)
        assert LinkRequest.objects.get().consents is True

    def test_one_request_is_open_per_person_and_account(self):
        account, (_user, actor) = account_c(), person()
        ask(actor, account)

        with pytest.raises(operations.AlreadyRequested):
            ask(actor, account)
        ask(person()[1], account)

        assert LinkRequest.objects.count() == 2

    def test_a_fourth_request_of_a_day_waits_for_tomorrow(self):
        provider = ProviderFactory(style=Style.C)
        accounts = [AccountFactory(provider=provider, number=f"1000000{n}") for n in range(4)]
        actor = person()[1]
        for account in accounts[:3]:
            ask(actor, account)

        with pytest.raises(operations.TooManyRequests, match="не больше 3"):
            ask(actor, accounts[3], at=AT + dt.timedelta(hours=23))
        assert LinkRequest.objects.count() == 3
        ask(actor, accounts[3], at=AT + dt.timedelta(days=1))

    def test_what_is_open_fully_needs_no_request(self):
        user, actor = person()

        with pytest.raises(operations.AlreadyExtended):
            ask(actor, account_c(holders=[user]))
        assert LinkRequest.objects.count() == 0

    def test_at_the_limit_of_accounts_nobody_is_asked(self, settings):
        settings.LINK_MAX_ACCOUNTS = 1
        user, actor = person()
        AccountFactory(holders=[user])

        with pytest.raises(operations.TooManyAccounts):
            ask(actor, account_c())
        assert LinkRequest.objects.count() == 0

    def test_the_database_keeps_one_open_request_and_states_that_agree(self):
        account, (user, actor) = account_c(), person()
        ask(actor, account)
        copy = LinkRequest(
            user=user,
            provider=account.provider,
            number=account.number,
            applicant="А",
            created_at=AT,
        )

        with pytest.raises(IntegrityError, match="link_request_open_once"), transaction.atomic():
            copy.save()
        for change in ({"state": "approved"}, {"decided_at": AT}, {"reason": "Нет"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                LinkRequest.objects.update(**change)


class TestNumberAlone:
    """Where staff confirm by the number alone, nothing may tell a number in use from one that is not."""

    @pytest.fixture
    def account(self):
        return account_of(Style.C, number="12345678", rules=NUMBER_ALONE)

    def find(self, actor, account, number):
        return operations.find_account(
            actor=actor, wanted=wanted_c(account, number=number, search={}), at=AT
        )

    def test_every_number_goes_on_to_the_request(self, account):
        actor = person()[1]
        known, unknown = (self.find(actor, account, n) for n in ("12345678", "87654321"))

        assert (known.proofs, known.asks_staff) == ((), True)
        assert (unknown.proofs, unknown.asks_staff) == ((), True)

    def test_the_request_is_taken_at_the_same_price(self, account):
        outcomes = []
        for number in ("12345678", "87654321"):
            with CaptureQueriesContext(connection) as queries:
                ask(person()[1], account, number=number, search={})
            outcomes.append(len(queries))

        assert outcomes[0] == outcomes[1]
        rows = LinkRequest.objects.order_by("pk").values_list("number", "account", "state")
        assert list(rows) == [("12345678", account.pk, "waiting"), ("87654321", None, "waiting")]
        shown = get_own_requests(
            actor=person()[1], at=AT
        )  # somebody else's are not shown, known or not
        assert shown == []

    def test_every_request_is_counted_as_a_guess(self, account):
        actor = person()[1]
        for number in ("12345678", "87654321"):
            ask(actor, account, number=number, search={})

        counted = AttemptLimit.objects.filter(purpose="accounts.proof")
        assert list(counted.values_list("failures", flat=True)) == [1, 1]
        assert AttemptLimit.objects.get(purpose="accounts.person").failures == 2

    def test_a_malformed_number_is_hinted_at(self, account):
        with pytest.raises(operations.NumberMalformed, match="8 цифр"):
            ask(person()[1], account, number="1", search={})
        assert_nothing_was_asked()

    def test_staff_cannot_open_what_is_not_there_until_it_comes(self, account):
        _user, actor = person()
        request_id = ask(actor, account, number="87654321", search={})
        operator = staff(account)[1]

        with pytest.raises(operations.AccountUnknown):
            approve(operator, request_id)
        assert (state(), AccountLink.objects.count()) == (RequestState.WAITING, 0)

        came = AccountFactory(provider=account.provider, number="87654321")
        approve(operator, request_id)
        assert AccountLink.objects.get().account == came
        assert LinkRequest.objects.get().account == came


class TestExtension:
    @pytest.fixture
    def limited(self):
        user, actor = person(email="anna@example.ru")
        rules = {"upgrade_proofs": [Proof.METER, Proof.MANUAL]}
        return account_a(limited=[user], rules=rules), actor

    def extend(self, limited, account=None):
        return operations.request_extension(
            actor=limited[1],
            public_id=(account or limited[0]).public_id,
            application=Application(name="Абрамов"),
            at=AT,
        )

    def test_staff_raise_a_limited_link(self, limited):
        request_id = self.extend(limited)
        approve(staff(limited[0])[1], request_id)

        link = AccountLink.objects.get()
        assert (link.level, link.extended_at) == (AccessLevel.EXTENDED, AT)
        assert [event.event for event in AccountLinkEvent.objects.all()] == [LinkEventKind.EXTENDED]

    def test_a_right_answer_meanwhile_closes_the_request(self, limited):
        request_id = self.extend(limited)
        operations.extend_access(
            actor=limited[1],
            public_id=limited[0].public_id,
            proof=Proof.METER,
            answer=SERIAL,
            at=AT,
        )

        assert state() == RequestState.WITHDRAWN
        with pytest.raises(TransitionRefused):
            approve(staff(limited[0])[1], request_id)

    def test_unlinking_closes_the_request(self, limited):
        self.extend(limited)
        operations.unlink_account(actor=limited[1], public_id=limited[0].public_id, at=AT)

        assert state() == RequestState.WITHDRAWN

    def test_only_own_limited_links_at_providers_whose_staff_confirm(self, limited):
        user = UserFactory._meta.model.objects.get(pk=limited[1].user_id)
        with pytest.raises(AccountNotFound):
            self.extend(limited, account_a())
        with pytest.raises(operations.ProofNotOffered):
            self.extend(limited, account_a(limited=[user]))
        with pytest.raises(operations.AlreadyExtended):
            self.extend(limited, account_a(holders=[user]))
        assert LinkRequest.objects.count() == 0


class TestDecision:
    @pytest.fixture
    def asked(self):
        account, (_user, actor) = account_c(), person(email="anna@example.ru")
        return account, ask(actor, account), staff(account)[1]

    def test_approval_links_fully_and_tells_everybody(self, asked):
        account, request_id, operator = asked
        holder = UserFactory(email="boris@example.ru")
        AccountLink.objects.create(
            user=holder, account=account, level="extended", linked_at=AT, extended_at=AT
        )

        approve(operator, request_id)

        link = AccountLink.objects.get(user__email="anna@example.ru")
        assert (link.level, link.is_primary, link.linked_at) == (AccessLevel.EXTENDED, True, AT)
        row = LinkRequest.objects.get()
        assert (row.state, row.decided_at) == (RequestState.APPROVED, AT)
        assert [(entry.action, entry.actor_id) for entry in trail()][1:] == [
            ("accounts.link.open", operator.user_id),
            ("accounts.request.approve", operator.user_id),
        ]
        letters = dict(Delivery.objects.values_list("recipient", "subject"))
        assert letters == {
            "anna@example.ru": "Доступ к лицевому счёту открыт",
            "boris@example.ru": "Ваш лицевой счёт привязал ещё один человек",
        }
        assert "12345678" not in Delivery.objects.get(recipient="anna@example.ru").text

    def test_refusal_tells_the_reason_and_links_nothing(self, asked):
        _account, request_id, operator = asked

        refuse(operator, request_id, reason=" Фамилия \n не совпала. ")

        row = LinkRequest.objects.get()
        assert (row.state, row.reason, row.decided_at) == (
            RequestState.REFUSED,
            "Фамилия не совпала.",
            AT,
        )
        assert AccountLink.objects.count() == 0
        letter = Delivery.objects.get()
        assert letter.recipient == "anna@example.ru"
        assert "Причина: Фамилия не совпала." in letter.text

    def test_a_refusal_has_a_reason(self, asked):
        _account, request_id, operator = asked

        with pytest.raises(operations.ReasonMissing):
            refuse(operator, request_id, reason=" ")
        assert (state(), Delivery.objects.count()) == (RequestState.WAITING, 0)

    @pytest.mark.parametrize("first", [approve, refuse])
    @pytest.mark.parametrize("second", [approve, refuse])
    def test_a_decision_stands(self, asked, first, second):
        _account, request_id, operator = asked
        first(operator, request_id)
        before = (state(), AccountLink.objects.count(), Delivery.objects.count())

        with pytest.raises(TransitionRefused):
            second(operator, request_id)
        assert (state(), AccountLink.objects.count(), Delivery.objects.count()) == before

    @pytest.mark.parametrize("role", [Role.PUBLISHER, Role.INTEGRATOR])
    def test_other_roles_decide_nothing(self, asked, role):
        account, request_id, _operator = asked
        other = staff(account, role)[1]

        for decide in (approve, refuse):
            with pytest.raises(RequestNotFound):
                decide(other, request_id)
        with pytest.raises(RequestNotFound):
            operations.record_look(actor=other, public_id=request_id, at=AT)
        assert state() == RequestState.WAITING

    def test_another_providers_operator_and_the_applicant_decide_nothing(self, asked):
        _account, request_id, operator = asked
        applicant = person()[1]
        for other in (staff(account_c())[1], applicant):
            for decide in (approve, refuse):
                with pytest.raises(RequestNotFound):
                    decide(other, request_id)
            assert count_waiting_requests(actor=other) == 0

        assert (state(), count_waiting_requests(actor=operator)) == (RequestState.WAITING, 1)

    def test_an_account_that_has_gone_is_not_opened(self, asked):
        account, request_id, operator = asked
        account.missing_since = AT
        account.save()

        with pytest.raises(operations.AccountUnknown):
            approve(operator, request_id)
        assert (state(), AccountLink.objects.count()) == (RequestState.WAITING, 0)

    def test_a_full_account_takes_nobody_more(self, asked):
        account, request_id, operator = asked
        account.provider.policy.max_holders = 1
        account.provider.policy.save()
        AccountFactory._meta.model.objects.get(pk=account.pk).links.create(
            user=UserFactory(), level="limited", linked_at=AT
        )

        with pytest.raises(operations.TooManyHolders):
            approve(operator, request_id)
        assert (state(), AccountLink.objects.count()) == (RequestState.WAITING, 1)

    def test_a_full_person_gets_nothing_more(self, asked, settings):
        _account, request_id, operator = asked
        settings.LINK_MAX_ACCOUNTS = 1
        AccountFactory(holders=[LinkRequest.objects.get().user])

        with pytest.raises(operations.TooManyAccounts):
            approve(operator, request_id)
        assert state() == RequestState.WAITING

    def test_a_look_leaves_a_trace(self, asked):
        _account, request_id, operator = asked

        operations.record_look(actor=operator, public_id=request_id, at=AT)

        entry = trail().last()
        assert (entry.action, entry.actor_id) == ("accounts.request.look", operator.user_id)

    def test_who_has_only_a_phone_is_told_by_sms(self, settings):
        settings.SMS_CONNECTOR = "mailbox"
        account = account_c()
        actor = person(email=None, phone="+79123456789", phone_verified=True)[1]

        approve(staff(account)[1], ask(actor, account))

        assert Delivery.objects.get().recipient == "+79123456789"


class TestWithdrawal:
    def test_the_person_takes_it_back_and_may_ask_again(self):
        account, (_user, actor) = account_c(), person()
        request_id = ask(actor, account)

        operations.withdraw_request(actor=actor, public_id=request_id, at=AT)

        assert (state(), get_own_requests(actor=actor, at=AT)) == (RequestState.WITHDRAWN, [])
        with pytest.raises(TransitionRefused):
            operations.withdraw_request(actor=actor, public_id=request_id, at=AT)
        ask(actor, account)

    def test_nobody_else_takes_it_back(self):
        account = account_c()
        request_id = ask(person()[1], account)

        for other in (person()[1], staff(account)[1]):
            with pytest.raises(RequestNotFound):
                operations.withdraw_request(actor=other, public_id=request_id, at=AT)
        with pytest.raises(RequestNotFound):
            operations.withdraw_request(actor=person()[1], public_id=uuid.uuid4(), at=AT)
        assert state() == RequestState.WAITING


def test_the_person_sees_what_waits_and_for_a_month_what_was_refused():
    account, (_user, actor) = account_c(), person()
    refuse(staff(account)[1], ask(actor, account))
    ask(actor, account)

    def shown(at):
        return [(row.state, row.reason) for row in get_own_requests(actor=actor, at=at)]

    waiting, refused = (RequestState.WAITING, ""), (RequestState.REFUSED, "Данные не совпали.")
    assert shown(AT) == [waiting, refused]
    assert shown(AT + dt.timedelta(days=31)) == [waiting]

from __future__ import annotations

import datetime as dt

import pytest

from kabinet.accounts import operations, proofs
from kabinet.accounts.enums import AccessLevel, LinkEventKind
from kabinet.accounts.events import AccountLinked
from kabinet.accounts.models import AccountLink, AccountLinkEvent
from kabinet.accounts.operations import Wanted
from kabinet.accounts.pins import pin_digest
from kabinet.channels.models import Delivery
from kabinet.kernel import events
from kabinet.kernel.actors import Actor
from kabinet.kernel.models import AttemptLimit
from kabinet.providers.enums import Proof, Style
from kabinet.providers.models import Branch
from kabinet.providers.queries import BranchNotFound, ProviderNotFound
from tests.accounts.cases import (
    AT,
    SERIAL,
    account_a,
    account_b,
    account_d,
    account_of,
    person,
    trail,
    wanted_a,
    wanted_b,
)
from tests.factories import AccountFactory, AccountLinkFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db


TWO_TIER = {"two_tier": True}


def link(actor, wanted, at=AT):
    return operations.link_account(actor=actor, wanted=wanted, at=at)


def find(actor, wanted, at=AT):
    return operations.find_account(actor=actor, wanted=wanted, at=at)


def assert_nothing_happened():
    assert AccountLink.objects.count() == 0
    assert AccountLinkEvent.objects.count() == 0
    assert trail().count() == 0


class TestByNumber:
    def test_the_number_alone_gives_limited_access(self):
        account, (user, actor) = account_a(), person()

        linked = link(actor, wanted_a(account, number=" 330 1635 "))

        row = AccountLink.objects.get()
        assert linked == operations.Linked(account.public_id, AccessLevel.LIMITED)
        assert (row.user, row.account, row.level) == (user, account, AccessLevel.LIMITED)
        assert (row.is_primary, row.linked_at, row.extended_at) == (True, AT, None)

    def test_provider_audit_and_subscribers_are_told(self, monkeypatch):
        monkeypatch.setattr(events, "_subscribers", {AccountLinked: (heard := [])})
        published = []
        heard.append(published.append)
        account, (user, actor) = account_a(), person(email="anna@example.ru")

        link(actor, wanted_a(account))

        told = AccountLinkEvent.objects.values_list("account", "event", "at", "email")
        assert list(told) == [(account.pk, LinkEventKind.LINKED, AT, "anna@example.ru")]
        entry = trail().get()
        assert (entry.action, entry.actor_id, entry.address) == (
            "accounts.link.open",
            user.pk,
            "192.0.2.7",
        )
        assert entry.details == {"level": "limited", "proof": None, "consents": False}
        assert published == [AccountLinked(account.pk, user.pk, AccessLevel.LIMITED, AT)]

    def test_an_unknown_number_is_refused_with_advice(self):
        account, (_user, actor) = account_a(), person()

        with pytest.raises(operations.AccountNotMatched) as refusal:
            link(actor, wanted_a(account, number="9999999"))

        assert str(refusal.value) == (
            "Не нашли такой лицевой счёт. Проверьте, что вы ввели. Если всё верно, обратитесь к поставщику: "
            "возможно, он ещё не передал данные этого счёта. Осталось попыток: 4."
        )
        assert_nothing_happened()

    @pytest.mark.parametrize("number", ["12", "1234567890", "33A1635", "", "3301635\0", "٣٣٠١٦٣٥"])
    def test_a_malformed_number_is_hinted_at_and_not_counted(self, number):
        account, (_user, actor) = account_a(), person()

        with pytest.raises(operations.NumberMalformed, match="от 5 до 9 цифр"):
            link(actor, wanted_a(account, number=number))

        assert AttemptLimit.objects.count() == 0

    def test_leading_zeros_count(self):
        account, (_user, actor) = account_a(number="00049246"), person()

        with pytest.raises(operations.AccountNotMatched):
            link(actor, wanted_a(account, number="49246"))

    def test_an_account_withdrawn_by_its_provider_is_not_found(self):
        account, (_user, actor) = account_a(missing_since=AT), person()

        with pytest.raises(operations.AccountNotMatched):
            link(actor, wanted_a(account))

    def test_a_provider_that_does_not_take_part_is_not_found(self):
        account, (_user, actor) = account_a(), person()
        account.provider.is_active = False
        account.provider.save()

        with pytest.raises(ProviderNotFound):
            link(actor, wanted_a(account))
        assert_nothing_happened()

    def test_the_same_number_at_another_provider_is_another_account(self):
        account, (_user, actor) = account_a(), person()
        other = account_a()

        linked = link(actor, wanted_a(other))

        assert (account.number, linked.public_id) == (other.number, other.public_id)

    def test_a_provider_without_any_proof_never_gives_full_access(self):
        account = account_of(
            Style.C, number="12345678", rules={"search_proofs": [], "link_proofs": []}
        )
        _user, actor = person()

        assert link(actor, wanted_a(account)).level is AccessLevel.LIMITED
        other = person()[1]
        with pytest.raises(operations.ProofRequired):
            link(other, wanted_a(account, proof=Proof.METER, answer=SERIAL))


class TestByProof:
    @pytest.mark.parametrize(
        ("proof", "answer"),
        [
            (Proof.METER, "№ 0741 6852"),
            (Proof.DUE, "1 243,56"),
            (Proof.PAYMENT, "1069.72"),
        ],
    )
    def test_a_right_answer_gives_full_access(self, proof, answer):
        account, (_user, actor) = account_b(), person()

        linked = link(actor, wanted_b(account, proof=proof, answer=answer))

        assert linked.level is AccessLevel.EXTENDED
        row = AccountLink.objects.get()
        assert (row.level, row.extended_at) == (AccessLevel.EXTENDED, AT)
        assert [event.event for event in AccountLinkEvent.objects.order_by("pk")] == [
            LinkEventKind.LINKED,
            LinkEventKind.EXTENDED,
        ]
        assert trail().get().details == {
            "level": "extended",
            "proof": proof.value,
            "consents": True,
        }

    @pytest.mark.parametrize(
        "changes",
        [
            {"number": "805108"},
            {"search": {Proof.INITIALS: "АБГ"}},
            {"answer": "07416853"},
            {"proof": Proof.DUE, "answer": "314,72"},
            {"proof": Proof.PAYMENT, "answer": "1069,73"},
        ],
        ids=["number", "initials", "meter", "due", "payment"],
    )
    def test_whatever_is_wrong_the_words_are_the_same(self, changes):
        account, (_user, actor) = account_b(), person()

        with pytest.raises(operations.AccountNotMatched) as refusal:
            link(actor, wanted_b(account, **changes))

        assert str(refusal.value).startswith("Не нашли такой лицевой счёт. Проверьте")
        assert str(refusal.value).endswith("Осталось попыток: 4.")
        assert_nothing_happened()

    @pytest.mark.parametrize(
        ("proof", "answer"),
        [(Proof.PIN, "1234"), (Proof.SURNAME, "Абрамов"), (Proof.LAST_CHARGE, "31472")],
    )
    def test_a_proof_that_the_provider_does_not_ask_is_refused(self, proof, answer):
        account, (_user, actor) = account_b(), person()

        with pytest.raises(operations.ProofRequired):
            link(actor, wanted_b(account, proof=proof, answer=answer))

        assert_nothing_happened()
        assert AttemptLimit.objects.count() == 0

    @pytest.mark.parametrize(
        ("proof", "answer"), [(Proof.METER, " "), (Proof.DUE, "много"), (Proof.METER, "1\0")]
    )
    def test_no_answer_at_all_costs_no_try(self, proof, answer):
        account, (_user, actor) = account_b(), person()

        with pytest.raises(operations.BadAnswer):
            link(actor, wanted_b(account, proof=proof, answer=answer))

        assert AttemptLimit.objects.count() == 0

    @pytest.mark.parametrize("proof", [Proof.METER, None])
    def test_a_provider_that_asks_for_consent_links_nobody_without_it(self, proof):
        account, (_user, actor) = account_b(rules=TWO_TIER), person()

        with pytest.raises(operations.ConsentRequired):
            link(actor, wanted_b(account, proof=proof, consents=False))

        assert_nothing_happened()
        assert AttemptLimit.objects.count() == 0

    def test_a_two_tier_provider_links_without_an_answer_too(self):
        account, (_user, actor) = account_b(rules=TWO_TIER), person()

        linked = link(actor, wanted_b(account, proof=None, answer=""))

        assert linked.level is AccessLevel.LIMITED

    @pytest.mark.parametrize(
        ("style", "search"),
        [(Style.B, {Proof.INITIALS: "АБВ"}), (Style.C, {Proof.SURNAME: "абрамов"})],
    )
    def test_another_provider_insists_on_an_answer(self, style, search):
        account = account_of(style, number="12345678")
        _user, actor = person()
        wanted = wanted_b(account, search=search, proof=None, answer="")

        with pytest.raises(operations.ProofRequired):
            link(actor, wanted)
        assert_nothing_happened()

    def test_the_first_account_is_primary_and_a_tick_moves_the_mark(self):
        first, second, (_user, actor) = account_b(), account_b(), person()
        link(actor, wanted_b(first))
        link(actor, wanted_b(second))
        third = account_b()
        link(actor, wanted_b(third, make_primary=True))

        marks = dict(AccountLink.objects.values_list("account", "is_primary"))
        assert marks == {first.pk: False, second.pk: False, third.pk: True}

    def test_a_pin_opens_full_access(self, settings):
        account = account_of(Style.A, number="3301635", rules={"link_proofs": [Proof.PIN]})
        account.pin_digest = pin_digest(
            key=settings.PIN_KEY, account_number=account.number, pin="Ж7Q-42"
        )
        account.save()
        actor = person()[1]

        with pytest.raises(operations.AccountNotMatched):
            link(actor, wanted_a(account, proof=Proof.PIN, answer="Ж7Q-43"))
        linked = link(actor, wanted_a(account, proof=Proof.PIN, answer=" Ж7Q-42 "))

        assert linked.level is AccessLevel.EXTENDED


class TestFinding:
    def test_only_questions_with_data_are_offered(self):
        account, (_user, actor) = account_b(), person()

        found = find(actor, wanted_b(account))

        assert (found.provider.code, found.number) == (account.provider.code, "805107")
        assert found.proofs == (Proof.DUE, Proof.PAYMENT, Proof.METER)
        assert found.may_be_limited is False

    def test_an_account_without_meters_or_payments_is_not_asked_about_them(self):
        account, (_user, actor) = account_b(), person()
        account.meters.update(state="removed")
        account.posted_payments.update(received_on=dt.date(2025, 11, 20))

        assert find(actor, wanted_b(account)).proofs == (Proof.DUE,)

    def test_nothing_to_prove_by_and_no_limited_access_is_said_so(self):
        provider = ProviderFactory(style=Style.C, policy__link_proofs=[Proof.METER])
        account, (_user, actor) = AccountFactory(provider=provider, number="12345678"), person()

        with pytest.raises(operations.NoProofAvailable):
            find(actor, wanted_b(account, search={Proof.SURNAME: "АБРАМОВ"}))

    def test_a_branch_narrows_the_search(self):
        account, (_user, actor) = account_b(), person()
        north, south = (
            Branch.objects.create(provider=account.provider, code=code, name=code, region="Юг")
            for code in ("north", "south")
        )
        village = Branch.objects.create(
            provider=account.provider, code="village", name="Село", region="Юг", parent=north
        )
        account.branch = village
        account.save()

        for code in ("", "village", "north"):
            assert find(actor, wanted_b(account, branch_code=code)).number == "805107"
        with pytest.raises(operations.AccountNotMatched):
            find(actor, wanted_b(account, branch_code=south.code))
        with pytest.raises(BranchNotFound):
            find(actor, wanted_b(account, branch_code="nowhere"))

    def test_an_account_of_no_known_branch_is_found_in_any(self):
        account, (_user, actor) = account_b(), person()
        Branch.objects.create(provider=account.provider, code="north", name="С", region="Юг")

        assert find(actor, wanted_b(account, branch_code="north")).number == "805107"

    @pytest.mark.parametrize("first", ["provider", "none"])
    def test_the_address_finds_every_provider_only_where_linking_begins_so(self, settings, first):
        settings.LINK_FIRST_STEP = first
        account, (_user, actor) = account_a(house="10", flat="101"), person()
        wanted = Wanted("", account.number, {Proof.ADDRESS: "10 101"})

        if first == "none":
            assert find(actor, wanted).provider.code == account.provider.code
        else:
            with pytest.raises(operations.AccountNotMatched):
                find(actor, wanted)

    def test_a_fitting_account_costs_no_try(self):
        account, (_user, actor) = account_b(), person()
        for _ in range(10):
            find(actor, wanted_b(account))

        with pytest.raises(operations.AccountNotMatched, match="Осталось попыток: 4"):
            find(actor, wanted_b(account, search={Proof.INITIALS: "XXX"}))

    def test_style_d_finds_the_provider_by_number_house_and_flat(self):
        account, (_user, actor) = account_d(), person()
        account_b(number=account.number, house="10", flat="101")

        found = find(
            actor,
            Wanted("", account.number, {Proof.ADDRESS: "д. 10 кв. 101"}),
        )

        assert found.provider.code == account.provider.code
        assert found.proofs == (Proof.SURNAME,)

    @pytest.mark.parametrize("address", ["10", "10 102", "11 101"])
    def test_style_d_needs_the_flat_of_an_apartment_block(self, address):
        account, (_user, actor) = account_d(), person()

        with pytest.raises(operations.AccountNotMatched):
            find(actor, Wanted("", account.number, {Proof.ADDRESS: address}))

    def test_two_providers_with_one_number_and_address_are_not_guessed_between(self):
        account, (_user, actor) = account_d(), person()
        account_d()

        with pytest.raises(operations.AccountNotMatched):
            find(actor, Wanted("", account.number, {Proof.ADDRESS: "10 101"}))

    @pytest.mark.parametrize("surname", ["абрамов", "АБРАМОВ ", "Абрамов"])
    def test_style_d_links_by_surname(self, surname):
        account, (_user, actor) = account_d(), person()
        wanted = Wanted(
            account.provider.code,
            account.number,
            {Proof.ADDRESS: "10 101"},
            proof=Proof.SURNAME,
            answer=surname,
        )

        assert link(actor, wanted).level is AccessLevel.EXTENDED


class TestAttempts:
    def test_after_five_wrong_answers_even_the_right_one_waits_a_day(self):
        account, (_user, actor) = account_b(), person()
        for _ in range(4):
            with pytest.raises(operations.AccountNotMatched):
                link(actor, wanted_b(account, answer="1"))
        with pytest.raises(operations.AccountNotMatched, match="снова ответить можно через 24"):
            link(actor, wanted_b(account, answer="1"))

        with pytest.raises(operations.TooManyAttempts, match="23\xa0ч\xa059\xa0мин"):
            link(actor, wanted_b(account), at=AT + dt.timedelta(minutes=1))
        assert_nothing_happened()
        later = link(actor, wanted_b(account), at=AT + dt.timedelta(days=1))
        assert later.level is AccessLevel.EXTENDED

    def test_search_answers_and_proofs_share_the_count(self):
        account, (_user, actor) = account_b(), person()
        for _ in range(3):
            with pytest.raises(operations.AccountNotMatched):
                find(actor, wanted_b(account, search={Proof.INITIALS: "ФФФ"}))

        with pytest.raises(operations.AccountNotMatched, match="Осталось попыток: 1"):
            link(actor, wanted_b(account, answer="1"))

    def test_finding_the_account_again_does_not_clear_the_guesses(self):
        account, (_user, actor) = account_b(), person()
        for _ in range(4):
            with pytest.raises(operations.AccountNotMatched):
                link(actor, wanted_b(account, answer="1"))
        find(actor, wanted_b(account))

        with pytest.raises(operations.AccountNotMatched, match="Попытки закончились"):
            link(actor, wanted_b(account, answer="1"))

    def test_a_crowd_of_made_up_people_shares_one_count_and_delays_the_owner_by_an_hour(self):
        account, owner = account_b(), person()[1]
        for guesser in [person()[1] for _ in range(10)]:
            for _ in range(5):
                with pytest.raises(operations.AccountNotMatched):
                    link(guesser, wanted_b(account, answer="1"))

        with pytest.raises(operations.TooManyAttempts):
            link(owner, wanted_b(account))
        assert_nothing_happened()
        later = link(owner, wanted_b(account), at=AT + dt.timedelta(hours=1))
        assert later.level is AccessLevel.EXTENDED

    def test_a_guesser_does_not_lock_the_owner_out(self):
        account, guesser, owner = account_b(), person()[1], person()[1]
        for _ in range(6):
            with pytest.raises((operations.AccountNotMatched, operations.TooManyAttempts)):
                link(guesser, wanted_b(account, answer="1"))

        assert link(owner, wanted_b(account)).level is AccessLevel.EXTENDED

    def test_going_through_numbers_is_stopped(self):
        account, (_user, actor) = account_a(), person()
        for number in range(20):
            with pytest.raises(operations.AccountNotMatched):
                link(actor, wanted_a(account, number=f"77000{number:02}"))

        with pytest.raises(operations.TooManyAttempts):
            link(actor, wanted_a(account))
        assert_nothing_happened()

    def test_people_at_one_address_are_counted_together_and_generously(self):
        account = account_a()
        for number in range(100):
            actor = Actor.customer(UserFactory().pk, address="198.51.100.9")
            with pytest.raises(operations.AccountNotMatched):
                link(actor, wanted_a(account, number=f"7700{number:03}"))

        with pytest.raises(operations.TooManyAttempts):
            link(Actor.customer(UserFactory().pk, address="198.51.100.9"), wanted_a(account))
        other = Actor.customer(UserFactory().pk, address="198.51.100.10")
        assert link(other, wanted_a(account)).level is AccessLevel.LIMITED

    def test_linking_by_number_again_and_again_does_not_clear_the_guesses(self):
        account, (_user, actor) = account_a(), person()
        for round_ in range(5):
            link(actor, wanted_a(account))
            with pytest.raises(operations.WrongAnswer):
                operations.extend_access(
                    actor=actor,
                    public_id=account.public_id,
                    proof=Proof.METER,
                    answer=f"{round_}",
                    at=AT,
                )
            operations.unlink_account(actor=actor, public_id=account.public_id, at=AT)

        with pytest.raises(operations.TooManyAttempts):
            link(actor, wanted_a(account))


class TestAgain:
    def test_linking_twice_changes_nothing(self):
        account, (_user, actor) = account_b(), person()
        first = link(actor, wanted_b(account))
        second = link(actor, wanted_b(account), at=AT + dt.timedelta(minutes=1))

        assert first == second
        assert AccountLink.objects.get().linked_at == AT
        assert trail().count() == 1

    def test_a_proof_raises_a_limited_link(self):
        account, (_user, actor) = account_b(rules=TWO_TIER), person()
        link(actor, wanted_b(account, proof=None, answer=""))
        linked = link(actor, wanted_b(account))

        assert linked.level is AccessLevel.EXTENDED
        assert AccountLink.objects.get().level == AccessLevel.EXTENDED

    def test_linking_without_a_proof_does_not_lower_the_level(self):
        account, (_user, actor) = account_b(rules=TWO_TIER), person()
        link(actor, wanted_b(account))

        assert link(actor, wanted_b(account, proof=None)).level is AccessLevel.EXTENDED

    def test_linking_after_unlinking_is_a_new_row(self):
        account, (_user, actor) = account_b(), person()
        link(actor, wanted_b(account))
        operations.unlink_account(actor=actor, public_id=account.public_id, at=AT)
        link(actor, wanted_b(account), at=AT + dt.timedelta(days=3))

        history = AccountLink.objects.order_by("linked_at").values_list("linked_at", "ended_at")
        assert list(history) == [(AT, AT), (AT + dt.timedelta(days=3), None)]


class TestLimits:
    def test_a_provider_lets_a_person_link_so_many(self):
        provider = ProviderFactory(style=Style.A)
        user, actor = person()
        for _ in range(3):
            AccountFactory(provider=provider, holders=[user])
        account = AccountFactory(provider=provider, number="3301635")

        with pytest.raises(operations.TooManyAccounts, match="предел — 3"):
            link(actor, wanted_a(account))

        assert AccountLink.objects.count() == 3
        assert AttemptLimit.objects.count() == 0

    def test_the_installation_lets_a_person_link_so_many(self, settings):
        settings.LINK_MAX_ACCOUNTS = 2
        user, actor = person()
        AccountFactory.create_batch(2, holders=[user])

        with pytest.raises(operations.TooManyAccounts, match="предел — 2"):
            link(actor, wanted_b(account_b()))

    def test_ended_links_take_no_place(self, settings):
        settings.LINK_MAX_ACCOUNTS = 1
        user, actor = person()
        AccountLinkFactory(user=user, ended_at=AT)

        assert link(actor, wanted_b(account_b())).level is AccessLevel.EXTENDED

    def test_an_account_takes_so_many_people(self):
        account = account_of(Style.B, number="805107", rules={"max_holders": 2})
        for _ in range(2):
            AccountLinkFactory(account=account)

        with pytest.raises(operations.TooManyHolders):
            link(person()[1], wanted_b(account))

        assert AccountLink.objects.count() == 2


class TestLetters:
    def test_people_with_full_access_are_told_of_a_new_one(self):
        account = account_b()
        AccountLinkFactory(account=account, user__email="owner@example.ru")
        AccountLinkFactory(
            account=account, user__email="limited@example.ru", level="limited", extended_at=None
        )
        AccountLinkFactory(account=account, user__email="gone@example.ru", ended_at=AT)
        AccountLinkFactory(account=account, user=UserFactory(email=None, phone="+79160000000"))

        link(person(email="new@example.ru")[1], wanted_b(account))

        letter = Delivery.objects.get()
        assert letter.recipient == "owner@example.ru"
        assert letter.subject == "Ваш лицевой счёт привязал ещё один человек"
        assert "••••5107" in letter.text
        assert "получил полный доступ" in letter.text
        assert "805107" not in letter.text + letter.html
        assert "new@example.ru" not in letter.text + letter.html

    def test_a_limited_newcomer_is_named_so(self):
        account = account_a()
        AccountLinkFactory(account=account, user__email="owner@example.ru")

        link(person()[1], wanted_a(account))

        assert "ограниченный доступ" in Delivery.objects.get().text

    def test_nobody_is_told_when_there_is_nobody(self):
        link(person()[1], wanted_b(account_b()))

        assert Delivery.objects.count() == 0


def test_a_question_that_no_app_answers_is_never_right(monkeypatch):
    monkeypatch.setattr(proofs, "_checks", {})
    account = account_b()

    assert proofs.offered([Proof.METER], account, today=AT.date()) == ()
    assert proofs.accepts(Proof.METER, account, answer=SERIAL, today=AT.date()) is False

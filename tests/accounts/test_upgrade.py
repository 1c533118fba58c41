from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts import operations
from kabinet.accounts.enums import AccessLevel, LinkEventKind
from kabinet.accounts.models import AccountLink, AccountLinkEvent
from kabinet.accounts.operations.upgrade import ProofNotOffered
from kabinet.accounts.pins import pin_digest
from kabinet.accounts.queries import AccountNotFound, get_upgrade_proofs
from kabinet.kernel.models import AttemptLimit
from kabinet.providers.enums import Proof, Style
from tests.accounts.cases import AT, SERIAL, account_a, account_b, account_of, person, trail
from tests.factories import AccountFactory, BillFactory, ProviderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def limited(settings):
    """A limited link to an account of style A that has every kind of proof: (account, actor)."""
    user, actor = person(email="anna@example.ru")
    account = account_a(limited=[user])
    account.pin_digest = pin_digest(
        key=settings.PIN_KEY, account_number=account.number, pin="A1B2C3"
    )
    account.save()
    return account, actor


def extend(limited, proof, answer, at=AT):
    account, actor = limited
    operations.extend_access(
        actor=actor, public_id=account.public_id, proof=proof, answer=answer, at=at
    )


@pytest.mark.parametrize(
    ("proof", "answer"),
    [
        (Proof.METER, "0741 6852"),
        (Proof.LAST_CHARGE, "31472"),
        (Proof.LAST_CHARGE, "31 472"),
        (Proof.PIN, "a1b2c3"),
    ],
)
def test_one_right_answer_opens_full_access(limited, proof, answer):
    extend(limited, proof, answer)

    link = AccountLink.objects.get()
    assert (link.level, link.extended_at) == (AccessLevel.EXTENDED, AT)
    event = AccountLinkEvent.objects.get()
    assert (event.event, event.email) == (LinkEventKind.EXTENDED, "anna@example.ru")
    assert [(row.action, row.details) for row in trail()] == [
        ("accounts.link.extend", {"proof": proof.value})
    ]
    assert AttemptLimit.objects.filter(failures__gt=0).count() == 0


@pytest.mark.parametrize(
    ("proof", "answer"),
    [
        (Proof.METER, "07416853"),
        (Proof.METER, "7416852"),
        (Proof.LAST_CHARGE, "314"),
        (Proof.LAST_CHARGE, "0"),
        (Proof.PIN, "A1B2C"),
        (Proof.PIN, ""),
    ],
)
def test_a_wrong_answer_changes_nothing(limited, proof, answer):
    with pytest.raises((operations.WrongAnswer, operations.BadAnswer)):
        extend(limited, proof, answer)

    link = AccountLink.objects.get()
    assert (link.level, link.extended_at) == (AccessLevel.LIMITED, None)
    assert AccountLinkEvent.objects.count() == trail().count() == 0


def test_a_wrong_answer_says_how_many_tries_are_left(limited):
    with pytest.raises(operations.WrongAnswer) as refusal:
        extend(limited, Proof.METER, "1")

    assert str(refusal.value) == "Ответ не подошёл, доступ не изменился. Осталось попыток: 4."


@pytest.mark.parametrize("answer", ["314,72", "триста", "-31472"])
def test_a_charge_with_other_signs_than_digits_gets_a_hint_and_costs_nothing(limited, answer):
    with pytest.raises(operations.BadAnswer, match=r"314 руб\. 72 коп\. — это 31472"):
        extend(limited, Proof.LAST_CHARGE, answer)

    assert AttemptLimit.objects.count() == 0


def test_after_five_wrong_answers_to_any_question_the_right_one_waits(limited):
    for proof in (Proof.METER, Proof.PIN, Proof.METER, Proof.LAST_CHARGE, Proof.PIN):
        with pytest.raises(operations.WrongAnswer):
            extend(limited, proof, "1")

    with pytest.raises(operations.TooManyAttempts):
        extend(limited, Proof.METER, SERIAL)
    assert AccountLink.objects.get().level == AccessLevel.LIMITED
    extend(limited, Proof.METER, SERIAL, at=AT + dt.timedelta(days=1))
    assert AccountLink.objects.get().level == AccessLevel.EXTENDED


def test_full_access_is_not_opened_twice(limited):
    extend(limited, Proof.METER, SERIAL)

    with pytest.raises(operations.AlreadyExtended):
        extend(limited, Proof.METER, SERIAL)
    assert trail().count() == 1


def test_a_question_outside_the_providers_choice_is_refused(limited):
    with pytest.raises(ProofNotOffered):
        extend(limited, Proof.SURNAME, "Абрамов")
    assert AttemptLimit.objects.count() == 0


def test_somebody_elses_account_does_not_exist(limited):
    account, _actor = limited

    with pytest.raises(AccountNotFound):
        extend((account, person()[1]), Proof.METER, SERIAL)
    with pytest.raises(AccountNotFound):
        get_upgrade_proofs(actor=person()[1], public_id=account.public_id, at=AT)
    assert AttemptLimit.objects.count() == 0


def test_a_switched_off_provider_opens_nothing(limited):
    account, _actor = limited
    account.provider.is_active = False
    account.provider.save()

    with pytest.raises(AccountNotFound):
        extend(limited, Proof.METER, SERIAL)


class TestQuestionsOffered:
    def offered(self, limited):
        account, actor = limited
        return get_upgrade_proofs(actor=actor, public_id=account.public_id, at=AT)

    def test_all_with_data(self, limited):
        assert self.offered(limited) == (Proof.METER, Proof.LAST_CHARGE, Proof.PIN)

    def test_none_without(self):
        user, actor = person()
        account = AccountFactory(provider=ProviderFactory(style=Style.A), limited=[user])

        assert self.offered((account, actor)) == ()

    def test_a_removed_meter_is_not_asked_about(self, limited):
        limited[0].meters.update(state="removed")

        assert self.offered(limited) == (Proof.LAST_CHARGE, Proof.PIN)

    def test_a_broken_meter_still_is(self, limited):
        limited[0].meters.update(state="broken")

        assert Proof.METER in self.offered(limited)

    def test_a_charge_of_zero_is_no_secret(self, limited):
        limited[0].bills.update(charged=0)

        assert Proof.LAST_CHARGE not in self.offered(limited)


class TestSums:
    def test_the_last_charge_is_of_the_newest_month(self, limited):
        BillFactory(account=limited[0], period=dt.date(2026, 9, 1), charged=Decimal("99.99"))

        with pytest.raises(operations.WrongAnswer):
            extend(limited, Proof.LAST_CHARGE, "9999")

    @pytest.mark.parametrize("answer", ["31472", "5000", "36472"])
    def test_of_two_bills_of_a_month_either_or_both_together_will_do(self, limited, answer):
        BillFactory(
            account=limited[0],
            period=dt.date(2026, 10, 1),
            kind="ВДГО",
            charged=Decimal("50.00"),
        )

        extend(limited, Proof.LAST_CHARGE, answer)

        assert AccountLink.objects.get().level == AccessLevel.EXTENDED

    @pytest.mark.parametrize(
        ("period", "is_taken"), [(dt.date(2026, 9, 1), True), (dt.date(2026, 8, 1), False)]
    )
    def test_the_amount_due_is_of_the_last_two_months(self, period, is_taken):
        user, actor = person()
        account = account_b(limited=[user])
        account.bills.update(period=period)

        offered = get_upgrade_proofs(actor=actor, public_id=account.public_id, at=AT)

        assert (Proof.DUE in offered) is is_taken

    @pytest.mark.parametrize("answer", ["1243,56", "−1 243,56", "1200"])
    def test_the_amount_due_is_taken_with_and_without_penalty_and_sign(self, answer):
        user, actor = person()
        account = account_b(limited=[user])
        account.bills.update(penalty_total=Decimal("43.56"))

        extend((account, actor), Proof.DUE, answer)

        assert AccountLink.objects.get().level == AccessLevel.EXTENDED

    def test_a_bill_of_zero_proves_nothing(self):
        user, actor = person()
        account = account_b(limited=[user])
        account.bills.update(total=0)

        assert Proof.DUE not in get_upgrade_proofs(actor=actor, public_id=account.public_id, at=AT)

    def test_a_payment_counts_for_a_year(self):
        user, actor = person()
        account = account_b(limited=[user])
        account.posted_payments.update(received_on=dt.date(2025, 11, 20))

        with pytest.raises(ProofNotOffered):
            extend((account, actor), Proof.PAYMENT, "1069,72")


def test_questions_follow_the_providers_settings():
    user, actor = person()
    account = account_of(
        Style.A, number="3301635", limited=[user], rules={"upgrade_proofs": [Proof.SURNAME]}
    )

    extend((account, actor), Proof.SURNAME, "АБРАМОВ")

    assert AccountLink.objects.get().level == AccessLevel.EXTENDED

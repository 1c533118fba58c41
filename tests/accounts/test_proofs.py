"""Every proof as a provider's setting: asked where there are data for it, and right only for the right answer (ACC-13)."""

from __future__ import annotations

import pytest

from kabinet.accounts import operations
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import AccountLink
from kabinet.accounts.pins import pin_digest
from kabinet.channels.models import Delivery
from kabinet.providers.enums import Proof, Style
from kabinet.providers.queries import get_active_provider
from tests.accounts.cases import AT, SERIAL, account_of, ask, person, wanted_a
from tests.factories import AccountLinkFactory

pytestmark = pytest.mark.django_db

# The right answer, a wrong one of the same kind, and what leaves the provider without the data for it.
ASKED = {
    Proof.INITIALS: ("абв", "абг", lambda account: _blank(account, "surname")),
    Proof.SURNAME: ("Абрамов", "Абрамова", lambda account: _blank(account, "surname")),
    Proof.ADDRESS: ("д. 12", "д. 13", lambda account: _blank(account, "house")),
    Proof.METER: (SERIAL, "1", lambda account: account.meters.update(state="removed")),
    Proof.LAST_CHARGE: ("31472", "31473", lambda account: account.bills.update(charged=0)),
    Proof.DUE: ("1243,56", "1243,57", lambda account: account.bills.update(period="2025-01-01")),
    Proof.PAYMENT: (
        "1069,72",
        "1069,73",
        lambda account: account.posted_payments.update(received_on="2024-01-01"),
    ),
    Proof.PIN: ("A1B2C3", "A1B2C4", lambda account: _blank(account, "pin_digest")),
}
PROOFS = list(ASKED)


def _blank(account, field):
    setattr(account, field, "")
    account.save()


def account_asking(proof, settings, **rules):
    """An account with every kind of data, at a provider whose one proof it is."""
    account = account_of(
        Style.A, number="3301635", rules={"two_tier": False, "link_proofs": [proof], **rules}
    )
    account.pin_digest = pin_digest(
        key=settings.PIN_KEY, account_number=account.number, pin="A1B2C3"
    )
    account.save()
    return account


def test_every_proof_is_looked_at_here():
    assert {*ASKED, Proof.MANUAL} == set(Proof)


@pytest.mark.parametrize("proof", PROOFS)
def test_it_is_offered_and_opens_full_access(settings, proof):
    account, (_user, actor) = account_asking(proof, settings), person()
    found = operations.find_account(actor=actor, wanted=wanted_a(account), at=AT)

    linked = operations.link_account(
        actor=actor, wanted=wanted_a(account, proof=proof, answer=ASKED[proof][0]), at=AT
    )

    assert found.proofs == (proof,)
    assert linked.level is AccessLevel.EXTENDED


@pytest.mark.parametrize("proof", PROOFS)
def test_a_wrong_answer_opens_nothing(settings, proof):
    account, (_user, actor) = account_asking(proof, settings), person()

    with pytest.raises(operations.AccountNotMatched, match="Осталось попыток: 4"):
        operations.link_account(
            actor=actor, wanted=wanted_a(account, proof=proof, answer=ASKED[proof][1]), at=AT
        )
    assert AccountLink.objects.count() == 0


@pytest.mark.parametrize("proof", PROOFS)
def test_without_its_data_it_is_not_offered_and_no_answer_is_right(settings, proof):
    account, (_user, actor) = account_asking(proof, settings), person()
    ASKED[proof][2](account)

    with pytest.raises(operations.NoProofAvailable):
        operations.find_account(actor=actor, wanted=wanted_a(account), at=AT)
    with pytest.raises(operations.AccountNotMatched):
        operations.link_account(
            actor=actor, wanted=wanted_a(account, proof=proof, answer=ASKED[proof][0]), at=AT
        )
    assert AccountLink.objects.count() == 0


@pytest.mark.parametrize("proof", PROOFS)
def test_it_may_be_asked_to_find_the_account_by(settings, proof):
    account = account_asking(Proof.MANUAL, settings, search_proofs=[proof])
    right, wrong, _without = ASKED[proof]

    with pytest.raises(operations.AccountNotMatched):
        ask(person()[1], account, search={proof: wrong})
    assert ask(person()[1], account, search={proof: right})


def test_staff_are_asked_last_even_if_set_as_a_search_proof(settings):
    account = account_asking(Proof.MANUAL, settings, search_proofs=[Proof.MANUAL, Proof.SURNAME])

    policy = get_active_provider(code=account.provider.code).policy
    assert policy.search_proofs == (Proof.SURNAME,)


class TestLastTry:
    def guess(self, account, times=5):
        actor = person(email="guesser@example.ru")[1]
        wanted = wanted_a(account, proof=Proof.METER, answer="1")
        for _ in range(times):
            with pytest.raises(operations.AccountNotMatched):
                operations.link_account(actor=actor, wanted=wanted, at=AT)
        return actor, wanted

    def test_those_who_hold_the_account_are_told_once(self, settings):
        account = account_asking(Proof.METER, settings)
        AccountLinkFactory(account=account, user__email="owner@example.ru")
        AccountLinkFactory(
            account=account, user__email="limited@example.ru", level="limited", extended_at=None
        )

        actor, wanted = self.guess(account)
        with pytest.raises(operations.TooManyAttempts):
            operations.link_account(actor=actor, wanted=wanted, at=AT)

        letter = Delivery.objects.get()
        assert letter.recipient == "owner@example.ru"
        assert letter.subject == "Кто-то не смог ответить на вопросы о вашем счёте"
        assert account.number not in letter.text + letter.html
        assert "guesser" not in letter.text + letter.html

    def test_earlier_nobody_is(self, settings):
        account = account_asking(Proof.METER, settings)
        AccountLinkFactory(account=account)

        self.guess(account, times=4)

        assert Delivery.objects.count() == 0


def test_a_limited_holder_who_opens_fully_is_told_of(settings):
    user, actor = person(email="anna@example.ru")
    account = account_of(Style.A, number="3301635", limited=[user])
    AccountLinkFactory(account=account, user__email="owner@example.ru")

    operations.extend_access(
        actor=actor, public_id=account.public_id, proof=Proof.METER, answer=SERIAL, at=AT
    )

    letter = Delivery.objects.get()
    assert (letter.recipient, letter.subject) == (
        "owner@example.ru",
        "К вашему лицевому счёту открыт полный доступ",
    )

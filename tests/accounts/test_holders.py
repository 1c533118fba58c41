"""Holders of one account: who sees the others, and who may end whose access (ACC-27)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kabinet.accounts import operations
from kabinet.accounts.enums import AccessLevel, LinkEventKind
from kabinet.accounts.events import AccountUnlinked
from kabinet.accounts.models import AccountLink, AccountLinkEvent
from kabinet.accounts.queries import (
    HolderNotFound,
    get_linked_accounts,
    get_other_holders,
    get_revocation,
)
from kabinet.channels.models import Delivery
from kabinet.kernel import events
from kabinet.kernel.actors import Actor
from kabinet.kernel.models import AttemptLimit
from kabinet.providers.enums import Proof
from tests.accounts.cases import AT, SERIAL, account_a, account_b, person, staff, trail
from tests.factories import AccountFactory, AccountLinkFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared():
    """An account of style A held by two with full access: (account, owner's actor, the other person)."""
    owner, actor = person(email="boris@example.ru")
    other = UserFactory(email="anna.petrova@example.ru")
    return account_a(holders=[owner, other]), actor, other


def revoke(shared, *, by=None, whom=None, proof=Proof.METER, answer=SERIAL):
    account, actor, other = shared
    operations.revoke_holder(
        actor=by or actor,
        public_id=account.public_id,
        holder_id=(whom or other).public_id,
        proof=proof,
        answer=answer,
        at=AT,
    )


def in_force(account):
    links = account.links.filter(ended_at=None).order_by("pk")
    return list(links.values_list("user__email", flat=True))


class TestSeeing:
    @pytest.mark.parametrize("count", [1, 3])
    def test_full_access_shows_the_others_masked(self, count, django_assert_num_queries):
        owner, actor = person()
        account = account_a(holders=[owner])
        for day in range(count):
            AccountLinkFactory(
                account=account,
                user=UserFactory(email=f"anna{day}@example.ru"),
                level=AccessLevel.LIMITED,
                extended_at=None,
                linked_at=AT - dt.timedelta(days=day),
            )

        with django_assert_num_queries(1):
            rows = get_other_holders(actor=actor, public_id=account.public_id)

        assert [(row.contact, row.is_extended, row.linked_at) for row in rows] == [
            ("a•••@example.ru", False, AT - dt.timedelta(days=day))
            for day in reversed(range(count))
        ]

    def test_a_phone_shows_its_last_four_digits(self, shared):
        account, actor, _other = shared
        phone = UserFactory(email=None, phone="+79123456789")
        AccountLinkFactory(account=account, user=phone)

        rows = get_other_holders(actor=actor, public_id=account.public_id)
        assert [row.contact for row in rows] == ["a•••@example.ru", "••••6789"]

    def test_limited_access_strangers_and_staff_see_nobody(self, shared):
        account, _actor, other = shared
        limited, stranger = UserFactory(), UserFactory()
        AccountLinkFactory(
            account=account, user=limited, level=AccessLevel.LIMITED, extended_at=None
        )

        for seer in (Actor.customer(limited.pk), Actor.customer(stranger.pk), staff(account)[1]):
            assert get_other_holders(actor=seer, public_id=account.public_id) == []
            with pytest.raises(HolderNotFound):
                get_revocation(
                    actor=seer, public_id=account.public_id, holder_id=other.public_id, at=AT
                )

    def test_who_has_left_is_not_shown(self, shared):
        account, actor, other = shared
        AccountLink.objects.filter(user=other).update(ended_at=AT)

        assert get_other_holders(actor=actor, public_id=account.public_id) == []

    def test_the_questions_are_the_providers_with_data(self, shared):
        account, actor, other = shared

        found = get_revocation(
            actor=actor, public_id=account.public_id, holder_id=other.public_id, at=AT
        )

        assert found.questions == (Proof.METER, Proof.LAST_CHARGE)
        assert found.holder.person_id == other.public_id


class TestRevoking:
    def test_a_right_answer_ends_the_others_link(self, shared):
        account, _actor, other = shared

        revoke(shared)

        assert in_force(account) == ["boris@example.ru"]
        assert get_linked_accounts(actor=Actor.customer(other.pk)) == []
        assert AttemptLimit.objects.filter(failures__gt=0).count() == 0

    def test_everybody_is_told(self, shared, monkeypatch):
        monkeypatch.setattr(events, "_subscribers", {AccountUnlinked: (heard := [])})
        published = []
        heard.append(published.append)
        account, actor, other = shared

        revoke(shared)

        letter = Delivery.objects.get()
        assert (letter.recipient, letter.subject) == (
            "anna.petrova@example.ru",
            "Доступ к лицевому счёту закрыт",
        )
        assert account.number not in letter.text
        assert "boris" not in letter.text
        entry = trail().get()
        assert (entry.action, entry.actor_id) == ("accounts.link.revoke", actor.user_id)
        assert entry.details == {"proof": "meter", "level": "extended"}
        told = AccountLinkEvent.objects.get()
        assert (told.event, told.email) == (LinkEventKind.UNLINKED, "anna.petrova@example.ru")
        assert published == [AccountUnlinked(account.pk, other.pk, AT)]

    def test_the_others_main_mark_moves_on(self, shared):
        _account, _actor, other = shared
        AccountLink.objects.filter(user=other).update(is_primary=True)
        left = AccountFactory(holders=[other])

        revoke(shared)

        assert AccountLink.objects.get(is_primary=True).account == left

    def test_a_limited_holder_is_revoked_too(self, shared):
        account, _actor, _other = shared
        limited = UserFactory()
        AccountLinkFactory(
            account=account, user=limited, level=AccessLevel.LIMITED, extended_at=None
        )

        revoke(shared, whom=limited)

        assert limited.email not in in_force(account)

    def test_a_wrong_answer_is_counted_and_changes_nothing(self, shared):
        account = shared[0]

        with pytest.raises(operations.OwnershipNotProved, match="Осталось попыток: 4"):
            revoke(shared, answer="1")

        assert len(in_force(account)) == 2
        assert Delivery.objects.count() == trail().count() == 0

    def test_the_sixth_answer_is_not_looked_at(self, shared):
        for _ in range(5):
            with pytest.raises(operations.OwnershipNotProved):
                revoke(shared, answer="1")

        with pytest.raises(operations.TooManyAttempts):
            revoke(shared)
        assert len(in_force(shared[0])) == 2

    @pytest.mark.parametrize(
        ("proof", "answer"),
        [(Proof.PIN, "1"), (Proof.MANUAL, "да"), (Proof.SURNAME, "Абрамов")],
    )
    def test_only_the_providers_questions_with_data_count(self, shared, proof, answer):
        with pytest.raises(operations.ProofNotOffered):
            revoke(shared, proof=proof, answer=answer)
        assert len(in_force(shared[0])) == 2
        assert AttemptLimit.objects.count() == 0

    def test_no_answer_costs_no_try(self, shared):
        with pytest.raises(operations.BadAnswer):
            revoke(shared, answer=" ")
        assert AttemptLimit.objects.count() == 0

    def test_nobody_revokes_themselves(self, shared):
        owner = UserFactory._meta.model.objects.get(pk=shared[1].user_id)

        with pytest.raises(HolderNotFound):
            revoke(shared, whom=owner)
        assert len(in_force(shared[0])) == 2

    def test_limited_access_strangers_and_staff_revoke_nobody(self, shared):
        account, _actor, _other = shared
        limited = UserFactory()
        AccountLinkFactory(
            account=account, user=limited, level=AccessLevel.LIMITED, extended_at=None
        )

        for other in (Actor.customer(limited.pk), person()[1], staff(account)[1]):
            with pytest.raises(HolderNotFound):
                revoke(shared, by=other)
        assert len(in_force(account)) == 3
        assert AttemptLimit.objects.count() == 0

    def test_a_holder_of_another_account_is_not_found(self, shared):
        stranger = UserFactory()
        account_b(holders=[stranger])

        with pytest.raises(HolderNotFound):
            revoke(shared, whom=stranger)
        with pytest.raises(HolderNotFound):
            operations.revoke_holder(
                actor=shared[1],
                public_id=uuid.uuid4(),
                holder_id=shared[2].public_id,
                proof=Proof.METER,
                answer=SERIAL,
                at=AT,
            )

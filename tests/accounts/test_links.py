from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from kabinet.accounts import operations
from kabinet.accounts.enums import LinkEventKind
from kabinet.accounts.events import AccountUnlinked
from kabinet.accounts.models import AccountLink, AccountLinkEvent
from kabinet.accounts.queries import AccountNotFound, get_linked_accounts
from kabinet.kernel import events
from kabinet.kernel.actors import NOBODY, SYSTEM
from tests.accounts.cases import AT, person, trail
from tests.factories import AccountFactory, AccountLinkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def three():
    """Three links of one person, the first primary: (actor, links)."""
    user, actor = person()
    links = [
        AccountLinkFactory(
            user=user, is_primary=day == 0, linked_at=AT + dt.timedelta(days=day), level="extended"
        )
        for day in range(3)
    ]
    return actor, links


def primary():
    return list(AccountLink.objects.filter(is_primary=True).values_list("pk", flat=True))


def unlink(actor, link):
    operations.unlink_account(actor=actor, public_id=link.account.public_id, at=AT)


class TestRenaming:
    def test_a_name_is_kept_without_stray_spaces(self, three):
        actor, links = three
        operations.rename_link(
            actor=actor, public_id=links[1].account.public_id, alias="  Дача   у озера ", at=AT
        )

        assert [row.title for row in get_linked_accounts(actor=actor)] == [
            links[0].account.number,
            "Дача у озера",
            links[2].account.number,
        ]

    def test_an_empty_name_brings_the_number_back(self, three):
        actor, links = three
        for alias in ("Дача", ""):
            operations.rename_link(
                actor=actor, public_id=links[0].account.public_id, alias=alias, at=AT
            )

        assert get_linked_accounts(actor=actor)[0].title == links[0].account.number

    def test_only_the_persons_own_link_is_renamed(self, three):
        actor, links = three
        other = AccountLinkFactory(account=links[0].account)

        operations.rename_link(
            actor=actor, public_id=links[0].account.public_id, alias="Дача", at=AT
        )

        other.refresh_from_db()
        assert other.alias == ""


class TestPrimary:
    def test_the_mark_moves(self, three):
        actor, links = three
        operations.make_primary(actor=actor, public_id=links[2].account.public_id, at=AT)

        assert primary() == [links[2].pk]
        assert get_linked_accounts(actor=actor)[0].public_id == links[2].account.public_id

    def test_marking_the_primary_again_changes_nothing(self, three):
        actor, links = three
        operations.make_primary(actor=actor, public_id=links[0].account.public_id, at=AT)

        assert primary() == [links[0].pk]
        assert trail().count() == 0

    def test_the_database_refuses_a_second_primary(self, three):
        with pytest.raises(IntegrityError, match="link_one_primary_per_user"), transaction.atomic():
            AccountLink.objects.filter(pk=three[1][1].pk).update(is_primary=True)

    def test_the_database_refuses_a_second_link_in_force(self, three):
        link = three[1][0]
        with pytest.raises(IntegrityError, match="link_once_at_a_time"), transaction.atomic():
            AccountLinkFactory(user=link.user, account=link.account)


class TestUnlinking:
    def test_the_oldest_remaining_becomes_primary(self, three):
        actor, links = three
        unlink(actor, links[0])

        assert primary() == [links[1].pk]

    def test_another_one_keeps_the_mark_where_it_is(self, three):
        actor, links = three
        unlink(actor, links[2])

        assert primary() == [links[0].pk]

    def test_the_last_one_leaves_nothing(self, three):
        actor, links = three
        for link in links:
            unlink(actor, link)

        assert primary() == []
        assert get_linked_accounts(actor=actor) == []

    def test_the_row_stays_and_everybody_is_told(self, three, monkeypatch):
        published = []
        monkeypatch.setattr(events, "_subscribers", {AccountUnlinked: [published.append]})
        actor, links = three
        unlink(actor, links[0])

        link = AccountLink.objects.get(pk=links[0].pk)
        assert (link.ended_at, link.is_primary) == (AT, False)
        told = AccountLinkEvent.objects.get()
        assert (told.event, told.account_id, told.at) == (
            LinkEventKind.UNLINKED,
            link.account_id,
            AT,
        )
        assert [row.action for row in trail()] == ["accounts.link.end"]
        assert published == [AccountUnlinked(link.account_id, actor.user_id, AT)]

    def test_a_second_click_finds_nothing_to_end(self, three):
        actor, links = three
        unlink(actor, links[0])

        with pytest.raises(AccountNotFound):
            unlink(actor, links[0])
        assert AccountLinkEvent.objects.count() == 1

    def test_at_a_switched_off_provider_it_is_possible(self, three):
        actor, links = three
        provider = links[0].account.provider
        provider.is_active = False
        provider.save()

        unlink(actor, links[0])

        assert AccountLink.objects.get(pk=links[0].pk).ended_at == AT


@pytest.mark.parametrize("actor_of", [lambda: person()[1], lambda: NOBODY, lambda: SYSTEM])
@pytest.mark.parametrize(
    "change",
    [
        operations.unlink_account,
        operations.make_primary,
        lambda **given: operations.rename_link(alias="x", **given),
    ],
    ids=["unlink", "primary", "rename"],
)
def test_nobody_else_changes_a_link(change, actor_of):
    link = AccountLinkFactory()
    for public_id in (link.account.public_id, AccountFactory().public_id, uuid.uuid4()):
        with pytest.raises(AccountNotFound):
            change(actor=actor_of(), public_id=public_id, at=AT)

    row = AccountLink.objects.get()
    assert (row.ended_at, row.is_primary, row.alias) == (None, False, "")
    assert trail().count() == 0

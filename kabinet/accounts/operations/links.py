"""What a person does with a link that exists: rename, make primary, end."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from kabinet.accounts import scopes
from kabinet.accounts.enums import LinkEventKind, RequestState
from kabinet.accounts.events import AccountUnlinked
from kabinet.accounts.models import AccountLink, AccountLinkEvent, LinkRequest
from kabinet.accounts.queries import AccountNotFound
from kabinet.identity.models import User
from kabinet.kernel import audit, events
from kabinet.kernel.actors import Actor


def lock_person(actor: Actor) -> User:
    """Let one change at a time through to a person's links; everything that writes them starts here.

    The row's key stays free, so that sessions and consents may be written meanwhile.

    :raises AccountNotFound: the actor is not a person.
    """
    if actor.user_id is None:
        raise AccountNotFound
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.user_id)


def own_link(actor: Actor, public_id: uuid.UUID) -> AccountLink:
    """Find the person's link in force; the person must be locked before, or it may be ending.

    :raises AccountNotFound: there is none.
    """
    links = scopes.visible_links(actor).filter(user=actor.user_id).select_related("account")
    try:
        return links.get(account__public_id=public_id)
    except AccountLink.DoesNotExist as error:
        raise AccountNotFound from error


def tell_provider(link: AccountLink, user: User, event: LinkEventKind, at: datetime) -> None:
    """Leave a row for `links-out` (XCH-11, OPX-26)."""
    AccountLinkEvent.objects.create(
        provider_id=link.account.provider_id,
        account=link.account,
        event=event,
        at=at,
        email=user.email or "",
    )


@transaction.atomic
def rename_link(*, actor: Actor, public_id: uuid.UUID, alias: str, at: datetime) -> None:
    """Give the account the person's own name; an empty one brings the number back (ACC-23).

    :raises AccountNotFound: the account is not linked to this person.
    """
    lock_person(actor)
    link = own_link(actor, public_id)
    link.alias = " ".join(alias.split())
    link.save(update_fields=["alias"])
    audit.record(actor, "accounts.link.rename", link, at=at)


@transaction.atomic
def make_primary(*, actor: Actor, public_id: uuid.UUID, at: datetime) -> None:
    """Open this account first after sign-in; the former primary loses the mark (ACC-25).

    :raises AccountNotFound: the account is not linked to this person.
    """
    lock_person(actor)
    link = own_link(actor, public_id)
    if link.is_primary:
        return
    mark_primary(link)
    audit.record(actor, "accounts.link.make_primary", link, at=at)


def mark_primary(link: AccountLink) -> None:
    AccountLink.objects.filter(user=link.user_id, is_primary=True).update(is_primary=False)
    link.is_primary = True
    link.save(update_fields=["is_primary"])


@transaction.atomic
def unlink_account(*, actor: Actor, public_id: uuid.UUID, at: datetime) -> None:
    """End the person's link; the oldest one left becomes primary where this one was (ACC-25, 26).

    The row stays as history, and the account may be linked again.

    :raises AccountNotFound: the account is not linked to this person.
    """
    user = lock_person(actor)
    link = own_link(actor, public_id)
    end_link(link, user, actor=actor, at=at)
    audit.record(actor, "accounts.link.end", link, at=at)


def end_link(
    link: AccountLink,
    user: User,
    *,
    actor: Actor,
    at: datetime,
    event: LinkEventKind = LinkEventKind.UNLINKED,
) -> None:
    """End a link in the caller's transaction, with all that hangs on it; its person must be locked.

    ``event`` is what the provider is told.
    """
    was_primary = link.is_primary
    link.ended_at, link.is_primary = at, False
    link.save(update_fields=["ended_at", "is_primary"])
    if was_primary:
        rest = AccountLink.objects.filter(user=user, ended_at=None)
        oldest = rest.order_by("linked_at", "pk").first()
        if oldest is not None:
            mark_primary(oldest)
    close_waiting(link, actor=actor, at=at)
    tell_provider(link, user, event, at)
    events.publish(AccountUnlinked(account_id=link.account_id, user_id=user.pk, at=at))


def close_waiting(link: AccountLink, *, actor: Actor, at: datetime) -> None:
    """Withdraw what staff were still asked about the account: it is open fully now, or wanted no more."""
    waiting = LinkRequest.objects.filter(
        user=link.user_id,
        provider=link.account.provider_id,
        number=link.account.number,
        state=RequestState.WAITING,
    )
    for request in waiting.order_by("pk"):
        request.state, request.decided_at = RequestState.WITHDRAWN, at
        request.save(update_fields=["state", "decided_at"])
        audit.record(actor, "accounts.request.withdraw", request, at=at)

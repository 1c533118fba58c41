"""Links for payment: a holder's own ones, and the account behind one that somebody has opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kabinet.accounts.calculations import masked_tail
from kabinet.accounts.guests import GuestAccountRow, get_guest_account
from kabinet.kernel.actors import Actor, Errand
from kabinet.kernel.errors import NotVisible
from kabinet.payments import scopes
from kabinet.payments.calculations.tokens import digest_of
from kabinet.payments.models import PaymentLink


class LinkGone(NotVisible):
    """There is no such link, or it opens nothing any more; the page does not tell which of the two (``is_known``)."""

    def __init__(self, *, is_known: bool) -> None:
        self.is_known = is_known
        super().__init__()


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link in force. Its address is not known here: ``digest`` only names it."""

    digest: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """``number`` is masked: whoever has the link knows of the account no more than its last digits."""

    account: GuestAccountRow
    actor: Actor
    number: str


def get_links(*, actor: Actor, account_id: int, at: datetime) -> Sequence[LinkRow]:
    """Give the person's own links in force, the newest first; one query."""
    links = scopes.own_links(actor, at=at).filter(account=account_id).order_by("-created_at", "-pk")
    return [LinkRow(row.digest, row.created_at, row.expires_at) for row in links]


def open_link(*, token: str, address: str, at: datetime) -> OpenedLink:
    """Find the account that the link lets pay; two queries.

    :raises LinkGone: unknown, expired, revoked, or whoever made it can pay the account no more.
    """
    digest = digest_of(token)
    link = scopes.links_in_force(at=at).filter(digest=digest).first()
    if link is None:
        raise LinkGone(is_known=PaymentLink.objects.filter(digest=digest).exists())
    actor = Actor.guest(
        link.account_id, until=link.expires_at, errand=Errand.PAYING_BY_LINK, address=address
    )
    try:
        account = get_guest_account(actor=actor, at=at)
    except NotVisible:
        raise LinkGone(is_known=True) from None
    return OpenedLink(account, actor, masked_tail(account.number))

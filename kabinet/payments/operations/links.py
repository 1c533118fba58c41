"""Links by which somebody else pays an account's bill and learns nothing of its holder."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.models import Account
from kabinet.kernel import audit, limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.limits import Claim, Rule
from kabinet.payments import scopes
from kabinet.payments.calculations.tokens import digest_of
from kabinet.payments.models import PaymentLink

LIFETIME = timedelta(days=30)
TOKEN_BYTES = 16
# So many at once are enough for a family, and few enough to be looked through.
MOST_AT_ONCE = 10
HOUR = timedelta(hours=1)
# A token has 128 bits: nobody guesses one, but nobody shall try for ever either.
WRONG_TOKENS = Rule("link.token", tries=20, quiet=HOUR, blocks=(HOUR, 6 * HOUR))


class LinkNotFound(NotVisible):
    """There is no such link of the actor's."""


class AccountNotShareable(NotVisible):
    """The account is not open to this person for paying, or not fully theirs."""


class TooManyLinks(Refused):
    message = _("Ссылок на этот счёт уже много. Отзовите те, что больше не нужны.")


@dataclass(frozen=True, slots=True)
class NewLink:
    """``token`` is told once: here only its digest is kept."""

    token: str
    digest: str
    expires_at: datetime


@transaction.atomic
def create_link(*, actor: Actor, account_id: uuid.UUID, at: datetime) -> NewLink:
    """Let whoever gets the link pay this account for thirty days.

    :raises AccountNotShareable: the actor does not hold it with full access, or it cannot be paid.
    :raises TooManyLinks: there are too many in force.
    """
    accounts = scopes.shareable_accounts(actor).filter(public_id=account_id).values("pk")
    # Locked, so that presses at once don't pass the bound together.
    account = Account.objects.filter(pk__in=accounts).select_for_update(no_key=True).first()
    if account is None:
        raise AccountNotShareable
    if scopes.own_links(actor, at=at).filter(account=account).count() >= MOST_AT_ONCE:
        raise TooManyLinks
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = PaymentLink.objects.create(
        account=account,
        created_by_id=actor.user_id,
        digest=digest_of(token),
        created_at=at,
        expires_at=at + LIFETIME,
    )
    audit.record(actor, "payments.link.create", link, at=at, account=account.pk)
    return NewLink(token, link.digest, link.expires_at)


@transaction.atomic
def revoke_link(*, actor: Actor, account_id: uuid.UUID, digest: str, at: datetime) -> None:
    """Make the link open nothing from now on; doing it again changes nothing.

    :raises LinkNotFound: it is not the actor's.
    """
    if not digest.isalnum():
        # Nothing that the page has sent; the database takes no NUL.
        raise LinkNotFound
    mine = PaymentLink.objects.filter(created_by=actor.user_id, account__public_id=account_id)
    link = (
        mine.exclude(created_by=None).filter(digest=digest).select_for_update(of=("self",)).first()
    )
    if link is None:
        raise LinkNotFound
    if link.revoked_at is not None:
        return
    link.revoked_at = at
    link.save(update_fields=["revoked_at"])
    audit.record(actor, "payments.link.revoke", link, at=at, account=link.account_id)


def require_few_wrong_tokens(*, address: str, at: datetime) -> None:
    """Count nothing.

    :raises TooManyAttempts: too many links that do not exist were opened from this place.
    """
    until = limits.blocked_until(_claim(address), at=at)
    if until is not None:
        raise limits.TooManyAttempts(until=until, at=at)


def count_wrong_token(*, address: str, at: datetime) -> None:
    """Take note of a link that was never made.

    :raises TooManyAttempts: others from this place have used up the tries at this moment.
    """
    limits.take(_claim(address), at=at)


def _claim(address: str) -> Claim:
    return Claim(WRONG_TOKENS, limits.network(address))

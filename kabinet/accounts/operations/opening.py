"""Making a link in the caller's transaction: by the person's own proof, or by a staff member's word."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from kabinet.accounts import messages
from kabinet.accounts.enums import AccessLevel, LinkEventKind
from kabinet.accounts.events import AccountLinked
from kabinet.accounts.models import Account, AccountLink
from kabinet.accounts.operations.finding import Wanted, require_room
from kabinet.accounts.operations.links import close_waiting, tell_provider
from kabinet.accounts.operations.upgrade import open_fully
from kabinet.identity.models import User
from kabinet.kernel import audit, events, locks
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.providers.queries import PolicyRow, to_provider_row


class TooManyHolders(Refused):
    message = _("Этот лицевой счёт уже привязало наибольшее число людей. Обратитесь к поставщику.")


def open_link(
    *, actor: Actor, user: User, account: Account, wanted: Wanted, at: datetime
) -> AccountLink:
    """Find or make the link in force; the person must be locked, so a double click makes one.

    ``actor`` is the person, or the staff member who vouches for them.

    :raises TooManyAccounts: the person may link no more.
    :raises TooManyHolders: the account has as many people as its provider allows.
    """
    link = AccountLink.objects.filter(user=user, account=account, ended_at=None).first()
    if link is not None:
        if wanted.proof is not None:
            open_fully(link, user, actor=actor, proof=wanted.proof, at=at)
        return link

    provider = to_provider_row(account.provider)
    require_room(Actor.customer(user.pk), provider, account.number)
    _require_place(account, provider.policy)
    link = _create(user, account, wanted, at)
    tell_provider(link, user, LinkEventKind.LINKED, at)
    level = AccessLevel(link.level)
    if level is AccessLevel.EXTENDED:
        tell_provider(link, user, LinkEventKind.EXTENDED, at)
        close_waiting(link, actor=actor, at=at)
    audit.record(
        actor,
        "accounts.link.open",
        link,
        at=at,
        level=level.value,
        proof=wanted.proof.value if wanted.proof else None,
        consents=wanted.consents,
    )
    messages.tell_holders(link, proof=wanted.proof, is_new=True, at=at)
    events.publish(AccountLinked(account_id=account.pk, user_id=user.pk, level=level, at=at))
    return link


def _create(user: User, account: Account, wanted: Wanted, at: datetime) -> AccountLink:
    is_first = not AccountLink.objects.filter(user=user, ended_at=None).exists()
    level = AccessLevel.LIMITED if wanted.proof is None else AccessLevel.EXTENDED
    return AccountLink.objects.create(
        user=user,
        account=account,
        level=level,
        is_primary=is_first,
        linked_at=at,
        extended_at=at if level is AccessLevel.EXTENDED else None,
    )


def _require_place(account: Account, policy: PolicyRow) -> None:
    """:raises TooManyHolders: two people at the last place would both see it free, so one waits for the other.

    An advisory lock, because an import holds the account's row for as long as it runs.
    """
    locks.wait_until_commit(f"accounts.holders:{account.pk}")
    if AccountLink.objects.filter(account=account, ended_at=None).count() >= policy.max_holders:
        raise TooManyHolders

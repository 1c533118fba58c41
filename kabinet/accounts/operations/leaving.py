"""What becomes of a person's accounts when the person leaves for good (IDN-48, OPX-27)."""

from __future__ import annotations

from datetime import datetime, timedelta

from kabinet.accounts.enums import LinkEventKind
from kabinet.accounts.models import AccountLink, AccountLinkEvent, LinkRequest
from kabinet.accounts.operations.links import end_link
from kabinet.identity.events import PersonDeleted
from kabinet.identity.models import User
from kabinet.kernel.actors import Actor

# 152-ФЗ, ст. 21: destroyed within thirty days.
CONTACT_KEPT = timedelta(days=30)


def part_with_person(event: PersonDeleted) -> None:
    """End every link, leave the provider a row for `links-out`, and forget who it was.

    The row waits until the billing system fetches it: a provider that cannot be reached holds up nothing.
    """
    user = User.objects.get(pk=event.user_id)
    actor = Actor.customer(event.user_id)
    own = AccountLink.objects.filter(user=user)
    AccountLinkEvent.objects.filter(
        account__in=own.values("account"), email__in=event.contacts
    ).update(email="")
    # The primary one last, or every other would become it in turn.
    in_force = own.filter(ended_at=None).select_related("account").order_by("is_primary", "pk")
    for link in in_force:
        end_link(link, user, actor=actor, at=event.at, event=LinkEventKind.DELETED)
    event.erased["accounts.LinkRequest"] += LinkRequest.objects.filter(user=user).delete()[0]
    event.erased["accounts.AccountLink"] += own.delete()[0]


def forget_contacts_of_deleted(*, at: datetime) -> int:
    """Take the address out of rows that have told a provider of a deletion; gives how many."""
    told = AccountLinkEvent.objects.filter(event=LinkEventKind.DELETED, at__lt=at - CONTACT_KEPT)
    return told.exclude(email="").update(email="")

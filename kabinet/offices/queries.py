"""Where to go and whom to call (ACC-31: your service centre)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef
from django.db.models.functions import Cast

from kabinet.accounts import riders
from kabinet.accounts.queries import AccountCard
from kabinet.accounts.scopes import visible_accounts
from kabinet.kernel.actors import Actor
from kabinet.offices import scopes
from kabinet.offices.models import Office

OFFICES = "offices"
COLUMNS = ("name", "phone", "hours", "address", "email")


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """ "" where the provider told nothing."""

    name: str
    phone: str
    hours: str
    address: str
    email: str


def register() -> None:
    """Called once, when the app is ready."""
    riders.CARD.register(OFFICES, _offices, opens=None)


def _offices() -> Cast:
    """Of the account's branch; an account without a branch has none."""
    offices = Office.objects.filter(
        provider=OuterRef("account__provider"), branch=OuterRef("account__branch")
    )
    return riders.rows_as_text(offices.order_by("name", "code"), *COLUMNS)


def told_offices(card: AccountCard) -> Sequence[OfficeRow]:
    """The offices that came along with the account's card."""
    return [OfficeRow(*values) for values in json.loads(card.told.get(OFFICES, "[]"))]


def get_branch_offices(*, actor: Actor, account_id: int) -> Sequence[OfficeRow]:
    """Give the offices of the account's branch by name, none where the provider told no branch; one query."""
    branch = visible_accounts(actor).filter(pk=account_id).values("branch")
    offices = scopes.visible_offices(actor).filter(branch__in=branch)
    return [OfficeRow(*values) for values in offices.order_by("name", "code").values_list(*COLUMNS)]

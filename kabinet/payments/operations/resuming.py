"""A checkout goes on only as long as a new one would come to the same: what was fixed may have been closed since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.models import Account
from kabinet.accounts.scopes import guest_accounts
from kabinet.kernel.actors import Actor, Errand
from kabinet.kernel.errors import Refused
from kabinet.payments import scopes
from kabinet.payments.enums import EntryKind, Origin
from kabinet.payments.models import Checkout, CheckoutItem, CheckoutPart, LedgerEntry
from kabinet.payments.queries.merchants import get_payees

_ERRANDS = {Origin.GUEST: Errand.PAYING, Origin.LINK: Errand.PAYING_BY_LINK}


class NoLongerPayable(Refused):
    message = _(
        "Продолжить эту оплату нельзя: с её начала изменился счёт, получатель или карта. Откройте оплату счёта заново."
    )


def require_still_payable(
    *, actor: Actor, checkout: Checkout, part: CheckoutPart, at: datetime
) -> None:
    """Call before a part gets a new attempt.

    :raises NoLongerPayable: the account is closed to this payer, its money goes elsewhere, the card was removed, or
        the same line was paid by another checkout.
    """
    items = list(CheckoutItem.objects.filter(part=part).select_related("account"))
    is_open = _are_open(actor, checkout, items) and _go_to(part, items, at)
    card = checkout.saved_card
    is_removed = card is not None and card.removed_at is not None
    if not is_open or is_removed or (not checkout.again and _are_paid(checkout, items)):
        raise NoLongerPayable


def _are_open(actor: Actor, checkout: Checkout, items: Sequence[CheckoutItem]) -> bool:
    wanted = {item.account_id for item in items}
    return _payable(actor, checkout).filter(pk__in=wanted).count() == len(wanted)


def _payable(actor: Actor, checkout: Checkout) -> QuerySet[Account]:
    if checkout.user_id is not None:
        return scopes.payable_accounts(actor)
    return guest_accounts(_ERRANDS[Origin(checkout.origin)])


def _go_to(part: CheckoutPart, items: Sequence[CheckoutItem], at: datetime) -> bool:
    payees = get_payees(provider_ids={item.account.provider_id for item in items}, at=at)
    found = [
        payees.of(provider_id=item.account.provider_id, supplier_id=item.supplier_id)
        for item in items
    ]
    return all(payee is not None and payee.id == part.merchant_id for payee in found)


def _are_paid(checkout: Checkout, items: Sequence[CheckoutItem]) -> bool:
    """One of the lines was paid by somebody since: its sum is no longer what is due."""
    places = {(item.account_id, item.service_id, item.supplier_id) for item in items}
    since = LedgerEntry.objects.filter(
        kind=EntryKind.PAID,
        account__in={item.account_id for item in items},
        happened_at__gt=checkout.created_at,
    ).exclude(item__part__checkout=checkout)
    return not places.isdisjoint(since.values_list("account", "item__service", "item__supplier"))

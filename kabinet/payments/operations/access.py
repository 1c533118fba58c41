"""What a gateway needs of our rows: the open secret, the order of an attempt."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from kabinet.accounts.calculations import masked_tail
from kabinet.kernel.money import Money
from kabinet.kernel.secrets import unseal
from kabinet.payments.enums import Origin
from kabinet.payments.fiscal import items_of, kept_or_asked
from kabinet.payments.gateways.base import MerchantAccess, Order, Page
from kabinet.payments.models import Attempt, CheckoutItem, Merchant
from kabinet.providers.enums import PayMethod

_PAGES = {
    PayMethod.CARD: Page.REDIRECT,
    PayMethod.SBP: Page.SBP,
    PayMethod.SAVED_CARD: Page.NONE,
    PayMethod.AUTOPAY: Page.NONE,
}


def access_to(merchant: Merchant) -> MerchantAccess:
    """:raises SecretUnreadable: the secret was sealed under another key."""
    return MerchantAccess(merchant.pk, merchant.shop_id, unseal(merchant.secret))


def page_of_checkout(checkout_id: uuid.UUID) -> str:
    """Where the bank sends the payer back to; the host is the setting's, never the request's."""
    return settings.SITE_URL.rstrip("/") + reverse(
        "checkout-back", kwargs={"checkout_id": checkout_id}
    )


def order_of(attempt: Attempt, items: Sequence[CheckoutItem] | None = None) -> Order:
    """Everything that the bank is asked for; the same for every repeat of the attempt's call.

    ``items`` are the part's, where they are at hand.
    """
    checkout = attempt.part.checkout
    card = checkout.saved_card
    items = items_of(attempt.part) if items is None else items
    asked = kept_or_asked(attempt, items)
    return Order(
        ref=str(attempt.public_id),
        key=str(attempt.key),
        amount=Money(attempt.amount),
        description=_description(items, hides_number=checkout.origin == Origin.LINK),
        page=_PAGES[PayMethod(attempt.method)],
        return_url=page_of_checkout(checkout.public_id),
        save_means=checkout.save_card and checkout.user_id is not None,
        token=card.token if card is not None else "",
        payer_ref=payer_of(checkout.user_id),
        payer_address=checkout.address,
        receipt=asked.receipt,
        utilities=asked.utilities,
    )


def payer_of(user_id: int | None) -> str:
    """A stable name of the payer for the bank that tells nothing about the person; guests have none."""
    return f"user-{user_id}" if user_id else ""


def _description(items: Sequence[CheckoutItem], *, hides_number: bool) -> str:
    """What the payer reads on the bank's page; who came by a link knows the number's last digits only."""
    numbers = list(dict.fromkeys(item.account.number for item in items))
    if len(numbers) > 1:
        return _("Оплата услуг по лицевым счетам")
    return _("Оплата услуг, лицевой счёт %(number)s") % {
        "number": masked_tail(numbers[0]) if hides_number else numbers[0]
    }

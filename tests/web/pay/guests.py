"""Somebody who pays without signing in, as the tests of guests and of links share it."""

from __future__ import annotations

import re
from decimal import Decimal

from django.urls import reverse

from kabinet.providers.enums import GuestCheck
from tests.factories import AccountFactory, ProviderFactory
from tests.factories.payments import MerchantFactory
from tests.payments.carts import owe
from tests.payments.memory_bank import CODE
from tests.web.guests import INITIALS, REGION

SUMS = reverse("guest-pay-sums")


def paid_by_guests(
    *, amount="4.79", penalty="0.00", number="80510701", check=GuestCheck.INITIALS, **policy
):
    """An account with a debt at a provider that takes money from guests, and readings too unless told otherwise."""
    rules = {"guest_payments": check, "pay_min": Decimal(1)} | policy
    provider = ProviderFactory(
        region=REGION, **{f"policy__{name}": value for name, value in rules.items()}
    )
    MerchantFactory(provider=provider, gateway=CODE, issues_receipts=False)
    account = AccountFactory(
        provider=provider,
        number=number,
        street="ул. Тайная",
        house="5",
        flat="1",
    )
    owe(account, amount, name="Тайная услуга", penalty=Decimal(penalty))
    return account


def prove(client, page="guest-pay-initials", **changed):
    return client.post(reverse(page), {**INITIALS, **changed})


def seen(client, address=SUMS, **more):
    """The form as the page has it, with what the guest fills in."""
    page = client.get(address).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    fields.pop("csrfmiddlewaretoken", None)
    boxes = re.findall(r'name="((?:sum|penalty)-[^"]+)" value="([^"]*)"', page)
    return {**fields, **dict(boxes), "method": "card", "rules": "on", "do": "pay", **more}

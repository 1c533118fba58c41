"""People with autopays, and the steps that the tests of autopays share."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal

from kabinet.channels import writing
from kabinet.channels.models import Delivery
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments.operations.autopay.connecting import AutopayOrder, AutopayTerms
from tests.factories import AccountFactory, BalanceFactory, ProviderFactory, UserFactory
from tests.factories.payments import (
    AutopayFactory,
    AutopayRunFactory,
    MerchantFactory,
    SavedCardFactory,
)
from tests.payments.card_bank import CODE

UTC = dt.UTC
# The 25th of November, ten in the morning in Moscow.
DAY = dt.datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
TOLD = DAY - dt.timedelta(hours=48)
LONG_AGO = dt.datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


def household(*, due="1243.56", supports_recurring=True, **rules):
    """Give a person, their account that owes a sum, and the contract of its provider."""
    provider = ProviderFactory(**{f"policy__{name}": rule for name, rule in rules.items()})
    merchant = MerchantFactory(
        provider=provider,
        gateway=CODE,
        supports_recurring=supports_recurring,
        issues_receipts=False,
    )
    user = UserFactory()
    account = AccountFactory(provider=provider, holders=[user])
    if due is not None:
        BalanceFactory(account=account, amount=Decimal(due))
    return Actor.customer(user.pk, "192.0.2.1"), account, merchant


def card_of(actor, merchant, **about):
    return SavedCardFactory(user_id=actor.user_id, merchant=merchant, **about)


def autopay_of(actor, account, merchant, **about):
    """An autopay in force since long ago, for the 25th."""
    card = about.pop("card", None) or card_of(actor, merchant)
    terms = {"limit": Decimal("3000.00"), "day": 25, "connected_at": LONG_AGO} | about
    return AutopayFactory(
        account=account, user_id=actor.user_id, card=card, email="anna@example.ru", **terms
    )


def told_run(autopay, **about):
    """A run of November that its person knows of, for ten o'clock of the 25th."""
    known = {"due_at": DAY, "notified_at": TOLD} | about
    return AutopayRunFactory(autopay=autopay, **known)


def paying_household(**about):
    """The whole of it: person, account, contract, autopay, run that is due at ``DAY``."""
    terms = about.pop("autopay", {})
    actor, account, merchant = household(**about)
    autopay = autopay_of(actor, account, merchant, **terms)
    return actor, account, merchant, autopay, told_run(autopay)


def terms(**changes):
    usual = AutopayTerms(limit=Money(Decimal("3000.00")), day=25, email="anna@example.ru")
    return replace(usual, **changes)


def wanted(account, **changes):
    usual = AutopayOrder(
        key=uuid.uuid4(), account_id=account.public_id, terms=terms(), card_id=None, consents=True
    )
    return replace(usual, **changes)


def letters():
    """Subjects of what has been queued, oldest first, as they stand when they are about to leave."""
    for letter in Delivery.objects.order_by("pk"):
        writing.write_out(delivery_id=letter.pk)
    return list(Delivery.objects.order_by("pk").values_list("subject", flat=True))


def last_letter():
    letters()
    return Delivery.objects.order_by("pk").last()

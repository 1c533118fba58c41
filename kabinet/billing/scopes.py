"""Whose bills, payments and balances an actor may see; every one builds on the accounts' own scope."""

from __future__ import annotations

from django.db.models import QuerySet

from kabinet.accounts.scopes import accounts_open_for
from kabinet.billing.models import Balance, Bill, BillArchive, BillLine, PostedPayment
from kabinet.kernel.actors import Actor
from kabinet.providers.enums import Feature


def visible_bills(actor: Actor) -> QuerySet[Bill]:
    """Bills to look through and to download."""
    return Bill.objects.filter(account__in=accounts_open_for(actor, Feature.BILLS))


def visible_archives(actor: Actor) -> QuerySet[BillArchive]:
    """Whoever may download an account's bills may have a year of them at once."""
    return BillArchive.objects.filter(account__in=accounts_open_for(actor, Feature.BILLS))


def visible_charges(actor: Actor) -> QuerySet[Bill]:
    """The same bills as a source of charges and settlements, which may be open or closed on their own."""
    return Bill.objects.filter(account__in=accounts_open_for(actor, Feature.CHARGES))


def visible_charge_lines(actor: Actor) -> QuerySet[BillLine]:
    return BillLine.objects.filter(bill__in=visible_charges(actor))


def visible_totals(actor: Actor) -> QuerySet[Bill]:
    """Bills as a source of the amount due only (BIL-23: the latest one speaks when no balance came)."""
    return Bill.objects.filter(account__in=accounts_open_for(actor, Feature.BALANCE))


def visible_balances(actor: Actor) -> QuerySet[Balance]:
    return Balance.objects.filter(account__in=accounts_open_for(actor, Feature.BALANCE))


def payable_balances(actor: Actor) -> QuerySet[Balance]:
    """The figures that are paid: whoever may pay for an account learns what (PAY-19: sums and nothing else)."""
    return Balance.objects.filter(account__in=accounts_open_for(actor, Feature.PAY))


def payable_bills(actor: Actor) -> QuerySet[Bill]:
    return Bill.objects.filter(account__in=accounts_open_for(actor, Feature.PAY))


def visible_payments(actor: Actor) -> QuerySet[PostedPayment]:
    return PostedPayment.objects.filter(account__in=accounts_open_for(actor, Feature.PAYMENTS))


def charges_for_statistics(actor: Actor) -> QuerySet[Bill]:
    """Statistics tell of charges only what the section of charges would (BIL-19)."""
    return visible_charges(actor).filter(account__in=accounts_open_for(actor, Feature.STATISTICS))


def payments_for_statistics(actor: Actor) -> QuerySet[PostedPayment]:
    return visible_payments(actor).filter(account__in=accounts_open_for(actor, Feature.STATISTICS))

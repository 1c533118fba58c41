"""A person who can pay, and the shortest way to a checkout."""

from __future__ import annotations

import uuid
from decimal import Decimal

from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import PayLine
from kabinet.payments.enums import Origin
from kabinet.payments.models import Attempt, LedgerEntry
from kabinet.payments.operations.checkouts import CheckoutOrder
from kabinet.providers.enums import PayMethod
from tests.factories import AccountFactory, AccountLinkFactory, ProviderFactory
from tests.factories.payments import (
    CheckoutItemFactory,
    LedgerEntryFactory,
    MerchantFactory,
    paid,
)
from tests.payments.memory_bank import CODE


def roubles(text):
    return Money(Decimal(text))


def linked_account(**about):
    """Give a person, as an actor, and their account at a provider that takes money."""
    provider = ProviderFactory()
    merchant = MerchantFactory(provider=provider, gateway=CODE, issues_receipts=False)
    account = AccountFactory(provider=provider, **about)
    link = AccountLinkFactory(account=account, level="extended")
    return Actor.customer(link.user_id, "192.0.2.1"), account, merchant


def tell_the_state(merchant):
    """Its shop is one for utilities: ГИС ЖКХ is told of every payment."""
    merchant.for_utilities = True
    merchant.bank_name, merchant.bic = "ПАО Сбербанк", "044525225"
    merchant.bank_account = "40702810138250123017"
    merchant.corr_account = "30101810400000000225"
    merchant.save()


def line(account, amount="500.00", *, supplier=None, service=None, **more):
    values = {"penalty": roubles("0.00"), "due": roubles(amount), "title": "Газ"} | more
    return PayLine(
        account_id=account.pk,
        service_id=service.pk if service else None,
        supplier_id=supplier.pk if supplier else None,
        amount=roubles(amount),
        **values,
    )


def order(*lines, **more):
    values = {"key": uuid.uuid4(), "method": PayMethod.CARD, "origin": Origin.ACCOUNT} | more
    return CheckoutOrder(lines=lines, **values)


def ledger(account):
    """What the account's ledger says, in the order in which it happened."""
    entries = LedgerEntry.objects.filter(account=account).order_by("pk")
    return [(entry.kind, entry.amount) for entry in entries]


def attempts():
    return [(row.state, row.cause) for row in Attempt.objects.order_by("pk")]


def two_paid_lines(merchant):
    """A paid part: gas 100 of which 10 penalty, maintenance 50; commission 1.00 and 0.50 on top."""
    account = AccountFactory(provider=merchant.provider)
    sums = {"penalty": "10.00", "commission": "1.00"}
    entry = paid(account=account, amount="100.00", merchant=merchant, position=1, **sums)
    part = entry.item.part
    more = {"title": "Техобслуживание", "amount": "50.00", "commission": "0.50"}
    LedgerEntryFactory(item=CheckoutItemFactory(part=part, account=account, position=2, **more))
    part.amount, part.commission = Decimal("150.00"), Decimal("1.50")
    part.save()
    part.attempts.update(amount=Decimal("151.50"))
    return part

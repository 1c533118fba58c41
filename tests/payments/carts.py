"""People with something to put into a cart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kabinet.accounts.queries import get_linked_accounts
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments.queries.cart import get_cart
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    BalanceFactory,
    BillFactory,
    BillLineFactory,
    ProviderFactory,
    ServiceFactory,
    SupplierFactory,
)
from tests.factories.payments import MerchantFactory
from tests.payments.memory_bank import CODE


def roubles(text):
    return Money(Decimal(text))


def payable(user, *dues, style="D", taking=True, **policy):
    """An account with a balance for each sum, at a provider that takes money; ``taking=False``: that does not."""
    provider = ProviderFactory(style=style, **{f"policy__{name}": policy[name] for name in policy})
    if taking:
        MerchantFactory(provider=provider, gateway=CODE, issues_receipts=False)
    account = AccountFactory(provider=provider, holders=[user])
    for number, due in enumerate(dues):
        owe(account, due, name=f"Услуга {number}")
    return account


def owe(account, due, *, name="Газ", **balance):
    service = ServiceFactory(provider=account.provider, name=name)
    return BalanceFactory(
        account=account, service=service, amount=Decimal(due), as_of=NOW, **balance
    )


def billed(account, kind, lines, *, preliminary=None):
    """A receipt of October with a line for each (service name, sum)."""
    total = sum((Decimal(due) for _name, due in lines), Decimal(0))
    bill = BillFactory(
        account=account,
        period=date(2026, 10, 1),
        kind=kind,
        total=total,
        charged=total,
        preliminary=preliminary and Decimal(preliminary),
        as_of=NOW,
    )
    for name, due in lines:
        BillLineFactory(
            bill=bill,
            service=ServiceFactory(provider=account.provider, name=name),
            supplier=SupplierFactory(provider=account.provider),
            charged=Decimal(due),
            closing=Decimal(due),
        )
    return bill


def actor_of(user):
    return Actor.customer(user.pk)


def cart_of(user, at=NOW):
    actor = actor_of(user)
    return get_cart(actor=actor, accounts=get_linked_accounts(actor=actor), at=at)


def sums(user):
    """The cart in short: title and sum of each line that counts."""
    return sorted((line.title, str(line.amount.amount)) for line in cart_of(user).ready)

"""A person with as many accounts, months and services as asked for, made in a few sets."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from itertools import product

from django.db import connection
from django.utils import timezone

from kabinet.accounts.models import (
    Account,
    AccountLink,
    AccountService,
    Act,
    ActLine,
    Appliance,
    Benefit,
    Contract,
)
from kabinet.billing.models import Balance, Bill, PostedPayment, Tariff
from kabinet.identity.models import User
from kabinet.kernel.period import Period
from kabinet.metering.models import Meter, Reading
from kabinet.providers.enums import Proof, Style
from kabinet.providers.models import Provider
from kabinet.providers.presets import PRESETS
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    ProviderFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)
from tests.factories.payments import (
    CartItemFactory,
    CheckoutFactory,
    CheckoutItemFactory,
    CheckoutPartFactory,
    LedgerEntryFactory,
    MerchantFactory,
    SavedCardFactory,
)

ZONES = ("T1", "T2", "T3")
LAST = Period.of(timezone.localdate()).plus(-1)

# A charge of every service of the provider in every bill, and a reading of every zone for every day.
LINES = """
INSERT INTO billing_billline (bill_id, line, service_id, supplier_id, operation, tariff, norm, volume, unit, basis,
    opening, charged, paid, closing, is_penalty)
SELECT bill.id, service.id::text, service.id, supplier.id, '', 7, '', 10 + date_part('month', bill.period), '',
    'meter', 100, 100, 100, 100, false
FROM billing_bill bill
JOIN accounts_account account ON account.id = bill.account_id
JOIN providers_service service ON service.provider_id = account.provider_id
JOIN providers_supplier supplier ON supplier.provider_id = account.provider_id
WHERE bill.id = ANY(%s)
"""
READINGS = """
INSERT INTO metering_reading (meter_id, zone, taken_on, value, source, status, reason, route)
SELECT meter, zone, day, 5000 - 20 * back, 'inspector', 'accepted', '', ''
FROM unnest(%s::bigint[]) meter, unnest(%s::text[]) zone, unnest(%s::date[]) WITH ORDINALITY taken (day, back)
"""


def make_busy_person(
    *, accounts: int, months: int, services: int, styles: Sequence[Style] = tuple(Style)
) -> User:
    """Accounts by turns at providers of the styles, each account with everything that can pile up."""
    user = UserFactory()
    providers = [_provider(style, services, months) for style in styles[:accounts]]
    opened = [
        AccountFactory(provider=providers[number % len(providers)]) for number in range(accounts)
    ]
    for account in opened:
        AccountLinkFactory(user=user, account=account, is_primary=account is opened[0])
        # Somebody else holds it too, whom the person may send away.
        AccountLinkFactory(account=account)
    periods = [LAST.plus(-back) for back in range(months)]
    _fill_accounts(opened, months)
    _fill_bills(opened, periods)
    _fill_meters(opened, periods)
    _fill_payments(user, opened)
    # In the same transaction nobody else does it, and plans made for empty tables take minutes.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return user


def _provider(style: Style, services: int, months: int) -> Provider:
    proofs = [*PRESETS[style]["link_proofs"], Proof.MANUAL.value]
    provider = ProviderFactory(style=style, policy__link_proofs=proofs)
    SupplierFactory(provider=provider)
    MerchantFactory(provider=provider, supports_recurring=True)
    for number in range(services):
        service = ServiceFactory(provider=provider, name=f"Услуга {number}")
        Tariff.objects.bulk_create(
            Tariff(service=service, valid_from=LAST.plus(-back).first_day, price=Decimal(7))
            for back in range(0, months, 2)
        )
    return provider


def _fill_accounts(accounts: Sequence[Account], months: int) -> None:
    """As many contracts, acts and appliances as there are months."""
    each = list(product(accounts, range(months)))
    AccountService.objects.bulk_create(
        AccountService(account=account, service=service)
        for account in accounts
        for service in account.provider.services.all()
    )
    Contract.objects.bulk_create(
        Contract(
            account=account, number=f"{step}", kind="поставка", starts_on=LAST.plus(-step).first_day
        )
        for account, step in each
    )
    acts = Act.objects.bulk_create(
        Act(account=account, number=f"{step}", performed_at=timezone.now(), kind="осмотр")
        for account, step in each
    )
    ActLine.objects.bulk_create(
        ActLine(act=act, line="1", title="Осмотр", amount=Decimal(100)) for act in acts
    )
    Appliance.objects.bulk_create(
        Appliance(account=account, serial=f"{step}", kind="плита") for account, step in each
    )
    Benefit.objects.bulk_create(
        Benefit(account=account, name=f"льгота {step}") for account, step in each
    )


def _fill_bills(accounts: Sequence[Account], periods: Sequence[Period]) -> None:
    offered = {account.pk: list(account.provider.services.order_by("pk")) for account in accounts}
    each = list(product(accounts, periods))
    charged = Decimal(100)
    bills = Bill.objects.bulk_create(
        Bill(
            account=account,
            period=period.first_day,
            kind="общая",
            as_of=timezone.now(),
            opening=charged,
            paid=charged,
            charged=charged * len(offered[account.pk]) + period.month,
            total=charged * len(offered[account.pk]) + period.month,
        )
        for account, period in each
    )
    with connection.cursor() as cursor:
        cursor.execute(LINES, [[bill.pk for bill in bills]])
    PostedPayment.objects.bulk_create(
        PostedPayment(
            account=account,
            external_id=f"p{period}",
            received_on=period.day(13),
            amount=charged,
            source="Личный кабинет",
            service=offered[account.pk][0],
        )
        for account, period in each
    )
    Balance.objects.bulk_create(
        Balance(account=account, service=service, amount=charged, as_of=timezone.now())
        for account in accounts
        for service in offered[account.pk]
    )


def _fill_meters(accounts: Sequence[Account], periods: Sequence[Period]) -> None:
    """A meter of three zones for every service; the newest reading of each account was given here."""
    meters = Meter.objects.bulk_create(
        Meter(
            account=account, service=service, serial=f"07{service.pk}", digits=5, zones=list(ZONES)
        )
        for account in accounts
        for service in account.provider.services.all()
    )
    days = [period.day(20) for period in periods]
    with connection.cursor() as cursor:
        cursor.execute(READINGS, [[meter.pk for meter in meters], list(ZONES), days])
    first_of_each = {meter.account_id: meter for meter in reversed(meters)}
    Reading.objects.bulk_create(
        Reading(
            meter=meter,
            zone=ZONES[0],
            taken_on=LAST.day(21),
            value=5005,
            source="portal",
            status="sent",
            portal_id=uuid.uuid4(),
            submitted_at=timezone.now(),
            route="portal",
        )
        for meter in first_of_each.values()
    )


def _fill_payments(user: User, accounts: Sequence[Account]) -> None:
    """A saved card, a line in the cart for every account, and one payment of all of them at once."""
    merchants = {
        account.provider_id: account.provider.merchants.get(is_default=True) for account in accounts
    }
    SavedCardFactory(user=user, merchant=merchants[accounts[0].provider_id], is_default=True)
    checkout = CheckoutFactory(user=user, amount=Decimal(100) * len(accounts))
    parts = {
        provider_id: CheckoutPartFactory(
            checkout=checkout,
            number=number,
            merchant=merchant,
            amount=Decimal(100) * sum(account.provider_id == provider_id for account in accounts),
            paid=True,
        )
        for number, (provider_id, merchant) in enumerate(merchants.items(), start=1)
    }
    for position, account in enumerate(accounts, start=1):
        CartItemFactory(user=user, account=account, service=account.provider.services.first())
        item = CheckoutItemFactory(
            part=parts[account.provider_id],
            position=position,
            account=account,
            amount=Decimal(100),
            service=account.provider.services.last(),
        )
        LedgerEntryFactory(item=item)


def addresses_of(user: User, style: Style) -> dict[str, object]:
    """Something of the person's first account at a provider of the style for every parameter of an address."""
    links = AccountLink.objects.filter(user=user, account__provider__style=style)
    account = links.order_by("pk")[0].account
    return {
        "account_id": account.public_id,
        "bill_id": account.bills.get(period=LAST.first_day).public_id,
        "meter_id": account.meters.order_by("pk")[0].public_id,
        "reading_id": Reading.objects.get(meter__account=account, source="portal").portal_id,
        "holder_id": account.links.exclude(user=user).get().user.public_id,
        "month": str(LAST),
        "year": LAST.year,
        "code": account.provider.code,
        "checkout_id": user.checkouts.get().public_id,
        "card_id": user.saved_cards.get().public_id,
    }

"""Providers and people for the tests of linking."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from kabinet.accounts.operations import Application, Wanted, request_confirmation
from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.kernel.models import AuditEntry
from kabinet.providers.enums import Proof, Style
from kabinet.providers.models import StaffMember
from tests.factories import (
    AccountFactory,
    BillFactory,
    MeterFactory,
    PostedPaymentFactory,
    ProviderFactory,
    UserFactory,
)

AT = dt.datetime(2026, 11, 21, 7, 0, tzinfo=dt.UTC)
SERIAL = "07416852"


def trail():
    """The audit rows of this app; installing the site writes some of its own."""
    return AuditEntry.objects.filter(action__startswith="accounts.").order_by("pk")


def person(**fields):
    user = UserFactory(**fields)
    return user, Actor.customer(user.pk, address="192.0.2.7")


def account_of(style, *, number, rules=None, **fields):
    """An account with a meter, a bill of October for 314,72 ₽ and a payment of 1069,72 ₽."""
    named = {f"policy__{name}": value for name, value in (rules or {}).items()}
    account = AccountFactory(
        provider=ProviderFactory(style=style, **named), number=number, **fields
    )
    MeterFactory(account=account, serial=SERIAL)
    BillFactory(
        account=account,
        period=dt.date(2026, 10, 1),
        charged=Decimal("314.72"),
        total=Decimal("-1243.56"),
    )
    PostedPaymentFactory(
        account=account, received_on=dt.date(2025, 12, 1), amount=Decimal("1069.72")
    )
    return account


def account_a(**fields):
    return account_of(Style.A, **{"number": "3301635", **fields})


def account_b(**fields):
    return account_of(Style.B, **{"number": "805107", **fields})


def account_d(**fields):
    return account_of(Style.D, **{"number": "1234567899", "house": "10", "flat": "101", **fields})


def wanted_b(account, **changes):
    given = {
        "provider_code": account.provider.code,
        "number": account.number,
        "search": {Proof.INITIALS: "АБВ"},
        "proof": Proof.METER,
        "answer": SERIAL,
        "consents": True,
    }
    return Wanted(**{**given, **changes})


def wanted_a(account, **changes):
    return Wanted(**{"provider_code": account.provider.code, "number": account.number, **changes})


def account_c(**fields):
    return account_of(Style.C, **{"number": "12345678", **fields})


def wanted_c(account, **changes):
    given = {
        "provider_code": account.provider.code,
        "number": account.number,
        "search": {Proof.SURNAME: "Абрамов"},
    }
    return Wanted(**{**given, **changes})


def staff(account, role=Role.OPERATOR):
    """Somebody who works for the account's provider: (user, actor)."""
    user = UserFactory()
    StaffMember.objects.create(provider=account.provider, user=user, role=role)
    grants = frozenset({(account.provider.pk, role)})
    return user, Actor(ActorKind.STAFF, user_id=user.pk, grants=grants, address="192.0.2.9")


def ask(actor, account, *, at=AT, name="Абрамов Борис", comment="", **changes):
    """Ask the staff of a style C provider to confirm the account; gives the request's id."""
    return request_confirmation(
        actor=actor,
        wanted=wanted_c(account, **changes),
        application=Application(name=name, comment=comment),
        at=at,
    )

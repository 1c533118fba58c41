"""A person of whom every app holds something, and the marks by which it is found again."""

from __future__ import annotations

import datetime as dt
import io
import uuid
import zipfile
from dataclasses import dataclass

from kabinet.accounts.models import Account, AccountLink, LinkRequest
from kabinet.identity.enums import ConsentChannel
from kabinet.identity.models import SignedInSession, User
from kabinet.identity.operations import Acceptance, NewPerson, create_person
from kabinet.identity.queries import required_documents
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.payments.models import Merchant
from tests.factories import AccountFactory, MeterFactory, ProviderFactory, ReadingFactory
from tests.factories.payments import CartItemFactory, MerchantFactory
from tests.payments.autopayers import autopay_of
from tests.payments.card_bank import CODE

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
PASSWORD = "соловей поёт в саду"


@dataclass(frozen=True)
class Household:
    """``mark`` stands in every text that is this person's own."""

    user: User
    actor: Actor
    account: Account
    merchant: Merchant
    mark: str


def person(mark, phone):
    accepted = frozenset(row.pk for row in required_documents())
    pk = create_person(
        actor=SYSTEM,
        person=NewPerson(email=f"{mark}@example.ru", phone=phone, surname=mark.title()),
        password=PASSWORD,
        at=NOW,
        acceptance=Acceptance(document_ids=accepted, channel=ConsentChannel.SIGN_UP),
    )
    return User.objects.get(pk=pk)


def household(mark="anna", phone="+79123456789", account=None):
    """Somebody with an account, a meter, a reading, a card with an autopay, a cart, a request and a session."""
    user = person(mark, phone)
    provider = account.provider if account else ProviderFactory()
    merchant = Merchant.objects.filter(provider=provider).first() or MerchantFactory(
        provider=provider, gateway=CODE, supports_recurring=True, issues_receipts=False
    )
    account = account or AccountFactory(provider=provider, number=f"77-{mark}")
    actor = Actor.customer(user.pk, "192.0.2.1")
    AccountLink.objects.create(
        user=user,
        account=account,
        level="extended",
        alias=f"Дом {mark}",
        is_primary=True,
        linked_at=NOW,
        extended_at=NOW,
    )
    LinkRequest.objects.create(
        user=user,
        provider=provider,
        number=f"99-{mark}",
        applicant=f"{mark} Петрова",
        created_at=NOW,
    )
    ReadingFactory(
        meter=MeterFactory(account=account, serial=f"SN-{mark}"),
        source="portal",
        status="sent",
        portal_id=uuid.uuid4(),
        submitted_at=NOW,
        submitted_by=user,
    )
    CartItemFactory(user=user, account=account)
    SignedInSession.objects.create(
        user=user,
        session_key=f"key-{mark}",
        device_digest="d" * 64,
        way="password",
        address="192.0.2.1",
        began_at=NOW,
        seen_at=NOW,
    )
    return Household(user, actor, account, merchant, mark)


def with_autopay(home):
    """A saved card that pays by itself."""
    return autopay_of(home.actor, home.account, home.merchant)


def texts_in(content):
    """Every file of an archive, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}

"""Money for tests, made straight in the database: each factory gives one row that keeps every rule of its table.

``paid`` and ``refunded`` give the whole chain from the press to the ledger. States are traits
(``AttemptFactory(succeeded=True)``), for each of them brings its timestamps along.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from kabinet.kernel.secrets import seal
from kabinet.payments.enums import AttemptState, EntryKind, Origin, PartState, RefundState
from kabinet.payments.models import (
    Attempt,
    Autopay,
    AutopayRun,
    CardBinding,
    CartItem,
    Checkout,
    CheckoutItem,
    CheckoutPart,
    FiscalReceipt,
    LedgerEntry,
    Merchant,
    MerchantSupplier,
    PaymentLink,
    Refund,
    RefundItem,
    SavedCard,
)
from kabinet.providers.enums import PayMethod
from tests.factories import (
    NOON,
    AccountFactory,
    ProviderFactory,
    SupplierFactory,
    UserFactory,
)

SESSION = dt.timedelta(minutes=20)
SECRET = "test_secret_of_the_shop"


class MerchantFactory(DjangoModelFactory):
    """A contract that takes money of all payees; ``utilities=True`` sends ``payment_order``."""

    class Meta:
        model = Merchant

    class Params:
        utilities = factory.Trait(
            for_utilities=True,
            bank_name="ПАО Сбербанк",
            bic="044525225",
            bank_account="40702810138250123017",
            corr_account="30101810400000000225",
        )

    provider = factory.SubFactory(ProviderFactory)
    gateway = "yookassa"
    shop_id = factory.Sequence(lambda n: str(100500 + n))
    secret = factory.LazyFunction(lambda: seal(SECRET))
    payee_name = "ООО «Газ Пример»"
    payee_inn = "7707083893"
    is_default = True


class MerchantSupplierFactory(DjangoModelFactory):
    class Meta:
        model = MerchantSupplier

    merchant = factory.SubFactory(MerchantFactory, is_default=False)
    supplier = factory.SubFactory(
        SupplierFactory, provider=factory.SelfAttribute("..merchant.provider")
    )


class SavedCardFactory(DjangoModelFactory):
    class Meta:
        model = SavedCard

    class Params:
        removed = factory.Trait(token="", removed_at=NOON)
        sbp = factory.Trait(
            is_sbp=True, system="", last4="", expiry_year=None, expiry_month=None, title="Счёт СБП"
        )

    user = factory.SubFactory(UserFactory)
    merchant = factory.SubFactory(MerchantFactory)
    token = factory.Sequence("token-{}".format)
    system = "Mir"
    last4 = factory.Sequence("{:04d}".format)
    expiry_year = 2029
    expiry_month = 12
    saved_at = NOON


class CardBindingFactory(DjangoModelFactory):
    class Meta:
        model = CardBinding

    key = factory.LazyFunction(uuid.uuid4)
    user = factory.SubFactory(UserFactory)
    merchant = factory.SubFactory(MerchantFactory)
    created_at = NOON
    next_check_at = NOON


class CartItemFactory(DjangoModelFactory):
    class Meta:
        model = CartItem

    user = factory.SubFactory(UserFactory)
    account = factory.SubFactory(AccountFactory)
    amount = Decimal("100.00")
    told = factory.SelfAttribute("amount")
    added_at = NOON


class PaymentLinkFactory(DjangoModelFactory):
    class Meta:
        model = PaymentLink

    account = factory.SubFactory(AccountFactory)
    created_by = factory.SubFactory(UserFactory)
    digest = factory.Sequence("{:064x}".format)
    created_at = NOON
    expires_at = NOON + dt.timedelta(days=30)


class CheckoutFactory(DjangoModelFactory):
    """A press of «Оплатить» by a card; a saved card makes it the saved card's."""

    class Meta:
        model = Checkout

    key = factory.LazyFunction(uuid.uuid4)
    user = factory.SubFactory(UserFactory)
    origin = Origin.CART
    saved_card = None
    method = factory.LazyAttribute(
        lambda checkout: PayMethod.SAVED_CARD if checkout.saved_card else PayMethod.CARD
    )
    amount = Decimal("100.00")
    created_at = NOON


class CheckoutPartFactory(DjangoModelFactory):
    """A payee's share; ``paid=True`` is paid at ``paid_at``."""

    class Meta:
        model = CheckoutPart

    class Params:
        paid = factory.Trait(state=PartState.PAID, paid_at=NOON)

    checkout = factory.SubFactory(CheckoutFactory)
    number = 1
    merchant = factory.SubFactory(MerchantFactory)
    amount = factory.SelfAttribute("checkout.amount")
    commission = factory.SelfAttribute("checkout.commission")


class CheckoutItemFactory(DjangoModelFactory):
    class Meta:
        model = CheckoutItem

    part = factory.SubFactory(CheckoutPartFactory)
    position = factory.Sequence(lambda n: n % 30_000)
    account = factory.SubFactory(
        AccountFactory, provider=factory.SelfAttribute("..part.merchant.provider")
    )
    title = "Газоснабжение"
    amount = factory.SelfAttribute("part.amount")
    commission = factory.SelfAttribute("part.commission")
    due = factory.SelfAttribute("amount")


class AttemptFactory(DjangoModelFactory):
    """A try that the bank may not have heard of; the traits are its other states.

    ``pending``, ``succeeded``, ``declined``, ``expired``, ``disputed``, ``closed``, ``returned``; a part holds one live attempt at most.
    """

    class Meta:
        model = Attempt

    class Params:
        heard = factory.Trait(
            acquirer_id=factory.Sequence("bank-{}".format),
            sent_at=factory.SelfAttribute("created_at"),
        )
        ended = factory.Trait(finished_at=factory.SelfAttribute("created_at"), next_check_at=None)
        pending = factory.Trait(heard=True, state=AttemptState.PENDING)
        succeeded = factory.Trait(heard=True, ended=True, state=AttemptState.SUCCEEDED)
        declined = factory.Trait(
            heard=True,
            ended=True,
            state=AttemptState.DECLINED,
            reason="insufficient_funds",
            cause="no_money",
        )
        expired = factory.Trait(ended=True, state=AttemptState.EXPIRED)
        disputed = factory.Trait(heard=True, ended=True, state=AttemptState.DISPUTED)
        closed = factory.Trait(heard=True, ended=True, state=AttemptState.CLOSED)
        returned = factory.Trait(heard=True, ended=True, state=AttemptState.RETURNED)

    part = factory.SubFactory(CheckoutPartFactory)
    number = factory.LazyAttribute(lambda attempt: attempt.part.attempts.count() + 1)
    merchant = factory.SelfAttribute("part.merchant")
    method = factory.SelfAttribute("part.checkout.method")
    amount = factory.LazyAttribute(lambda attempt: attempt.part.amount + attempt.part.commission)
    created_at = NOON
    expires_at = factory.LazyAttribute(lambda attempt: attempt.created_at + SESSION)
    next_check_at = factory.SelfAttribute("created_at")


class LedgerEntryFactory(DjangoModelFactory):
    """A line's money that came in; takes its part's successful attempt or makes one."""

    class Meta:
        model = LedgerEntry

    item = factory.SubFactory(CheckoutItemFactory, part__paid=True)
    kind = EntryKind.PAID
    attempt = factory.LazyAttribute(lambda entry: _succeeded(entry.item.part, entry.happened_at))
    account = factory.SelfAttribute("item.account")
    amount = factory.SelfAttribute("item.amount")
    penalty = factory.SelfAttribute("item.penalty")
    commission = factory.SelfAttribute("item.commission")
    happened_at = NOON


class RefundFactory(DjangoModelFactory):
    """A return that the bank may not have heard of; ``succeeded=True`` is over."""

    class Meta:
        model = Refund

    class Params:
        succeeded = factory.Trait(
            state=RefundState.SUCCEEDED,
            acquirer_id=factory.Sequence("refund-{}".format),
            finished_at=factory.SelfAttribute("created_at"),
            next_check_at=None,
        )

    part = factory.SubFactory(CheckoutPartFactory, paid=True)
    attempt = factory.LazyAttribute(lambda refund: _succeeded(refund.part, refund.created_at))
    key = factory.LazyFunction(uuid.uuid4)
    amount = factory.SelfAttribute("part.amount")
    why = "Заявление плательщика"
    created_at = NOON
    next_check_at = factory.SelfAttribute("created_at")


class RefundItemFactory(DjangoModelFactory):
    class Meta:
        model = RefundItem

    refund = factory.SubFactory(RefundFactory)
    item = factory.SubFactory(CheckoutItemFactory, part=factory.SelfAttribute("..refund.part"))
    amount = factory.SelfAttribute("refund.amount")


class FiscalReceiptFactory(DjangoModelFactory):
    class Meta:
        model = FiscalReceipt

    attempt = factory.SubFactory(AttemptFactory, succeeded=True)
    contact = "person@example.ru"
    created_at = NOON
    next_check_at = NOON


class AutopayFactory(DjangoModelFactory):
    """An autopay in force, with a card of its person at a merchant of the account's provider."""

    class Meta:
        model = Autopay

    account = factory.SubFactory(AccountFactory)
    user = factory.SubFactory(UserFactory)
    card = factory.SubFactory(
        SavedCardFactory,
        user=factory.SelfAttribute("..user"),
        merchant=factory.SubFactory(
            MerchantFactory, provider=factory.SelfAttribute("...account.provider")
        ),
    )
    state = "on"
    limit = Decimal("3000.00")
    day = 25
    email = factory.SelfAttribute("user.email")
    consented_at = NOON
    connected_at = NOON


class AutopayRunFactory(DjangoModelFactory):
    class Meta:
        model = AutopayRun

    autopay = factory.SubFactory(AutopayFactory)
    account = factory.SelfAttribute("autopay.account")
    period = dt.date(2026, 11, 1)
    due_at = NOON


def _succeeded(part: CheckoutPart, at: dt.datetime) -> Attempt:
    found = part.attempts.filter(state=AttemptState.SUCCEEDED).first()
    return found or AttemptFactory(part=part, created_at=at, succeeded=True)


def paid(
    *,
    account,
    amount: Decimal | str = "100.00",
    at: dt.datetime = NOON,
    merchant: Merchant | None = None,
    part: CheckoutPart | None = None,
    **line,
) -> LedgerEntry:
    """Pay one line of an account, all the way: checkout, part, item, attempt, ledger.

    ``line`` goes to the item (service, supplier, penalty, commission, title). Another line of the same ``part`` joins
    its attempt; the sums of what it joins are the caller's.
    """
    amount = Decimal(amount)
    commission = Decimal(line.get("commission", 0))
    if part is None:
        merchant = merchant or merchant_of(account.provider)
        checkout = CheckoutFactory(amount=amount, commission=commission, created_at=at)
        part = CheckoutPartFactory(
            checkout=checkout, merchant=merchant, state=PartState.PAID, paid_at=at
        )
    item = CheckoutItemFactory(part=part, account=account, amount=amount, **line)
    return LedgerEntryFactory(item=item, happened_at=at)


def refunded(
    entry: LedgerEntry, *, amount: Decimal | str | None = None, at: dt.datetime = NOON
) -> LedgerEntry:
    """Give a paid line's money back, or a part of it, without commission."""
    part = entry.item.part
    amount = entry.amount if amount is None else Decimal(amount)
    refund = RefundFactory(
        part=part, attempt=entry.attempt, amount=amount, created_at=at, succeeded=True
    )
    penalty = min(entry.penalty, amount)
    RefundItemFactory(refund=refund, item=entry.item, amount=amount, penalty=penalty)
    part.refunded += amount
    if part.refunded == part.amount + part.commission:
        part.state = PartState.RETURNED
    part.save(update_fields=["refunded", "state"])
    return LedgerEntryFactory(
        item=entry.item,
        kind=EntryKind.REFUNDED,
        attempt=entry.attempt,
        refund=refund,
        amount=amount,
        penalty=penalty,
        commission=0,
        happened_at=at,
    )


def merchant_of(provider) -> Merchant:
    """The provider's contract for all payees, made when there is none."""
    found = Merchant.objects.filter(provider=provider, is_default=True, is_active=True).first()
    return found or MerchantFactory(provider=provider)

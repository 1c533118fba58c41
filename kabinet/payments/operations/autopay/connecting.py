"""Connecting an autopay: conditions, consent, and the card: a saved one, or a new one by a small payment (PAY-16)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.accounts.models import Account
from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.money import Money
from kabinet.payments import offers, scopes
from kabinet.payments.calculations.autopay_days import FIRST_DAY, LAST_DAY, opening
from kabinet.payments.calculations.splitting import PayLine
from kabinet.payments.enums import UNDER_WAY, AutopayState, AutopayWord, Origin, PartState
from kabinet.payments.messages import autopay as letters
from kabinet.payments.models import Attempt, Autopay, CheckoutPart, SavedCard
from kabinet.payments.operations.autopay.ending import end_locked, move
from kabinet.payments.operations.autopay.planning import turn_of
from kabinet.payments.operations.checkouts import AccountNotPayable, CheckoutOrder, open_checkout
from kabinet.payments.operations.offers import accept_offer
from kabinet.payments.operations.quiet import require_quiet
from kabinet.payments.queries.cards import CardNotFound
from kabinet.payments.queries.merchants import MerchantRow, get_payees
from kabinet.providers.enums import OverLimit, PayMethod
from kabinet.providers.models import ProviderPolicy
from kabinet.ui import formatting

BINDING_SUM = Money(Decimal("1.00"))
# Whoever has not paid the binding payment by then has changed their mind.
WAITED_FOR = timedelta(days=1)


class AutopayNotOffered(Refused):
    message = gettext_lazy(
        "Автоплатёж здесь подключить нельзя: его не поддерживает банк поставщика."
    )


class TermsRefused(Refused):
    """A condition that can't be; ``field`` names it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class ConsentMissing(Refused):
    message = gettext_lazy(
        "Чтобы подключить автоплатёж, подтвердите, что согласны с его условиями."
    )


class AlreadyConnected(Refused):
    message = gettext_lazy("Автоплатёж по этому счёту уже подключён.")


class ConnectedByAnother(Refused):
    message = gettext_lazy(
        "Автоплатёж по этому счёту уже подключил другой его владелец. Двух автоплатежей у счёта быть не может."
    )


@dataclass(frozen=True, slots=True)
class AutopayTerms:
    """What the person decides: sums in roubles, the day of the month, the address for notices and receipts."""

    limit: Money
    day: int
    email: str
    pays_up_to_limit: bool = False


@dataclass(frozen=True, slots=True)
class AutopayOrder:
    """``key`` comes with the form. Without ``card_id`` a new card is saved by the binding payment."""

    key: uuid.UUID
    account_id: uuid.UUID
    terms: AutopayTerms
    card_id: uuid.UUID | None
    consents: bool


@transaction.atomic
def connect_autopay(*, actor: Actor, order: AutopayOrder, at: datetime) -> uuid.UUID | None:
    """Connect an autopay; gives the checkout of the binding payment, or None when a saved card has made it unnecessary.

    The same press again gives the same checkout. One that was begun and not paid gives way to the new one, unless its
    payment is still under way. What others pay does not matter: the binding payment is not of what is due.

    :raises AccountNotPayable: the account is not open to the person for paying.
    :raises AutopayNotOffered: the provider or its bank does not do it.
    :raises ConsentMissing: the tick is missing.
    :raises TermsRefused: a limit, a day or an address that can't be.
    :raises AlreadyConnected: it is in force.
    :raises ConnectedByAnother: another holder of the account has connected it.
    :raises CardNotFound: no such card of this person works with the payee.
    :raises AlreadyUnderWay: a new card is wanted while the person pays this account.
    """
    account = _account(actor, order.account_id)
    payee = require_offered(account, at=at)
    if not order.consents:
        raise ConsentMissing
    check_terms(order.terms, account.provider.policy)
    repeated = _make_room(actor, account, order, at=at)
    if repeated is not None:
        return repeated
    card = own_card(actor, order.card_id, payee) if order.card_id else None
    autopay = _create(actor, account, order, card, at=at)
    if card is not None:
        _switch_on(autopay, card, at=at)
        return None
    require_quiet([account.pk], of=actor.user_id)
    checkout_id = open_checkout(actor=actor, order=_binding_payment(order, account), at=at)
    autopay.binding_checkout = scopes.own_checkouts(actor).get(public_id=checkout_id)
    autopay.save(update_fields=["binding_checkout"])
    return checkout_id


def _account(actor: Actor, account_id: uuid.UUID) -> Account:
    """Locked as ``open_checkout`` locks it: two presses about one account wait for each other."""
    rows = scopes.payable_accounts(actor).filter(public_id=account_id).values("pk")
    accounts = Account.objects.filter(pk__in=rows).select_related("provider__policy")
    account = accounts.select_for_update(of=("self",), no_key=True).first()
    if account is None:
        raise AccountNotPayable
    return account


def require_offered(account: Account, *, at: datetime) -> MerchantRow:
    """Give the payee that autopays of the account go to: the one for all who have no contract of their own.

    :raises AutopayNotOffered: the provider or its bank does not do it.
    """
    payees = get_payees(provider_ids=[account.provider_id], at=at)
    payee = payees.of(provider_id=account.provider_id, supplier_id=None)
    if not account.provider.policy.autopay_enabled or payee is None:
        raise AutopayNotOffered
    if not payee.can(PayMethod.AUTOPAY):
        raise AutopayNotOffered
    return payee


def check_terms(terms: AutopayTerms, policy: ProviderPolicy) -> None:
    """:raises TermsRefused: a limit, a day or an address that can't be (PAY-16)."""
    least, most = Money(policy.pay_min), Money(policy.pay_max)
    if terms.limit < least:
        words = _("Предел — не меньше %(sum)s: меньше поставщик не принимает.")
        raise TermsRefused("limit", words % {"sum": formatting.money(least)})
    if most and terms.limit > most:
        words = _("Предел — не больше %(sum)s: больше поставщик за один раз не принимает.")
        raise TermsRefused("limit", words % {"sum": formatting.money(most)})
    if not FIRST_DAY <= terms.day <= LAST_DAY:
        raise TermsRefused("day", _("День — от 1 до 28: такой есть в каждом месяце."))
    if not terms.email:
        raise TermsRefused("email", _("Укажите почту: на неё придут предупреждения и чеки."))
    if terms.pays_up_to_limit and policy.autopay_over_limit != OverLimit.PAY_LIMIT:
        words = _("Этот поставщик не разрешает платить часть суммы автоматически.")
        raise TermsRefused("pays_up_to_limit", words)


def own_card(actor: Actor, card_id: uuid.UUID, payee: MerchantRow) -> SavedCard:
    """:raises CardNotFound: it is another person's, or works with another payee."""
    card = scopes.own_cards(actor).filter(public_id=card_id, merchant=payee.id).first()
    if card is None:
        raise CardNotFound
    return card


def _make_room(
    actor: Actor, account: Account, order: AutopayOrder, *, at: datetime
) -> uuid.UUID | None:
    """Look at the autopay that the account has: the same press again, one given up, or one in force."""
    present = (
        Autopay.objects.filter(account=account)
        .exclude(state=AutopayState.OFF)
        .select_related("account", "binding_checkout")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if present is None:
        return None
    if present.user_id != actor.user_id:
        raise ConnectedByAnother
    checkout = present.binding_checkout
    if checkout is not None and checkout.key == order.key:
        return checkout.public_id
    if present.state != AutopayState.BINDING:
        raise AlreadyConnected
    end_locked(present, actor=actor, why="begun anew", at=at)
    return None


def _create(
    actor: Actor, account: Account, order: AutopayOrder, card: SavedCard | None, *, at: datetime
) -> Autopay:
    terms = order.terms
    try:
        with transaction.atomic():
            autopay = Autopay.objects.create(
                account=account,
                user_id=actor.user_id,
                card=card,
                limit=terms.limit.amount,
                day=terms.day,
                email=terms.email,
                pays_up_to_limit=terms.pays_up_to_limit,
                consented_at=at,
            )
    except IntegrityError as error:
        raise AlreadyConnected from error
    audit.record(
        actor,
        "payments.autopay.connect",
        autopay,
        at=at,
        limit=str(terms.limit.amount),
        day=terms.day,
        offer=accept_offer(offers.AUTOPAY_OFFER, provider_id=account.provider_id, at=at),
    )
    return autopay


def _binding_payment(order: AutopayOrder, account: Account) -> CheckoutOrder:
    """One rouble on the account: it shows that the card works, and lessens what is due like any payment."""
    line = PayLine(
        account_id=account.pk,
        service_id=None,
        supplier_id=None,
        title=_("Подключение автоплатежа"),
        amount=BINDING_SUM,
        due=BINDING_SUM,
    )
    return CheckoutOrder(
        key=order.key,
        lines=[line],
        method=PayMethod.CARD,
        origin=Origin.AUTOPAY,
        email=order.terms.email,
        save_card=True,
        again=True,
        is_binding=True,
    )


def _switch_on(autopay: Autopay, card: SavedCard, *, at: datetime) -> None:
    move(autopay, AutopayState.ON)
    autopay.card, autopay.connected_at, autopay.counted_from = card, at, at
    autopay.save(update_fields=["state", "card", "connected_at", "counted_from"])
    audit.record(SYSTEM, "payments.autopay.on", autopay, at=at)
    turn = turn_of(autopay, taken=(), at=at)
    zone = ZoneInfo(autopay.account.provider.timezone)
    first = turn.due_at or opening(turn.period.replace(day=autopay.day), zone)
    letters.tell_connected(autopay, first_at=first, at=at)


def settle_bindings(*, at: datetime, account_id: uuid.UUID | None = None) -> int:
    """Switch on the autopays whose binding payment has come through; those nobody has paid for are given up.

    ``account_id``: only of this account, for the person who has just come back from the bank. Gives how many moved.
    """
    live = Attempt.objects.filter(part__checkout=OuterRef("binding_checkout"), state__in=UNDER_WAY)
    waiting = Autopay.objects.filter(~Exists(live), state=AutopayState.BINDING)
    if account_id is not None:
        waiting = waiting.filter(account__public_id=account_id)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    return sum(_settle_binding(pk, at=at) for pk in ids)


@transaction.atomic
def _settle_binding(autopay_id: int, *, at: datetime) -> bool:
    autopay = (
        Autopay.objects.select_related("account__provider")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=autopay_id)
    )
    if autopay.state != AutopayState.BINDING:
        return False
    part = CheckoutPart.objects.filter(checkout=autopay.binding_checkout_id).first()
    if part is None or part.state == PartState.OPEN:
        if autopay.consented_at + WAITED_FOR > at:
            return False
        end_locked(autopay, actor=SYSTEM, why="binding payment not made", at=at)
        return True
    card = _card_of_payment(autopay, part)
    if card is None:
        end_locked(autopay, actor=SYSTEM, why="card not saved", at=at)
        letters.tell_ended(autopay, why=AutopayWord.NOT_SAVED, at=at)
        return True
    _switch_on(autopay, card, at=at)
    return True


def _card_of_payment(autopay: Autopay, part: CheckoutPart) -> SavedCard | None:
    """The card that the bank saved with the payment: it was kept in the transaction that booked the money."""
    attempt = part.attempts.order_by("-number").first()
    if attempt is None:
        return None
    cards = SavedCard.objects.filter(
        user=autopay.user_id,
        merchant=part.merchant_id,
        last4=attempt.card_last4,
        saved_at__gte=attempt.created_at,
        removed_at=None,
    )
    return cards.order_by("-saved_at", "-pk").first()

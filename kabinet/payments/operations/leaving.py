"""What becomes of a person's payments when the person leaves for good (IDN-48).

The ledger, the checkouts and the till's receipts stay: tax and accounting law keeps them for five years. They lose the
person, and every contact, as soon as the bank and the till need it no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Func, JSONField, OuterRef, Q, QuerySet, Value

from kabinet.identity.events import PersonDeleted
from kabinet.kernel.actors import SYSTEM
from kabinet.payments.enums import (
    REFUND_UNDER_WAY,
    UNDER_WAY,
    AttemptState,
    Origin,
    ReceiptState,
)
from kabinet.payments.models import (
    Attempt,
    Autopay,
    CartItem,
    Checkout,
    FiscalReceipt,
    PaymentLink,
    Refund,
    SavedCard,
)
from kabinet.payments.operations.autopay.ending import end_autopays
from kabinet.payments.operations.cards import drop_card, lock_cards

# Such a checkout is a signed-in person's; without a person, the person has left.
OF_A_PERSON = (Origin.CART, Origin.ACCOUNT, Origin.AUTOPAY)
LOOKED_BACK = timedelta(days=400)


def part_with_person(event: PersonDeleted) -> None:
    """End autopays, forget cards here and at the acquirers, empty the cart; what the bank is doing ends by itself.

    Locks are taken in the order of ``cards.remove_card``: autopays, then cards. A settlement that keeps a card at
    this moment is waited for, or waits and finds the person gone.
    """
    own = Autopay.objects.filter(user=event.user_id)
    ended = end_autopays(own, actor=SYSTEM, why="person deleted", at=event.at)
    own.exclude(email="").update(email="")
    lock_cards(event.user_id)
    cards = SavedCard.objects.filter(user=event.user_id, removed_at=None)
    # The default one last, or every other would become it in turn.
    for card in cards.order_by("is_default", "pk"):
        drop_card(card, at=event.at)
        event.erased["payments.SavedCard"] += 1
    links = PaymentLink.objects.filter(created_by=event.user_id, revoked_at=None)
    event.erased["payments.PaymentLink"] += links.update(revoked_at=event.at)
    event.erased["payments.CartItem"] += CartItem.objects.filter(user=event.user_id).delete()[0]
    event.erased["payments.Autopay"] += len(ended)
    contacts = _forget_contacts(Checkout.objects.filter(user=event.user_id))
    event.erased["payments.Checkout contact"] += contacts


@transaction.atomic
def forget_contacts_of_deleted(*, at: datetime) -> int:
    """Forget the contacts of people who left while a payment of theirs was under way; gives of how many checkouts."""
    return _forget_contacts(
        Checkout.objects.filter(user=None, origin__in=OF_A_PERSON, created_at__gt=at - LOOKED_BACK)
    )


def _forget_contacts(checkouts: QuerySet[Checkout]) -> int:
    """Take contacts and addresses out of finished checkouts, with what was sent to the bank and the till for them."""
    with_contacts = checkouts.exclude(receipt_email="", receipt_phone="", address="")
    finished = list(with_contacts.exclude(_is_awaited()).values_list("pk", flat=True))
    Checkout.objects.filter(pk__in=finished).update(receipt_email="", receipt_phone="", address="")
    asked = {"part__checkout__in": finished, "asked__receipt__has_key": "email"}
    attempts = Attempt.objects.filter(**asked).values("pk")
    Attempt.objects.filter(pk__in=attempts).update(asked=_without_contact())
    refunds = Refund.objects.filter(**asked).values("pk")
    Refund.objects.filter(pk__in=refunds).update(asked=_without_contact())
    receipts = FiscalReceipt.objects.filter(
        Q(attempt__part__checkout__in=finished) | Q(refund__part__checkout__in=finished)
    )
    FiscalReceipt.objects.filter(pk__in=receipts.values("pk")).update(contact="")
    return len(finished)


def _without_contact() -> Func:
    """``asked`` with its receipt's two contacts blank: the rest is what a refund's receipt rests on."""
    blank = Value("", JSONField())
    no_email = Func(F("asked"), Value("{receipt,email}"), blank, function="jsonb_set")
    return Func(
        no_email,
        Value("{receipt,phone}"),
        blank,
        function="jsonb_set",
        output_field=JSONField(),
    )


def _is_awaited() -> Q:
    """The bank or the till may still have to be told the same once more, word by word."""
    attempts = Attempt.objects.filter(
        part__checkout=OuterRef("pk"), state__in=[*UNDER_WAY, AttemptState.DISPUTED]
    )
    refunds = Refund.objects.filter(part__checkout=OuterRef("pk"), state__in=REFUND_UNDER_WAY)
    receipts = FiscalReceipt.objects.filter(
        Q(attempt__part__checkout=OuterRef("pk")) | Q(refund__part__checkout=OuterRef("pk")),
        state=ReceiptState.WAITING,
    )
    return Q(Exists(attempts)) | Q(Exists(refunds)) | Q(Exists(receipts))

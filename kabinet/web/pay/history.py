"""«Платежи в кабинете»: what the person has paid here and how each payment stands (PAY-10, 40, 44, 45)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kabinet.payments.operations.attempts import look
from kabinet.payments.operations.cart import NothingIsDue, NotPayableHere, repeat_in_cart
from kabinet.payments.queries.cards import card_words
from kabinet.payments.queries.checkouts import MOVING, CheckoutRow, PartRow, Stage, get_checkout
from kabinet.payments.queries.history import get_own_payments
from kabinet.providers.enums import PayMethod
from kabinet.ui.asked import page_number
from kabinet.web.pay.causes import EXPLANATIONS, Explanation
from kabinet.web.portal import actor_of, open_portal

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAYMENTS_A_PAGE = 20
STATES: dict[Stage, tuple[str, StrOrPromise]] = {
    Stage.NEXT: ("plain", _("не оплачено")),
    Stage.SENDING: ("wait", _("проверяем")),
    Stage.AT_BANK: ("wait", _("ждём оплату")),
    Stage.CHECKING: ("wait", _("проверяем")),
    Stage.PAID: ("done", _("оплачено")),
    Stage.RETURNED: ("plain", _("возвращено")),
    Stage.FAILED: ("late", _("не прошло")),
    Stage.DISPUTED: ("wait", _("разбираемся")),
}


@dataclass(frozen=True, slots=True)
class ShownPart:
    """``means`` is with what it was paid; ``why`` says why it was not, and what to do next."""

    part: PartRow
    kind: str
    state: StrOrPromise
    means: str
    why: Explanation | None

    @property
    def code(self) -> str:
        """The bank's own word, where nothing plainer is known."""
        attempt = self.part.attempt
        return attempt.reason if self.why is not None and attempt is not None else ""


@dataclass(frozen=True, slots=True)
class ShownPayment:
    checkout: CheckoutRow
    parts: Sequence[ShownPart]

    @property
    def is_moving(self) -> bool:
        return any(shown.part.stage in {Stage.SENDING, Stage.CHECKING} for shown in self.parts)

    @property
    def is_open(self) -> bool:
        """There is still something to do on the payment's own page."""
        stages = {Stage.AT_BANK, Stage.SENDING, Stage.CHECKING, Stage.NEXT}
        return any(shown.part.stage in stages for shown in self.parts)

    @property
    def can_be_repeated(self) -> bool:
        ended = {Stage.PAID, Stage.RETURNED, Stage.FAILED}
        return all(shown.part.stage in ended for shown in self.parts)

    @property
    def is_paid(self) -> bool:
        return any(shown.part.paid_at for shown in self.parts)


@require_safe
def show_history(request: HttpRequest) -> HttpResponse:
    portal = open_portal(request)
    number = page_number(request)
    found = get_own_payments(actor=portal.actor, page=number, size=PAYMENTS_A_PAGE)
    return render(
        request,
        "web/pay/history.html",
        {
            "payments": [_shown(checkout) for checkout in found.checkouts],
            "older": number + 1 if found.has_more else None,
            "newer": number - 1 if number > 1 else None,
        },
    )


@require_safe
def show_payment(request: HttpRequest, checkout_id: uuid.UUID) -> HttpResponse:
    """One payment of the list again, for a state that resolves itself; the payment's own page for everybody else."""
    if not request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
        return redirect("checkout", checkout_id=checkout_id)
    actor = actor_of(request)
    checkout = get_checkout(actor=actor, checkout_id=checkout_id)
    waiting = [part.attempt.id for part in checkout.parts if part.attempt and part.stage in MOVING]
    if waiting:
        look(attempt_ids=waiting, at=timezone.now())
        checkout = get_checkout(actor=actor, checkout_id=checkout_id)
    return render(request, "web/pay/_payment.html", {"payment": _shown(checkout)})


@require_POST
def repeat(request: HttpRequest, checkout_id: uuid.UUID) -> HttpResponse:
    """Put the same lines into the cart."""
    try:
        repeat_in_cart(actor=actor_of(request), checkout_id=checkout_id, at=timezone.now())
    except (NotPayableHere, NothingIsDue) as refusal:
        messages.warning(request, str(refusal))
        return redirect("own-payments")
    return redirect("cart")


def _shown(checkout: CheckoutRow) -> ShownPayment:
    return ShownPayment(checkout, [_part(checkout, part) for part in checkout.parts])


def _part(checkout: CheckoutRow, part: PartRow) -> ShownPart:
    kind, state = STATES[part.stage]
    cause = part.attempt.cause if part.attempt and part.stage is Stage.FAILED else None
    return ShownPart(
        part=part,
        kind=kind,
        state=state,
        means=_means(checkout, part),
        why=EXPLANATIONS[cause] if cause else None,
    )


def _means(checkout: CheckoutRow, part: PartRow) -> str:
    attempt = part.attempt
    if checkout.method is not PayMethod.SBP and attempt and attempt.card_last4:
        return card_words(attempt.card_system, attempt.card_last4)
    return str(checkout.method.label)

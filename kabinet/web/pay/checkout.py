"""The page of one payment: on to the bank, «проверяем», the result, and the next payee (PAY-09, 10, 26, 29, 45, 49)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel import qr
from kabinet.kernel.errors import Refused
from kabinet.payments.operations.attempts import look, note_return
from kabinet.payments.operations.quiet import AlreadyUnderWay
from kabinet.payments.queries.cards import card_words
from kabinet.payments.queries.checkouts import CheckoutRow, PartRow, Stage, get_checkout
from kabinet.providers.enums import PayMethod
from kabinet.web.pay.causes import EXPLANATIONS, Explanation
from kabinet.web.pay.changed import cannot_go_on
from kabinet.web.pay.codes import code_path
from kabinet.web.pay.guest_items import narrowed
from kabinet.web.pay.payers import Payer, payer_of
from kabinet.web.pay.readings import told_with
from kabinet.web.pay.starting import forwarding_key, go_on, own_checkout
from kabinet.web.portal import open_portal

_NUMBER = re.compile(r"[0-9]{1,3}")
# Only the bank's own pages: what we were told may lead nowhere else.
_SAFE = ("https://", "http://127.0.0.1:", "http://localhost:")


@dataclass(frozen=True, slots=True)
class PartView:
    """A part with what its payer is told; ``code`` are the rows of the SBP code's modules."""

    part: PartRow
    why: Explanation | None
    bank_url: str
    code: Sequence[str]

    @property
    def stage(self) -> str:
        return self.part.stage.name

    @property
    def card(self) -> str:
        attempt = self.part.attempt
        return card_words(attempt.card_system, attempt.card_last4) if attempt else ""

    @property
    def code_path(self) -> str:
        return code_path(self.code)


@login_not_required
@require_safe
def show(request: HttpRequest, checkout_id: uuid.UUID) -> HttpResponse:
    """Show how far the payment has come; the first time after a press it leads on to the bank by itself."""
    payer = payer_of(request)
    checkout = _looked_at(payer, checkout_id)
    forward = request.session.pop(forwarding_key(checkout_id), False)
    return _page(request, checkout, forward=forward)


@login_not_required
@require_safe
def state(request: HttpRequest, checkout_id: uuid.UUID) -> HttpResponse:
    """The piece of the page that may change by itself; without htmx it leads to the page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("checkout", checkout_id=checkout_id)
    checkout = _looked_at(payer_of(request), checkout_id)
    response = render(request, "web/pay/_state.html", _context(request, checkout))
    if not checkout.is_moving:
        # The sum in the page's header has changed with it.
        response.headers["HX-Refresh"] = "true"
    return response


@login_not_required
@require_safe
def back(request: HttpRequest, checkout_id: uuid.UUID) -> HttpResponse:
    """Where the bank sends the payer: proves nothing, so the bank is asked (PAY-29)."""
    payer = payer_of(request)
    get_checkout(actor=payer.actor, checkout_id=checkout_id, session=payer.session)
    note_return(
        actor=payer.actor, checkout_id=checkout_id, at=timezone.now(), session=payer.session
    )
    return redirect("checkout", checkout_id=checkout_id)


@login_not_required
@require_POST
def carry_on(request: HttpRequest, checkout_id: uuid.UUID) -> HttpResponse:
    """Pay the next payee, or try again what did not go through; what is paid stays paid (PAY-49)."""
    payer, number = payer_of(request), request.POST.get("part", "")
    checkout = get_checkout(actor=payer.actor, checkout_id=checkout_id, session=payer.session)
    if checkout.method is PayMethod.AUTOPAY:
        # Its next try is the autopay's own.
        return redirect("checkout", checkout_id=checkout_id)
    try:
        return go_on(
            request,
            payer=payer,
            checkout_id=checkout_id,
            at=timezone.now(),
            number=int(number) if _NUMBER.fullmatch(number) else None,
        )
    except AlreadyUnderWay as refusal:
        messages.warning(request, str(refusal))
        running = own_checkout(payer, refusal.checkout_id)
        return redirect("checkout", checkout_id=running or checkout_id)
    except Refused as refusal:
        account = _open_account(request, checkout) if request.user.is_authenticated else None
        return cannot_go_on(request, checkout, refusal, account)


def _looked_at(payer: Payer, checkout_id: uuid.UUID) -> CheckoutRow:
    """Ask the bank about what hangs, at most every two seconds, and read the checkout again after that."""
    checkout = get_checkout(actor=payer.actor, checkout_id=checkout_id, session=payer.session)
    waiting = [
        part.attempt.id
        for part in checkout.parts
        if part.attempt and part.stage in {Stage.CHECKING, Stage.AT_BANK, Stage.SENDING}
    ]
    if not waiting:
        return checkout
    look(attempt_ids=waiting, at=timezone.now())
    return get_checkout(actor=payer.actor, checkout_id=checkout_id, session=payer.session)


def _page(request: HttpRequest, checkout: CheckoutRow, *, forward: bool) -> HttpResponse:
    context = _context(request, checkout)
    current = context["current"]
    is_guest = not request.user.is_authenticated
    account = None if is_guest else _open_account(request, checkout)
    url = current.bank_url if isinstance(current, PartView) else ""
    return render(
        request,
        "web/pay/checkout.html",
        {
            **context,
            "readings": told_with(request, checkout.public_id),
            "forward_to": url if forward else "",
            "is_guest": is_guest,
            "account": account,
        },
    )


def _open_account(request: HttpRequest, checkout: CheckoutRow) -> LinkedAccountRow | None:
    """Give the one account that is paid, if it is still linked, and let the page's frame speak of it too."""
    portal = open_portal(request)
    paid = {
        (part.provider_name, item.account_number) for part in checkout.parts for item in part.items
    }
    found = [row for row in portal.accounts if (row.provider.name, row.number) in paid]
    if len(paid) != 1 or len(found) != 1:
        return None
    request.portal = replace(portal, account=found[0])  # type: ignore[attr-defined]
    return found[0]


def _context(request: HttpRequest, checkout: CheckoutRow) -> dict[str, object]:
    checkout = narrowed(checkout)
    views = [_view(part) for part in checkout.parts]
    current = next((view for view in views if view.part is checkout.current), None)
    return {
        "checkout": checkout,
        "parts": views,
        "current": current,
        "paid": [view for view in views if view.stage in {"PAID", "RETURNED"}],
        "left": sum(view.stage in {"NEXT", "FAILED"} for view in views),
        "is_returned": all(view.stage == "RETURNED" for view in views),
        "disputed": [view for view in views if view.stage == "DISPUTED"],
        "is_guest": not request.user.is_authenticated,
        "by_account": current is not None and _pays_again(current.part, checkout.parts),
    }


def _pays_again(part: PartRow, parts: Sequence[PartRow]) -> bool:
    """The payee gets several payments of the checkout: one for each account."""
    return sum(row.merchant_id == part.merchant_id for row in parts) > 1


def _view(part: PartRow) -> PartView:
    attempt = part.attempt
    failed = part.stage is Stage.FAILED and attempt is not None and attempt.cause is not None
    at_bank = part.stage in {Stage.AT_BANK, Stage.CHECKING}
    url = attempt.confirmation_url if attempt is not None and at_bank else ""
    payload = attempt.sbp_payload if attempt is not None and at_bank else ""
    return PartView(
        part=part,
        why=EXPLANATIONS[attempt.cause] if failed and attempt and attempt.cause else None,
        bank_url=next((link for link in (url, payload) if link.startswith(_SAFE)), ""),
        code=qr.encode(payload.encode()) if payload else (),
    )

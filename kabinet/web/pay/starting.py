"""What every payment form ends in: the checkout is fixed, the bank is asked, the payer goes on to the result page."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from kabinet.kernel.errors import NotVisible
from kabinet.payments.operations.attempts import AlreadyPaid, pay
from kabinet.payments.operations.checkouts import CheckoutOrder, open_checkout
from kabinet.payments.queries.checkouts import find_checkout_of, get_checkout
from kabinet.web.pay.payers import Payer, payer_of


def pressed_before(request: HttpRequest) -> HttpResponseRedirect | None:
    """Lead to what the same press has opened before, whatever the form or the provider says by now (PAY-46).

    Nothing is begun: whoever came back to the form and typed another sum must not be charged the first one. Only the
    word that an account shall be paid once more is a new one, for a checkout that waited for it.
    """
    payer = payer_of(request)
    twice = find_checkout_of(
        actor=payer.actor,
        key=_key(request),
        session=payer.session,
        only_begun="again" in request.POST,
    )
    return redirect("checkout", checkout_id=twice) if twice is not None else None


def _key(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid.UUID(int=0)


def start(
    request: HttpRequest, *, payer: Payer, order: CheckoutOrder, at: datetime
) -> HttpResponseRedirect:
    """Open the checkout, begin its first part and lead to its page; the same form again leads to the same page.

    Refusals of ``open_checkout`` go through: the form shows them beside its fields, with nothing typed lost.
    """
    checkout_id = open_checkout(actor=payer.actor, order=order, at=at)
    return go_on(request, payer=payer, checkout_id=checkout_id, at=at)


def go_on(
    request: HttpRequest,
    *,
    payer: Payer,
    checkout_id: uuid.UUID,
    at: datetime,
    number: int | None = None,
) -> HttpResponseRedirect:
    """Begin or take up the next part; a payment that is over already only shows itself."""
    try:
        pay(
            actor=payer.actor,
            checkout_id=checkout_id,
            at=at,
            number=number,
            session=payer.session,
        )
    except AlreadyPaid:
        return redirect("checkout", checkout_id=checkout_id)
    request.session[forwarding_key(checkout_id)] = True
    return redirect("checkout", checkout_id=checkout_id)


def own_checkout(payer: Payer, checkout_id: uuid.UUID) -> uuid.UUID | None:
    """Another payer's checkout has no address for this one."""
    try:
        get_checkout(actor=payer.actor, checkout_id=checkout_id, session=payer.session)
    except NotVisible:
        return None
    return checkout_id


def forwarding_key(checkout_id: uuid.UUID) -> str:
    """Set once after a press: the result page then leads on to the bank by itself, and not again after «Назад»."""
    return f"forward:{checkout_id}"

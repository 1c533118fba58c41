"""The sums of the account that a guest has proved (PAY-19)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.accounts.guests import PassOver, get_guest_account
from kabinet.accounts.queries import AccountNotFound
from kabinet.kernel.actors import Errand
from kabinet.payments.enums import Origin
from kabinet.web.entry.visitors import seconds_until, written_wait
from kabinet.web.guest import passes
from kabinet.web.pay import payers
from kabinet.web.pay.guest_form import GuestPayment, answer


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay_sums(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    try:
        actor = passes.guest_of(request, at=at, errand=Errand.PAYING)
        account = get_guest_account(actor=actor, at=at)
    except (PassOver, AccountNotFound):
        if passes.forget(request, Errand.PAYING):
            messages.info(request, str(PassOver.message))
        return redirect("guest-pay")
    seconds = seconds_until(actor.until or at, at)
    payment = GuestPayment(
        account=account,
        actor=actor,
        origin=Origin.GUEST,
        template="web/pay/guest_sums.html",
        action=reverse("guest-pay-sums"),
        context={"seconds_left": seconds, "time_left": written_wait(seconds)},
    )
    return answer(request, payment, at=at)


@login_not_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Forget what was proved and what was paid: the next person at this device starts anew."""
    passes.forget(request, Errand.PAYING)
    payers.forget(request)
    return redirect("account_login")

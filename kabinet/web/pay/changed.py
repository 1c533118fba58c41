"""A payment that cannot go on as it was begun: what has changed since, and where to pay by today's sums (PAY-49)."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.errors import Refused
from kabinet.kernel.money import Money
from kabinet.payments.enums import Origin
from kabinet.payments.operations.resuming import SumChange, SumsChanged
from kabinet.payments.queries.checkouts import CheckoutRow, Stage

CHANGED = 409
OPEN = frozenset({Stage.NEXT, Stage.FAILED})


def cannot_go_on(
    request: HttpRequest,
    checkout: CheckoutRow,
    refusal: Refused,
    account: LinkedAccountRow | None,
) -> HttpResponse:
    """Say what has changed and lead to a new payment; what is paid stays paid. ``account``: the only one, if linked."""
    changes = refusal.changes if isinstance(refusal, SumsChanged) else ()
    gone = sum(1 for change in changes if not change.now)
    lines = sum(len(part.items) for part in checkout.parts if part.stage in OPEN)
    paid = [part.whole for part in checkout.parts if part.paid_at]
    return render(
        request,
        "web/pay/changed.html",
        {
            "checkout": checkout,
            "changes": _shown(checkout, changes),
            "words": str(refusal),
            "is_nothing_left": bool(gone) and gone == lines,
            "paid": Money.total(paid) if paid else None,
            "account": account,
            "is_guest": not request.user.is_authenticated,
        },
        status=CHANGED,
    )


def _shown(checkout: CheckoutRow, changes: Sequence[SumChange]) -> Sequence[SumChange]:
    """Who pays for an account without signing in learns its sum, and never what that is made of (PAY-19)."""
    if checkout.origin not in {Origin.GUEST, Origin.LINK} or not changes:
        return changes
    was = Money.total(change.was for change in changes)
    now = Money.total(change.now for change in changes)
    return [SumChange(_("Услуги"), "", was, now)]

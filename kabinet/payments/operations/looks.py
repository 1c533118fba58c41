"""Staff look at people's payments; the trail says who, at what and how much of it (OPX-33)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.payments.models import CheckoutPart
from kabinet.payments.queries.register import (
    PAGE_ROWS,
    MerchantChoice,
    RegisterLine,
    RegisterRow,
    RegisterSearch,
    RegisterTotals,
    get_register,
    get_register_lines,
    get_register_totals,
)
from kabinet.payments.queries.served_payment import ServedPayment, get_served_payment
from kabinet.providers.models import Provider

MOST_IN_A_FILE = 10_000


class TooManyForAFile(Refused):
    message = _("Для одного файла платежей слишком много. Выберите меньше дней.")


@dataclass(frozen=True, slots=True)
class RegisterPage:
    rows: Sequence[RegisterRow]
    totals: RegisterTotals
    has_more: bool


@transaction.atomic
def open_register(
    *,
    actor: Actor,
    search: RegisterSearch,
    merchants: Sequence[MerchantChoice],
    page: int,
    at: datetime,
) -> RegisterPage:
    """Give a page of the register (from 1), what is found in sum, and record the look; two queries and the trail."""
    first = (max(page, 1) - 1) * PAGE_ROWS
    found = get_register(
        actor=actor, search=search, merchants=merchants, first=first, most=PAGE_ROWS + 1
    )
    rows = found[:PAGE_ROWS]
    _record(actor, "payments.register.look", (row.provider_id for row in rows), search, at)
    totals = get_register_totals(actor=actor, search=search, merchants=merchants)
    return RegisterPage(rows, totals, len(found) > PAGE_ROWS)


@transaction.atomic
def take_register(
    *, actor: Actor, search: RegisterSearch, merchants: Sequence[MerchantChoice], at: datetime
) -> Sequence[RegisterLine]:
    """Give all that is found, line by line, for a file, and record who has taken it.

    :raises TooManyForAFile: more than ``MOST_IN_A_FILE`` payments are found.
    """
    totals = get_register_totals(actor=actor, search=search, merchants=merchants)
    if totals.count > MOST_IN_A_FILE:
        raise TooManyForAFile
    lines = get_register_lines(actor=actor, search=search, merchants=merchants, most=MOST_IN_A_FILE)
    _record(
        actor, "payments.register.download", (line.row.provider_id for line in lines), search, at
    )
    return lines


@transaction.atomic
def open_payment(*, actor: Actor, checkout_id: uuid.UUID, part: int, at: datetime) -> ServedPayment:
    """Give a payment with all that happened to it, and record the look.

    :raises PaymentNotFound: it is of no provider that the actor works for.
    """
    payment = get_served_payment(actor=actor, checkout_id=checkout_id, part=part)
    audit.record(actor, "payments.payment.look", CheckoutPart(pk=payment.part_id), at=at)
    return payment


def _record(
    actor: Actor, action: str, providers: Iterable[int], search: RegisterSearch, at: datetime
) -> None:
    for provider_id, shown in sorted(Counter(providers).items()):
        audit.record(
            actor,
            action,
            Provider(pk=provider_id),
            at=at,
            rows=shown,
            account=search.account_number[:64],
        )

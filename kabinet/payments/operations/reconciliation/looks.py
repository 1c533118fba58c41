"""Staff look at differences, which name accounts; the trail says who and at how many (OPX-33)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.payments.models import Discrepancy
from kabinet.payments.queries.reconciliation import (
    PAGE_ROWS,
    DiscrepancyRow,
    DiscrepancySearch,
    get_discrepancies,
)
from kabinet.payments.queries.three_books import ThreeBooks, get_three_books
from kabinet.providers.models import Provider

MOST_IN_A_FILE = 10_000


class TooManyDiscrepancies(Refused):
    message = _("Для одного файла расхождений слишком много. Выберите меньше дней.")


@dataclass(frozen=True, slots=True)
class DiscrepanciesPage:
    rows: Sequence[DiscrepancyRow]
    has_more: bool


@transaction.atomic
def open_discrepancies(
    *, actor: Actor, search: DiscrepancySearch, page: int, at: datetime
) -> DiscrepanciesPage:
    """Give a page of the differences that fit (from 1) and record the look; one query and the trail."""
    first = (max(page, 1) - 1) * PAGE_ROWS
    found = get_discrepancies(actor=actor, search=search, first=first, most=PAGE_ROWS + 1)
    rows = found[:PAGE_ROWS]
    _record(actor, "payments.discrepancies.look", rows, at)
    return DiscrepanciesPage(rows, len(found) > PAGE_ROWS)


@transaction.atomic
def take_discrepancies(
    *, actor: Actor, search: DiscrepancySearch, at: datetime
) -> Sequence[DiscrepancyRow]:
    """Give all that fit, for a file, and record who has taken it.

    :raises TooManyDiscrepancies: more than ``MOST_IN_A_FILE`` fit.
    """
    rows = get_discrepancies(actor=actor, search=search, most=MOST_IN_A_FILE + 1)
    if len(rows) > MOST_IN_A_FILE:
        raise TooManyDiscrepancies
    _record(actor, "payments.discrepancies.download", rows, at)
    return rows


@transaction.atomic
def open_three_books(*, actor: Actor, discrepancy_id: int, at: datetime) -> ThreeBooks:
    """Give one difference with what each book says, and record the look.

    :raises DiscrepancyNotFound: the actor does not look after such a provider's payments.
    """
    books = get_three_books(actor=actor, discrepancy_id=discrepancy_id, at=at)
    audit.record(actor, "payments.discrepancy.look", Discrepancy(pk=discrepancy_id), at=at)
    return books


def _record(actor: Actor, action: str, rows: Iterable[DiscrepancyRow], at: datetime) -> None:
    shown = Counter(row.provider_id for row in rows if row.account_number)
    for provider_id, number in sorted(shown.items()):
        audit.record(actor, action, Provider(pk=provider_id), at=at, rows=number)

"""Differences are ended by people, with a word why (PAY-46, OPX-33)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.payments import scopes
from kabinet.payments.enums import OF_THE_PROVIDER
from kabinet.payments.models import Discrepancy, LedgerEntry
from kabinet.payments.queries.differences import get_undecided
from kabinet.payments.queries.three_books import DiscrepancyNotFound

LONGEST_NOTE = 300


class DiscrepancyClosed(Refused):
    message = _("Это расхождение уже закрыто или пропало само.")


class DecisionNeeded(Refused):
    message = _(
        "Одного слова здесь мало: за расхождением стоят деньги, о которых решает администратор."
    )


class NoteMissing(Refused):
    message = _("Напишите, чем закончилось: до 300 знаков.")


@transaction.atomic
def close_discrepancy(
    *, actor: Actor, discrepancy_id: int, note: str, settles_entry: bool, at: datetime
) -> None:
    """Say that a difference has been dealt with.

    With ``settles_entry`` what the provider has not booked of the payment is no longer taken off the sum due.

    :raises DiscrepancyNotFound: the actor does not look after such a provider's payments.
    :raises DiscrepancyClosed: nothing is open.
    :raises DecisionNeeded: it holds money that people have to decide about (``operations.disputes``).
    :raises NoteMissing: without a word why, or with too many.
    """
    found, entry = _lock(actor, discrepancy_id)
    if found.closed_at is not None or found.gone_at is not None:
        raise DiscrepancyClosed
    if get_undecided(found, at=at) is not None:
        raise DecisionNeeded
    note = note.strip()
    if not 0 < len(note) <= LONGEST_NOTE:
        raise NoteMissing

    # An earlier decision about it was of other sums.
    found.closed_at, found.closed_by_id, found.note, found.outcome = at, actor.user_id, note, ""
    found.save(update_fields=["closed_at", "closed_by_id", "note", "outcome"])
    settled = settles_entry and _settle(found, entry, at)
    audit.record(
        actor,
        "payments.discrepancy.close",
        found,
        at=at,
        kind=found.kind,
        key=found.key,
        settles_entry=settled,
    )


def _lock(actor: Actor, discrepancy_id: int) -> tuple[Discrepancy, LedgerEntry | None]:
    """The ledger first, as everywhere: an import holds it when it comes to the differences."""
    mine = scopes.served_discrepancies(actor).filter(pk=discrepancy_id)
    seen = mine.values_list("entry", flat=True).first()
    entries = LedgerEntry.objects.select_for_update(of=("self",))
    entry = entries.get(pk=seen) if seen is not None else None
    found = mine.select_for_update(of=("self",)).first()
    if found is None:
        raise DiscrepancyNotFound
    return found, entry


def _settle(found: Discrepancy, entry: LedgerEntry | None, at: datetime) -> bool:
    """Let the provider's figure stand alone for this payment."""
    if found.kind not in OF_THE_PROVIDER or entry is None or entry.closed_at is not None:
        return False
    entry.closed_at = at
    entry.save(update_fields=["closed_at"])
    return True

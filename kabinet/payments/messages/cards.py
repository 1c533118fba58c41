"""Letters about saved cards (NOT-21)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from kabinet.channels.letters import Letter, register_writer, render_letter, site_link
from kabinet.channels.writing import queue_letter
from kabinet.payments.models import SavedCard
from kabinet.payments.queries.cards import words_of

EXPIRING = "payments.card_expiring"


def register_writers() -> None:
    """Called once, when the app is ready."""
    register_writer(EXPIRING, write_expiring)


def tell_expiring(card: SavedCard, *, recipient: str, at: datetime) -> None:
    """The card that an autopay uses is good for this month only."""
    queue_letter(recipient=recipient, writer=EXPIRING, about=card.pk, at=at)


def write_expiring(card_id: int) -> Letter:
    card = SavedCard.objects.get(pk=card_id)
    return render_letter(
        "payments/letters/autopay",
        subject=_("У карты для автоплатежа заканчивается срок"),
        context={
            "sentence": _("Карта %(card)s, с которой идёт автоплатёж, действует до конца месяца.")
            % {"card": words_of(card)},
            "note": _("Сохраните другую карту и выберите её на странице автоплатежа."),
            "button_text": _("Открыть мои карты"),
            "action_url": site_link("cards"),
        },
    )

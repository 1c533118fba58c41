"""Letters about saved cards (NOT-21)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from kabinet.channels.letters import render_letter, site_link
from kabinet.channels.operations import send_email
from kabinet.payments.models import SavedCard
from kabinet.payments.queries.cards import words_of


def tell_expiring(card: SavedCard, *, recipient: str, at: datetime) -> None:
    """The card that an autopay uses is good for this month only."""
    letter = render_letter(
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
    send_email(recipient=recipient, letter=letter, at=at)

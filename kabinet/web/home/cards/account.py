"""The account itself: its holder and home, its equipment, its contracts (ACC-31, 39, 41)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kabinet.providers.enums import Feature, HomeBlock
from kabinet.web.accounts.contracts import term_words
from kabinet.web.home.blocks import Block, register
from kabinet.web.home.page import HomePage

SHOWN_ROWS = 4


def _account(page: HomePage) -> Mapping[str, Any] | None:
    card = page.card.subscriber
    return {"subscriber": card, "as_of_words": page.as_of_words} if card else None


def _equipment(page: HomePage) -> Mapping[str, Any] | None:
    card = page.card.subscriber
    if card is None:
        return None
    rows = card.appliances
    return {
        "appliances": rows[:SHOWN_ROWS],
        "more": len(rows) - SHOWN_ROWS,
        "as_of_words": page.as_of_words,
    }


def _contracts(page: HomePage) -> Mapping[str, Any] | None:
    contracts = page.card.contracts
    if contracts is None:
        return None
    rows = [(row, term_words(row)) for row in contracts if row.is_in_force]
    return {
        "contracts": rows[:SHOWN_ROWS],
        "more": len(rows) - SHOWN_ROWS,
        "as_of_words": page.as_of_words,
    }


register(
    Block(
        name=HomeBlock.ACCOUNT,
        template="web/home/cards/account.html",
        subject=_("данные лицевого счёта"),
        build=_account,
        opens=Feature.SUBSCRIBER,
        is_half=True,
    )
)
register(
    Block(
        name=HomeBlock.EQUIPMENT,
        template="web/home/cards/equipment.html",
        subject=_("оборудование"),
        build=_equipment,
        opens=Feature.SUBSCRIBER,
        is_half=True,
    )
)
register(
    Block(
        name=HomeBlock.CONTRACTS,
        template="web/home/cards/contracts.html",
        subject=_("договоры"),
        build=_contracts,
        opens=Feature.CONTRACTS,
        is_half=True,
    )
)

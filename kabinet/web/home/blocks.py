"""The cards of the home page: a provider orders them and leaves out some (ACC-34).

A card is a ``Block`` registered by a module of ``kabinet.web.home.cards``. A new one needs its word in ``HomeBlock``, a
module there with a builder, and a template; a block without a builder is simply absent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from kabinet.providers.enums import Feature, HomeBlock
from kabinet.web.home.page import HomePage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Builder = Callable[[HomePage], Mapping[str, Any] | None]
Result = TypeVar("Result")
FAILED = "web/home/cards/failed.html"

logger = logging.getLogger("kabinet.web.home")


@dataclass(frozen=True, slots=True)
class Block:
    """``build`` gives what the template needs, or None when there is nothing to show.

    ``opens`` is the feature without which the block is not even built. ``is_half`` lets it stand beside another one,
    unless its context says ``is_wide``; ``subject`` completes «Не удалось показать …».
    """

    name: str
    template: str
    subject: StrOrPromise
    build: Builder
    opens: Feature | None = None
    is_half: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A block with what it shows; ``is_wide`` is worked out from its neighbours."""

    block: Block
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    is_wide: bool = True


BLOCKS: dict[HomeBlock, Block] = {}


def register(block: Block) -> None:
    BLOCKS[HomeBlock(block.name)] = block


def build_cards(page: HomePage) -> Sequence[Card]:
    """The provider's cards in its order, two halves side by side where they meet."""
    wanted = (BLOCKS[name] for name in page.account.provider.policy.home_blocks if name in BLOCKS)
    built = (build_card(block, page) for block in wanted)
    return _side_by_side([card for card in built if card is not None])


def build_card(block: Block, page: HomePage) -> Card | None:
    if block.opens is not None and not page.account.opens(block.opens):
        return None
    return attempt(block, lambda: _built(block, page))


def _built(block: Block, page: HomePage) -> Card | None:
    context = block.build(page)
    if context is None:
        return None
    return Card(block, block.template, context, _is_wide(block, context))


def attempt(block: Block, work: Callable[[], Result]) -> Result | Card:
    """Do a block's part; when it fails, log the error and give the calm notice that stands in the block's place."""
    try:
        return work()
    # On purpose everything: a provider's odd data in one block may not take the sum due and the way to pay it
    # away from a person (ACC-34). Nothing is hidden by it: the traceback is logged as an error.
    except Exception:
        logger.exception("home block %s failed", block.name)
        return Card(block, FAILED, {"subject": block.subject})


def _is_wide(block: Block, context: Mapping[str, Any]) -> bool:
    """A half may ask for the whole width when it has much to show."""
    return not block.is_half or bool(context.get("is_wide"))


def _side_by_side(cards: Sequence[Card]) -> Sequence[Card]:
    """A half without another half next to it is drawn wide."""
    placed: list[Card] = []
    is_waiting = False
    for card in cards:
        if card.is_wide and is_waiting:
            placed[-1] = replace(placed[-1], is_wide=True)
        is_waiting = not card.is_wide and not is_waiting
        placed.append(card)
    if is_waiting:
        placed[-1] = replace(placed[-1], is_wide=True)
    return placed

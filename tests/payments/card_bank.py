"""The bank in memory with what saved cards need: bindings, cards that are refused, cards it has been told to forget."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    Abilities,
    BindingTruth,
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    Means,
    TruthState,
)
from tests.payments import memory_bank
from tests.payments.memory_bank import MemoryBank

CODE = "cards"
PATH = "tests.payments.card_bank.CardBank"
PAGE = "https://bank.example/bind"
TOKEN = "token-of-binding"


@dataclass
class Drawer:
    """What the bank knows of cards. ``refused``: why payments by a token do not go through."""

    bindings: dict[str, BindingTruth] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    forgotten: list[tuple[str, str]] = field(default_factory=list)
    refused: dict[str, Cause] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    numbers: itertools.count = field(default_factory=itertools.count)

    def confirm(self, binding_id, last4="4477"):
        """The payer types a card in on the bank's page."""
        self.bindings[binding_id] = replace(
            self.bindings[binding_id],
            state=TruthState.SUCCEEDED,
            means=Means(token=TOKEN, system="Mir", last4=last4, expiry_year=2030, expiry_month=5),
        )

    def refuse(self, binding_id, cause=Cause.CARD_DETAILS):
        self.bindings[binding_id] = replace(
            self.bindings[binding_id], state=TruthState.CANCELED, cause=cause, reason="refused"
        )


DRAWER = Drawer()


def empty_books():
    DRAWER.__init__()
    return memory_bank.empty_books(), DRAWER


def _trouble(name):
    DRAWER.calls.append(name)
    return DRAWER.troubles.pop(0) if DRAWER.troubles else ""


class CardBank(MemoryBank):
    abilities = Abilities(sbp=True, saved_means=True, binding=True, listing=True)

    def _make(self, merchant, order):
        acquirer_id = super()._make(merchant, order)
        cause = DRAWER.refused.get(order.token)
        if order.token and cause:
            books = memory_bank.BOOKS
            books.payments[acquirer_id] = replace(
                books.payments[acquirer_id],
                state=TruthState.CANCELED,
                cause=cause,
                reason="refused",
                means=None,
                paid_at=None,
            )
        return acquirer_id

    def bind(self, merchant, order):
        trouble = _trouble("bind")
        if trouble == "down":
            raise GatewayUnavailable("no connection")
        if trouble == "refuse":
            raise GatewayRefused("forbidden", Cause.OTHER)
        binding_id = DRAWER.by_key.get(order.key)
        if binding_id is None:
            binding_id = f"binding-{next(DRAWER.numbers)}"
            DRAWER.by_key[order.key] = binding_id
            DRAWER.bindings[binding_id] = BindingTruth(
                binding_id, TruthState.PENDING, confirmation_url=PAGE
            )
        if trouble == "lost":
            raise GatewayUnavailable("connection closed after doing it")
        return DRAWER.bindings[binding_id]

    def fetch_binding(self, merchant, acquirer_id):
        if _trouble("fetch_binding") == "down":
            raise GatewayUnavailable("no connection")
        if acquirer_id not in DRAWER.bindings:
            raise GatewayUnknown
        return DRAWER.bindings[acquirer_id]

    def forget(self, merchant, token, *, payer_ref):
        trouble = _trouble("forget")
        if trouble == "down":
            raise GatewayUnavailable("no connection")
        if trouble == "refuse":
            raise GatewayRefused("unknown method", Cause.OTHER)
        DRAWER.forgotten.append((token, payer_ref))

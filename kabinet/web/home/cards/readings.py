"""The window of readings with its countdown, and the form itself where it is short (MET-39)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kabinet.metering.enums import IntakeState
from kabinet.providers.enums import Feature, HomeBlock
from kabinet.web.home.blocks import Block, register
from kabinet.web.home.page import HomePage, Main
from kabinet.web.readings.page import ReadingsPage

SHOWN_METERS = 3


def asks_for_readings(page: ReadingsPage) -> bool:
    """There is something to type now, and little enough of it for the home page."""
    waits = page.summary.state in {IntakeState.OPEN, IntakeState.PARTLY}
    return waits and page.is_open and len(page.boxes) <= SHOWN_METERS


def is_tall(page: ReadingsPage) -> bool:
    """Several inputs: beside them another card would stand half empty."""
    return sum(len(box.registers) for box in page.boxes) > 1


def _build(page: HomePage) -> Mapping[str, Any] | None:
    readings = page.readings
    if readings is None:
        return None
    shows_form = asks_for_readings(readings)
    return {
        "page": readings,
        "shows_form": shows_form,
        "is_second": page.main is not Main.READINGS,
        "is_wide": shows_form and is_tall(readings),
    }


register(
    Block(
        name=HomeBlock.READINGS,
        template="web/home/cards/readings.html",
        subject=_("приём показаний"),
        build=_build,
        opens=Feature.METERS,
        is_half=True,
    )
)

"""What this month will cost: loaded after the page, so that the page itself does not wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kabinet.providers.enums import Feature, HomeBlock
from kabinet.web.home.blocks import Block, register
from kabinet.web.home.page import HomePage

# With fewer months charged than a year nothing can be forecast, and the card would only vanish.
LEAST_MONTHS = 12


def _build(page: HomePage) -> Mapping[str, Any] | None:
    charged = sum(1 for _month, amount in page.money.months if amount is not None)
    if page.account.is_closed or charged < LEAST_MONTHS:
        return None
    return {}


register(
    Block(
        name=HomeBlock.FORECAST,
        template="web/home/cards/forecast.html",
        subject=_("прогноз на этот месяц"),
        build=_build,
        opens=Feature.STATISTICS,
    )
)

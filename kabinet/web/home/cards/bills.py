"""The last bills with their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kabinet.providers.enums import Feature, HomeBlock
from kabinet.web.home.blocks import Block, register
from kabinet.web.home.page import HomePage


def _build(page: HomePage) -> Mapping[str, Any] | None:
    return {"bills": page.money.bills} if page.money.bills else None


register(
    Block(
        name=HomeBlock.BILLS,
        template="web/home/cards/bills.html",
        subject=_("последние счета"),
        build=_build,
        opens=Feature.BILLS,
        is_half=True,
    )
)

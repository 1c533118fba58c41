"""Whom to call and where to go: the account's service centre, else the provider itself (ACC-31)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kabinet.offices.queries import OfficeRow, told_offices
from kabinet.providers.enums import HomeBlock
from kabinet.web.home.blocks import Block, register
from kabinet.web.home.page import HomePage


def _build(page: HomePage) -> Mapping[str, Any]:
    offices = told_offices(page.card)
    provider = page.account.provider
    own = OfficeRow(
        name=provider.name,
        phone=provider.phone,
        hours=provider.hours,
        address=provider.address,
        email=provider.email,
    )
    return {"office": offices[0] if offices else own, "more": len(offices) > 1}


register(
    Block(
        name=HomeBlock.OFFICE,
        template="web/home/cards/office.html",
        subject=_("куда обратиться"),
        build=_build,
        is_half=True,
    )
)

"""Steps that the tests of guests share."""

from __future__ import annotations

import re

from django.urls import reverse

from kabinet.providers.enums import Style
from tests.factories import AccountFactory, MeterFactory, ProviderFactory, ReadingFactory

REGION = "Заречный край"
INITIALS = {"region": REGION, "number": "80510701", "initials": "АБВ"}
ADDRESS = {"number": "1234567890", "house": "12", "flat": "7"}
BY_INITIALS, BY_ADDRESS = "guest-readings-initials", "guest-readings-address"
METERS = "guest-readings-meters"


def account_b(*, number="80510701", provider=None, **fields):
    """Of a provider that asks for region and initials, with one meter read in October."""
    provider = provider or ProviderFactory(region=REGION, phone="8 800 000-25-02")
    account = AccountFactory(provider=provider, number=number, **fields)
    ReadingFactory(meter=MeterFactory(account=account, serial="07416852", model="БК-G4T"))
    return account


def account_d(*, number="1234567890", **fields):
    """Of a provider that asks for house and flat."""
    provider = ProviderFactory(style=Style.D, name="Центр «Дом»", region="Сосновская область")
    account = AccountFactory(provider=provider, number=number, house="12", flat="7", **fields)
    ReadingFactory(meter=MeterFactory(account=account, serial="441207"))
    return account


def find(client, page=BY_INITIALS, filled=INITIALS, **changed):
    return client.post(reverse(page), {**filled, **changed})


def words(response):
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    inline = re.sub(r'<a class="num"[^>]*>([^<]*)</a>', r"\1", html)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inline).replace("&nbsp;", " "))
    return text.replace("\u00a0", " ")

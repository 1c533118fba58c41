"""What the tests of the pages of readings share: addresses, fields, texts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from django.urls import reverse

from kabinet.metering.models import Reading
from kabinet.ui.formatting import NBSP
from tests.factories import ReadingFactory


def address(account):
    return reverse("readings", kwargs={"account_id": account.public_id})


def field(meter, zone="", kind="r"):
    return f"{kind}-{meter.public_id}-{zone}"


def send(client, account, **posted):
    return client.post(address(account), posted, follow=True)


def text_of(response):
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    plain = re.sub(r"<[^>]+>", "", html).replace("&nbsp;", " ").replace(NBSP, " ")
    return re.sub(r"\s+", " ", plain)


def own(meter):
    return list(
        Reading.objects.filter(meter=meter, portal_id__isnull=False)
        .order_by("pk")
        .values_list("zone", "value", "status")
    )


def half_a_year(meter, *, last, use, zone=""):
    """Six accepted readings, the last one in October."""
    for back in range(6):
        ReadingFactory(
            meter=meter,
            zone=zone,
            taken_on=dt.date(2026, 10 - back, 22),
            value=Decimal(last) - Decimal(use) * back,
        )

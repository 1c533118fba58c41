"""Two administrators dress one provider at the same moment."""

from __future__ import annotations

import pytest

from kabinet.kernel.models import AuditEntry
from kabinet.providers import appearance
from kabinet.providers.models import Provider
from tests.clock import NOW
from tests.factories import ProviderFactory
from tests.hands import at_once
from tests.providers.drawing import administrator_of, drawn, kept

pytestmark = pytest.mark.django_db(transaction=True)


def sending(actor, colour):
    content = drawn(colour=colour)
    return lambda: appearance.set_logo(actor=actor, provider_code="gas", content=content, at=NOW)


def removing(actor):
    return lambda: appearance.remove_logo(actor=actor, provider_code="gas", at=NOW)


def test_of_logos_sent_at_once_one_stays_whole_and_no_file_is_left_over():
    administrator = administrator_of(ProviderFactory(code="gas"))
    colours = [(shade, 0, 90, 255) for shade in range(0, 160, 20)]

    at_once(*(sending(administrator, colour) for colour in colours))

    provider = Provider.objects.get()
    assert kept() == [provider.logo_key]
    assert appearance.read_logo(digest=provider.logo_sha256)
    assert AuditEntry.objects.filter(action="providers.provider.set_logo").count() == 8


def test_one_logo_sent_twice_at_once_is_kept_once():
    administrator = administrator_of(ProviderFactory(code="gas"))

    at_once(*[sending(administrator, (20, 60, 160, 255))] * 6)

    assert kept() == [Provider.objects.get().logo_key]
    assert AuditEntry.objects.filter(action="providers.provider.set_logo").count() == 1


def test_removing_while_another_is_sent_leaves_a_whole_one_or_none():
    administrator = administrator_of(ProviderFactory(code="gas"))
    sending(administrator, (0, 0, 0, 255))()

    at_once(
        *(sending(administrator, (shade, 0, 0, 255)) for shade in (40, 80, 120)),
        *[removing(administrator)] * 3,
    )

    provider = Provider.objects.get()
    assert kept() == ([provider.logo_key] if provider.logo_key else [])

"""The invented providers' emblems go the way of everybody's logos."""

from __future__ import annotations

import pytest

from demo import logos
from demo.providers import PROVIDERS, register
from kabinet.kernel.actors import SYSTEM
from kabinet.kernel.models import AuditEntry
from kabinet.providers import appearance
from kabinet.providers.queries import get_looks
from tests.clock import NOW
from tests.factories import ProviderFactory
from tests.providers.drawing import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def dressed():
    register(at=NOW)
    logos.register(at=NOW)


def looks():
    return {look.code: look for look in get_looks(actor=SYSTEM)}


@pytest.mark.usefixtures("dressed")
def test_each_provider_gets_an_emblem_and_a_colour_of_its_own():
    found = looks()

    assert set(found) == {spec.code for spec in PROVIDERS}
    assert len({look.logo.digest for look in found.values()}) == 4
    assert len({look.colour for look in found.values()}) == 4
    for look in found.values():
        assert appearance.read_logo(digest=look.logo.digest)


@pytest.mark.usefixtures("dressed")
def test_dressing_again_changes_nothing():
    before = (looks(), kept(), AuditEntry.objects.count())

    logos.register(at=NOW)

    assert (looks(), kept(), AuditEntry.objects.count()) == before


@pytest.mark.usefixtures("dressed")
def test_what_somebody_tried_out_at_the_desk_stays():
    code = PROVIDERS[0].code
    appearance.remove_logo(actor=SYSTEM, provider_code=code, at=NOW)
    appearance.set_colour(actor=SYSTEM, provider_code=code, colour="#000000", at=NOW)

    logos.register(at=NOW)

    assert (looks()[code].logo, looks()[code].colour) == (None, "#000000")


def test_providers_of_somebody_else_are_left_alone():
    ProviderFactory(code="own")

    logos.register(at=NOW)

    assert (looks()["own"].logo, kept()) == (None, [])

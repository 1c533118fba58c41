"""The guards of the tests themselves hold."""

from __future__ import annotations

import socket

import pytest

from kabinet.providers.models import Provider
from tests.factories import ProviderFactory
from tests.no_network import NetworkForbiddenError


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("kabinet.example", 443)])
def test_no_test_reaches_beyond_this_machine(address):
    with socket.socket() as plug, pytest.raises(NetworkForbiddenError):
        plug.connect(address)


@pytest.mark.django_db
def test_a_queryset_without_an_order_has_none():
    ProviderFactory.create_batch(12)

    orders = {tuple(row.pk for row in Provider.objects.all()) for _time in range(12)}

    assert len(orders) > 1
    assert len({tuple(row.pk for row in Provider.objects.order_by("pk")) for _ in range(12)}) == 1

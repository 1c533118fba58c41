"""Two people register the same shop at once (OPX-04)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import connections

from kabinet.kernel.actors import SYSTEM
from kabinet.payments.models import Merchant
from kabinet.payments.operations.merchants import MerchantExists, register_merchant
from tests.clock import NOW
from tests.factories import ProviderFactory
from tests.payments.test_merchants import CONTRACT

AT_ONCE = 6


@pytest.mark.django_db(transaction=True)
def test_a_shop_that_is_registered_by_many_at_once_is_registered_once():
    provider = ProviderFactory()
    barrier = Barrier(AT_ONCE)
    contract = replace(CONTRACT, is_default=False)

    def register(_number):
        barrier.wait(timeout=30)
        try:
            return register_merchant(
                actor=SYSTEM, provider_code=provider.code, contract=contract, at=NOW
            )
        except MerchantExists:
            return MerchantExists
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(register, range(AT_ONCE)))

    assert outcomes.count(MerchantExists) == AT_ONCE - 1
    assert Merchant.objects.get().public_id in outcomes

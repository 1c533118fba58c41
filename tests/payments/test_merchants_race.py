"""Two people register the same shop at once (OPX-04)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kabinet.kernel.actors import SYSTEM
from kabinet.payments.models import Merchant
from kabinet.payments.operations.merchants import MerchantExists, register_merchant
from tests.clock import NOW
from tests.factories import ProviderFactory
from tests.hands import at_once
from tests.payments.test_merchants import CONTRACT

AT_ONCE = 6


@pytest.mark.django_db(transaction=True)
def test_a_shop_that_is_registered_by_many_at_once_is_registered_once():
    provider = ProviderFactory()
    contract = replace(CONTRACT, is_default=False)

    def register():
        return register_merchant(
            actor=SYSTEM, provider_code=provider.code, contract=contract, at=NOW
        )

    outcomes = at_once(*[register] * AT_ONCE)

    assert outcomes.count(MerchantExists) == AT_ONCE - 1
    assert Merchant.objects.get().public_id in outcomes

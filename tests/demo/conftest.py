from __future__ import annotations

from datetime import date

import pytest

from demo.generator import Order, write_bundles
from tests.demo.reading import WrittenBundle

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory) -> dict[str, WrittenBundle]:
    """Four bundles of 240 accounts and 14 months, by the provider's code."""
    out = tmp_path_factory.mktemp("bundles")
    made = write_bundles(Order(accounts=240, months=14, seed=7, today=TODAY), out)
    return {one.provider: WrittenBundle(one.path) for one in made}

from __future__ import annotations

import pytest

from tests.sandbox.esia import client


@pytest.fixture(scope="module")
def sandbox():
    with client.start() as sandbox:
        yield sandbox


@pytest.fixture(params=["pkcs7", "raw"])
def system(request, sandbox):
    sandbox.faults.clear()
    sandbox.esia.forget()
    return client.System(sandbox.url, request.param)


@pytest.fixture
def raw_system(sandbox):
    sandbox.faults.clear()
    sandbox.esia.forget()
    return client.System(sandbox.url, "raw")

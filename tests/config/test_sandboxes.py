"""The demo runs its banks beside it and speaks to nobody else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request

import pytest

from demo import merchants
from demo.providers import GAS_A, GAS_B, HOUSING, POWER
from demo.reference import SUPPLIERS
from kabinet.config.cli import sandboxes
from kabinet.payments.models import Merchant
from tests.clock import NOW
from tests.factories import ProviderFactory, SupplierFactory

ENDPOINTS = ("KABINET_YOOKASSA_URL", "KABINET_TBANK_URL", "KABINET_YOOKASSA_NOTICE_NETWORKS")
SITE = "http://127.0.0.1:8970"


@pytest.fixture
def _variables(monkeypatch):
    """Whatever is set during the test is put back after it."""
    for name in ENDPOINTS:
        monkeypatch.setenv(name, "https://bank.example/")


@pytest.fixture
def demo_shops():
    for spec in (GAS_A, GAS_B, POWER, HOUSING):
        provider = ProviderFactory(code=spec.code, inn="7707083893", phone="+78462001011")
        for row in SUPPLIERS[spec.code]:
            SupplierFactory(provider=provider, code=row.code)
    merchants.register(at=NOW)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def ports():
    return [os.environ[name].split(":")[2].split("/")[0] for name in ENDPOINTS[:2]]


@pytest.mark.usefixtures("_variables")
def test_the_demo_speaks_to_its_own_banks_alone():
    sandboxes.point_at_sandboxes(28000)

    assert [os.environ[name] for name in ENDPOINTS] == [
        "http://127.0.0.1:28101/v3",
        "http://127.0.0.1:28102/v2",
        "127.0.0.1",
    ]


@pytest.mark.usefixtures("_variables")
def test_a_port_that_is_taken_is_left_to_its_owner():
    with socket.create_server(("127.0.0.1", 0)) as owner:
        taken = owner.getsockname()[1]
        sandboxes.point_at_sandboxes(taken - 101)

        assert ports()[0] != str(taken)


@pytest.mark.django_db
def test_every_provider_of_the_demo_can_be_paid_in_its_own_way(demo_shops):
    rows = Merchant.objects.order_by("shop_id").values_list(
        "provider__code", "gateway", "shop_id", "is_default", "for_utilities"
    )

    assert list(rows) == [
        ("priozerie-gaz", "yookassa", "140101", True, False),
        ("dom-na-sadovoy", "yookassa", "140401", True, True),
        ("dom-na-sadovoy", "yookassa", "140402", False, True),
        ("zarechie-teplogaz", "yookassa", "250201", True, False),
        ("svetogorie-energo", "yookassa", "360301", True, False),
        ("svetogorie-energo", "tbank", "EKO36", False, False),
    ]
    taken = {
        merchant.shop_id: [row.supplier.code for row in merchant.suppliers.all()]
        for merchant in Merchant.objects.all()
        if merchant.suppliers.exists()
    }
    assert taken == {"140402": ["fkr"], "EKO36": ["eko"]}


@pytest.mark.django_db
def test_a_second_start_of_the_demo_makes_no_second_contract(demo_shops):
    before = set(Merchant.objects.values_list("public_id", flat=True))

    merchants.register(at=NOW)

    assert set(Merchant.objects.values_list("public_id", flat=True)) == before


@pytest.mark.django_db
def test_a_bank_that_is_not_installed_leaves_its_payee_to_the_other_one(settings):
    settings.PAYMENT_GATEWAYS = {"yookassa": settings.PAYMENT_GATEWAYS["yookassa"]}
    provider = ProviderFactory(code=POWER.code)
    for row in SUPPLIERS[POWER.code]:
        SupplierFactory(provider=provider, code=row.code)
    for spec in (GAS_A, GAS_B, HOUSING):
        ProviderFactory(code=spec.code, inn="7707083893", phone="+78462001011")

    merchants.register(at=NOW)

    assert [row.gateway for row in Merchant.objects.filter(provider=provider)] == ["yookassa"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_variables")
def test_each_shop_is_told_where_its_notices_go(demo_shops, tmp_path):
    sandboxes.point_at_sandboxes(28000)

    bank, tbank = sandboxes.commands(site=SITE, folder=tmp_path)

    shop = Merchant.objects.get(shop_id="140402")
    assert bank[1:5] == ["-m", "sandbox.bank", "--port", "28101"]
    assert f"140402={SITE}/api/payments/yookassa/{shop.public_id}/" in bank
    assert bank.count("--shop") == bank.count("--webhook") == bank.count("--receipts") == 5
    assert bank.count("--utilities") == 2
    terminal = Merchant.objects.get(shop_id="EKO36")
    assert f"EKO36={SITE}/api/payments/tbank/{terminal.public_id}/" in tbank
    assert "--utilities" not in tbank


@pytest.mark.django_db
@pytest.mark.usefixtures("_variables")
def test_a_bank_without_shops_is_not_started(tmp_path):
    sandboxes.point_at_sandboxes(28000)

    assert sandboxes.commands(site=SITE, folder=tmp_path) == []


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("_variables")
def test_the_stand_ins_start_with_these_words(demo_shops, tmp_path):
    sandboxes.point_at_sandboxes(free_port())
    line = sandboxes.commands(site=SITE, folder=tmp_path)[0]
    assert line[0] == sys.executable

    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as bank:
        address = bank.stdout.readline().split()[-1]
        with urllib.request.urlopen(f"{address}/control/state", timeout=10) as answer:  # noqa: S310 -- our own child
            state = json.load(answer)
        bank.terminate()

    assert os.environ["KABINET_YOOKASSA_URL"] == f"{address}/v3"
    assert set(state["shops"]) == {"140101", "140401", "140402", "250201", "360301"}
    assert all(url.startswith(f"{SITE}/api/payments/yookassa/") for url in state["shops"].values())
    assert (tmp_path / "sandbox").is_dir()

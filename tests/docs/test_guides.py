"""What the guides print is true: the reference is the code's, and the smallest bundle goes in."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest

from kabinet.billing.models import Balance
from kabinet.config.cli.main import main
from kabinet.payments.models import Merchant
from tests.factories import ProviderFactory

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"


def test_the_bundle_reference_is_in_step_with_the_code():
    written = runpy.run_path(str(ROOT / "tools" / "bundle_reference.py"))["reference"]()

    assert (GUIDES / "bundle.md").read_text() == written


@pytest.mark.django_db(transaction=True)
def test_the_smallest_bundle_of_the_guide_is_imported_as_printed(tmp_path, capsys):
    ProviderFactory(code="ozgaz")
    guide = (GUIDES / "billing-engineer.md").read_text()
    example = guide.split("## The smallest bundle")[1].split("```")[1]
    for name, content in re.findall(r"^(\w+\.\w+) +(.*(?:\n +.*)*)", example, re.MULTILINE):
        lines = [line.strip() for line in content.splitlines()]
        (tmp_path / name).write_text("\n".join(lines) + "\n")

    assert main(["import", str(tmp_path), "--provider", "ozgaz"]) == 0, capsys.readouterr().err
    assert [str(balance.amount) for balance in Balance.objects.all()] == ["1243.56"]


@pytest.mark.django_db
def test_the_guides_contract_with_a_bank_is_made_as_printed(tmp_path, monkeypatch, capsys):
    ProviderFactory(code="ozgaz")
    guide = (GUIDES / "deployment.md").read_text()
    line = guide.split("## Taking payments")[1].split("```")[1].strip()
    (tmp_path / "key.txt").write_text("live_secret")
    monkeypatch.chdir(tmp_path)

    assert main(shlex.split(line)[1:]) == 0, capsys.readouterr().err
    merchant = Merchant.objects.get()
    assert (merchant.shop_id, merchant.payee_name) == ("100500", "АО «Озёрскгаз»")

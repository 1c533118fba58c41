"""`kabinet merchant add`: a deployer lets a provider take money."""

from __future__ import annotations

import io

import pytest

from kabinet.config.cli import merchants
from kabinet.config.cli.main import main
from kabinet.kernel.secrets import unseal
from kabinet.payments.enums import TaxSystem, VatCode
from kabinet.payments.models import Merchant
from kabinet.payments.receipts import RATES
from tests.factories import ProviderFactory, SupplierFactory


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "key"
    file.write_text("live_secret\n", encoding="utf-8")
    return str(file)


def add(secret, *more, provider="ozgaz"):
    words = ["merchant", "add", provider, "--gateway", "yookassa", "--shop", "100500"]
    payee = ["--payee", "АО «Озёрскгаз»", "--inn", "9914010010", "--kpp", "991401001"]
    return main([*words, "--secret-file", secret, *payee, *more])


@pytest.mark.django_db
def test_a_contract_is_made_and_the_address_for_notices_is_told(secret, settings, capsys):
    settings.SITE_URL = "https://kabinet.example"
    ProviderFactory(code="ozgaz")

    status = add(secret, "--default", "--recurring")

    merchant = Merchant.objects.get()
    assert status == 0
    assert (unseal(merchant.secret), merchant.is_default, merchant.supports_recurring) == (
        "live_secret",
        True,
        True,
    )
    assert (merchant.supports_sbp, merchant.issues_receipts, merchant.is_agent) == (
        True,
        True,
        False,
    )
    told = capsys.readouterr().out
    assert f"https://kabinet.example/api/payments/yookassa/{merchant.public_id}/" in told
    assert "live_secret" not in told


@pytest.mark.django_db
def test_every_switch_reaches_the_contract(secret):
    supplier = SupplierFactory(provider=ProviderFactory(code="ozgaz"))
    bank = ["--bank-name", "АО Банк", "--bic", "044525225"]
    accounts = ["--bank-account", "4" * 20, "--corr-account", "3" * 20]
    switches = ["--no-sbp", "--no-receipts", "--agent", "--tax-system", "2", "--vat", "1"]

    status = add(secret, "--supplier", supplier.code, "--utilities", *bank, *accounts, *switches)

    merchant = Merchant.objects.get()
    assert status == 0
    assert [row.supplier for row in merchant.suppliers.all()] == [supplier]
    assert (merchant.supports_sbp, merchant.issues_receipts, merchant.is_agent) == (
        False,
        False,
        True,
    )
    assert (merchant.tax_system, merchant.vat_code) == (2, 1)
    assert (merchant.for_utilities, merchant.corr_account) == (True, "3" * 20)
    assert merchant.is_default is False


@pytest.mark.django_db
def test_the_secret_may_come_from_a_pipe(monkeypatch):
    ProviderFactory(code="ozgaz")
    monkeypatch.setattr("sys.stdin", io.StringIO("piped_secret\n"))

    assert add("-") == 0
    assert unseal(Merchant.objects.get().secret) == "piped_secret"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--utilities"], "Для ГИС ЖКХ"),
        (["--supplier", "nobody"], "нет такого получателя"),
        (["--gateway", "nobank"], "не знает"),
    ],
)
def test_a_refusal_is_told_and_nothing_is_made(secret, capsys, words, told):
    ProviderFactory(code="ozgaz")

    assert add(secret, *words) == 1
    assert told in capsys.readouterr().err
    assert not Merchant.objects.exists()


@pytest.mark.django_db
def test_an_unknown_provider_and_an_absent_file_are_told(secret, capsys):
    ProviderFactory(code="ozgaz")

    assert add(secret, provider="nobody") == 1
    assert "Поставщика nobody нет" in capsys.readouterr().err
    assert add(f"{secret}-absent") == 1
    assert "absent" in capsys.readouterr().err
    assert not Merchant.objects.exists()


def test_the_words_of_the_command_are_those_of_the_law():
    assert set(merchants.TAX_SYSTEMS) == set(TaxSystem.values)
    assert set(merchants.VAT_CODES) == {int(rate) for rate in RATES} <= set(VatCode.values)

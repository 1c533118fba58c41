"""Contracts with the sandbox acquirers, so that every provider of the demo can be paid in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from demo.providers import GAS_A, GAS_B, HOUSING, POWER
from demo.reference import SUPPLIERS
from demo.requisites import correspondent_account, inn, settlement_account
from kabinet.kernel.actors import SYSTEM
from kabinet.payments.enums import VatCode
from kabinet.payments.models import Merchant
from kabinet.payments.operations.merchants import (
    BankDetails,
    Contract,
    MerchantExists,
    UnknownGateway,
    UnknownSupplier,
    register_merchant,
)
from kabinet.providers.models import Supplier

YOOKASSA, TBANK = "yookassa", "tbank"


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop at a sandbox; ``payee`` is the code of the supplier that it belongs to.

    ``takes``: whose money goes through it besides; ``takes_rest``: and everybody's who has no other shop.
    """

    provider: str
    gateway: str
    shop_id: str
    payee: str
    takes: tuple[str, ...] = ()
    takes_rest: bool = False
    recurring: bool = True
    receipts: bool = True
    is_agent: bool = False
    vat: VatCode = VatCode.TWENTY_TWO
    utilities: bool = False

    @property
    def secret(self) -> str:
        """Known to everybody: behind it is a sandbox on this machine."""
        return f"test_{self.shop_id}"


# The housing company has no autopay, so that both can be seen. Power goes through two acquirers. The housing
# company collects for others as their agent and tells ГИС ЖКХ of every payment; its repair fund has its own shop.
SHOPS = (
    Shop(GAS_A.code, YOOKASSA, "140101", "main", takes_rest=True),
    Shop(GAS_B.code, YOOKASSA, "250201", "main", takes_rest=True),
    Shop(POWER.code, YOOKASSA, "360301", "sbyt", takes_rest=True),
    Shop(POWER.code, TBANK, "EKO36", "eko", takes=("eko",), vat=VatCode.NONE),
    Shop(
        HOUSING.code,
        YOOKASSA,
        "140401",
        "uk",
        takes_rest=True,
        is_agent=True,
        vat=VatCode.NONE,
        utilities=True,
    ),
    Shop(
        HOUSING.code,
        YOOKASSA,
        "140402",
        "fkr",
        takes=("fkr",),
        vat=VatCode.NONE,
        utilities=True,
    ),
)


def register(*, at: datetime) -> None:
    """Make the contracts that are not there yet.

    A bank that is not installed is left out, and so is a payee that data loaded by an earlier version lack.
    """
    _tell_phones()
    for shop in SHOPS:
        try:
            register_merchant(
                actor=SYSTEM, provider_code=shop.provider, contract=_contract(shop), at=at
            )
        except (MerchantExists, UnknownGateway, UnknownSupplier):
            continue


def _tell_phones() -> None:
    """Bundles have no telephones of payees; an agent's receipts name them, so staff write them in (54-ФЗ)."""
    for provider in {shop.provider for shop in SHOPS if shop.is_agent}:
        for number, payee in enumerate(SUPPLIERS[provider], start=1):
            nameless = Supplier.objects.filter(provider__code=provider, code=payee.code, phone="")
            nameless.update(phone=f"+78000001{number:02d}0")


def shops_of(gateway: str) -> Iterator[tuple[Shop, str]]:
    """Give the shops that are registered and the path at which their notices are taken."""
    found: Mapping[tuple[str, str], str] = {
        (row.provider.code, row.shop_id): f"/api/payments/{gateway}/{row.public_id}/"
        for row in Merchant.objects.filter(gateway=gateway).select_related("provider")
    }
    for shop in SHOPS:
        if shop.gateway == gateway and (shop.provider, shop.shop_id) in found:
            yield shop, found[shop.provider, shop.shop_id]


def _contract(shop: Shop) -> Contract:
    payee = next(row for row in SUPPLIERS[shop.provider] if row.code == shop.payee)
    details = BankDetails(
        bank_name=payee.bank,
        bic=payee.bic,
        bank_account=settlement_account(payee.bic, payee.tail),
        corr_account=correspondent_account(payee.bic),
    )
    return Contract(
        gateway=shop.gateway,
        shop_id=shop.shop_id,
        secret=shop.secret,
        payee_name=payee.name,
        payee_inn=inn(payee.nine),
        payee_kpp=f"{payee.nine[:4]}01001",
        suppliers=shop.takes,
        is_default=shop.takes_rest,
        supports_recurring=shop.recurring,
        issues_receipts=shop.receipts,
        is_agent=shop.is_agent,
        vat_code=shop.vat,
        utilities=details if shop.utilities else None,
    )

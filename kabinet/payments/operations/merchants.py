"""A provider's contracts with acquirers (OPX-04, PAY-49)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor, Role
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.secrets import seal
from kabinet.payments.enums import TaxSystem, VatCode
from kabinet.payments.fiscal import digits_of
from kabinet.payments.gateways import registry
from kabinet.payments.models import Merchant, MerchantSupplier
from kabinet.providers.models import Provider, Supplier

COMPANY_INN = 10


class UnknownGateway(Refused):
    message = _("Такого банка эта установка не знает: смотрите PAYMENT_GATEWAYS.")


class MerchantExists(Refused):
    message = _("Такой договор у поставщика уже есть.")


class UnknownSupplier(Refused):
    message = _("У поставщика нет такого получателя платежей.")


class SupplierTaken(Refused):
    message = _("Деньги этого получателя уже идут по другому договору.")


class ContractRefused(Refused):
    """A value does not fit; the message says which and why."""


class PrincipalsUnknown(ContractRefused):
    """An agent's receipts name those it takes money for, with INN and telephone (54-ФЗ, tags 1171, 1224–1226)."""

    def __init__(self, names: Sequence[str]) -> None:
        words = _t(
            "Агент называет в чеке, за кого берёт деньги, с ИНН и телефоном (54-ФЗ). Не хватает ИНН или телефона: %(names)s. "
            "Их вписывают в справочниках: «Получатели платежей» и «Поставщики»."
        )
        super().__init__(words % {"names": ", ".join(names)})


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where the payee's account is, for payments that ГИС ЖКХ is told of (facts §3.3)."""

    bank_name: str
    bic: str
    bank_account: str
    corr_account: str
    oktmo: str = "0"
    kbk: str = "0"


@dataclass(frozen=True, slots=True)
class Contract:
    """What is agreed with the acquirer. ``suppliers``: codes of those whose money goes through it.

    ``utilities`` given means that the shop is set up for payments for utilities and sends the details of each.
    """

    gateway: str
    shop_id: str
    secret: str = field(repr=False)
    payee_name: str
    payee_inn: str
    payee_kpp: str = ""
    suppliers: Sequence[str] = ()
    is_default: bool = False
    supports_recurring: bool = False
    supports_sbp: bool = True
    issues_receipts: bool = True
    is_agent: bool = False
    tax_system: TaxSystem = TaxSystem.GENERAL
    vat_code: VatCode = VatCode.TWENTY_TWO
    utilities: BankDetails | None = None


@transaction.atomic
def register_merchant(
    *, actor: Actor, provider_code: str, contract: Contract, at: datetime
) -> uuid.UUID:
    """Let a provider take money by a contract with an acquirer; give the contract's public id.

    :raises NotVisible: there is no such provider, or the actor does not administer it.
    :raises UnknownGateway: no acquirer of that name is installed.
    :raises MerchantExists: this shop is the provider's already.
    :raises UnknownSupplier: a payee that the provider has not named.
    :raises SupplierTaken: a payee's money goes by another contract.
    :raises ContractRefused: a value does not fit.
    :raises PrincipalsUnknown: it is an agent's, and whom it takes money for is not known well enough.
    """
    provider = _lock_provider(actor, provider_code)
    if not registry.is_known(contract.gateway):
        raise UnknownGateway
    if provider.merchants.filter(gateway=contract.gateway, shop_id=contract.shop_id).exists():
        raise MerchantExists

    _check(contract)
    merchant = _merchant_of(provider, contract)
    merchant.save()
    for code in contract.suppliers:
        _lead_money(provider, code, merchant)
    if contract.is_agent and contract.issues_receipts:
        require_principals(
            provider=provider, merchant_id=merchant.pk, takes_rest=contract.is_default
        )
    audit.record(
        actor,
        "payments.merchant.register",
        merchant,
        at=at,
        provider=provider.code,
        gateway=merchant.gateway,
        shop=merchant.shop_id,
        payee=merchant.payee_name,
    )
    return merchant.public_id


def require_principals(*, provider: Provider, merchant_id: int | None, takes_rest: bool) -> None:
    """Call for an agent that sends receipts: all whom they will name have an INN and a telephone.

    ``takes_rest``: it also takes the money of payees without a contract, and the provider's own.

    :raises PrincipalsUnknown: some have not.
    """
    theirs = Q(merchant_of__merchant=merchant_id) if merchant_id is not None else Q(pk=None)
    if takes_rest:
        theirs |= Q(merchant_of=None)
    suppliers = Supplier.objects.filter(theirs, provider=provider).order_by("name", "pk")
    found: list[Provider | Supplier] = [*suppliers]
    if takes_rest:
        found.insert(0, provider)
    unknown = [row.name for row in found if not is_known(row)]
    if unknown:
        raise PrincipalsUnknown(list(dict.fromkeys(unknown)))


def is_known(principal: Provider | Supplier) -> bool:
    """A receipt can name it: there are an INN and one telephone."""
    return bool(principal.inn and digits_of(principal.phone))


def notice_address(gateway: str, merchant_id: uuid.UUID) -> str:
    """Where the acquirer must send its notifications; it is entered on the acquirer's side."""
    return f"{settings.SITE_URL.rstrip('/')}/api/payments/{gateway}/{merchant_id}/"


def _lock_provider(actor: Actor, code: str) -> Provider:
    """Two at once must not register the same shop."""
    mine = Provider.objects.select_for_update()
    if not actor.is_system:
        mine = mine.filter(pk__in=actor.providers(Role.ADMINISTRATOR))
    try:
        return mine.get(code=code)
    except Provider.DoesNotExist as error:
        raise NotVisible from error


def _check(contract: Contract) -> None:
    """What the table itself cannot say."""
    if not contract.secret:
        raise ContractRefused(_("Секретный ключ пуст."))
    names_company = len(contract.payee_inn) == COMPANY_INN and contract.payee_kpp
    if contract.utilities is not None and not names_company:
        raise ContractRefused(_("Для ГИС ЖКХ получатель — организация с ИНН из 10 цифр и КПП."))


def _merchant_of(provider: Provider, contract: Contract) -> Merchant:
    merchant = Merchant(
        provider=provider,
        gateway=contract.gateway,
        shop_id=contract.shop_id,
        secret=seal(contract.secret),
        payee_name=contract.payee_name,
        payee_inn=contract.payee_inn,
        payee_kpp=contract.payee_kpp,
        is_default=contract.is_default,
        supports_recurring=contract.supports_recurring,
        supports_sbp=contract.supports_sbp,
        issues_receipts=contract.issues_receipts,
        is_agent=contract.is_agent,
        tax_system=contract.tax_system,
        vat_code=contract.vat_code,
        for_utilities=contract.utilities is not None,
    )
    if contract.utilities is not None:
        _add_details(merchant, contract.utilities)
    try:
        merchant.full_clean()
    except ValidationError as error:
        raise ContractRefused(_sentence(merchant, error)) from error
    return merchant


def _add_details(merchant: Merchant, details: BankDetails) -> None:
    merchant.bank_name, merchant.bic = details.bank_name, details.bic
    merchant.bank_account, merchant.corr_account = details.bank_account, details.corr_account
    merchant.oktmo, merchant.kbk = details.oktmo, details.kbk


def _sentence(merchant: Merchant, error: ValidationError) -> str:
    told = []
    for name, messages in error.message_dict.items():
        if name == NON_FIELD_ERRORS:
            told += messages
        else:
            field_ = merchant._meta.get_field(name)  # noqa: SLF001 -- Django's documented Meta API
            told += [f"{getattr(field_, 'verbose_name', name)}: {text}" for text in messages]
    return " ".join(told)


def _lead_money(provider: Provider, code: str, merchant: Merchant) -> None:
    try:
        supplier = Supplier.objects.get(provider=provider, code=code)
    except Supplier.DoesNotExist as error:
        raise UnknownSupplier from error
    _row, is_new = MerchantSupplier.objects.get_or_create(
        supplier=supplier, defaults={"merchant": merchant}
    )
    if not is_new:
        raise SupplierTaken

"""Who takes the money: a provider's contracts with acquirers, and which payee goes through which."""

from __future__ import annotations

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kabinet.payments.enums import TaxSystem, VatCode
from kabinet.providers.enums import PayMethod
from kabinet.providers.models import Provider, Supplier


def _digits(pattern: str) -> RegexValidator:
    return RegexValidator(rf"^{pattern}$", _("Здесь только цифры, и их другое число."))


class Merchant(models.Model):
    """A provider's contract with an acquirer for one payee (OPX-04, PAY-49).

    Lines of the suppliers named in ``MerchantSupplier`` go through it; the default one takes all others.
    ``secret`` is sealed (``kernel.secrets``). The bank details are those of ``payment_order``, which a shop for
    utilities must send with every payment (facts §3.3).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="merchants", verbose_name=_("поставщик")
    )
    gateway = models.CharField(_("банк"), max_length=16)
    shop_id = models.CharField(_("номер магазина или терминала"), max_length=64)
    secret = models.TextField(_("секретный ключ"))
    payee_name = models.CharField(_("получатель платежа"), max_length=200)
    payee_inn = models.CharField(
        _("ИНН получателя"), max_length=12, validators=[_digits(r"(\d{10}|\d{12})")]
    )
    payee_kpp = models.CharField(_("КПП"), max_length=9, blank=True, validators=[_digits(r"\d{9}")])
    is_active = models.BooleanField(_("принимает платежи"), default=True)
    is_default = models.BooleanField(
        _("принимает и за остальных получателей"),
        default=False,
        help_text=_("Платежи получателям без своего договора пойдут сюда."),
    )
    supports_recurring = models.BooleanField(_("банк разрешил автоплатежи"), default=False)
    supports_sbp = models.BooleanField(_("банк принимает СБП"), default=True)

    issues_receipts = models.BooleanField(_("отправлять чеки через банк"), default=True)
    is_agent = models.BooleanField(
        _("получает деньги как агент"), default=False, help_text=_("Признак агента в чеке, 54-ФЗ")
    )
    tax_system = models.PositiveSmallIntegerField(
        _("система налогообложения"), choices=TaxSystem, default=TaxSystem.GENERAL
    )
    vat_code = models.PositiveSmallIntegerField(
        _("НДС за услуги"), choices=VatCode, default=VatCode.TWENTY_TWO
    )

    for_utilities = models.BooleanField(
        _("передавать сведения для ГИС ЖКХ"), default=False, help_text=_("payment_order ЮKassa")
    )
    bank_name = models.CharField(_("банк получателя"), max_length=45, blank=True)
    bic = models.CharField(_("БИК"), max_length=9, blank=True, validators=[_digits(r"\d{9}")])
    bank_account = models.CharField(
        _("расчётный счёт"), max_length=20, blank=True, validators=[_digits(r"\d{20}")]
    )
    corr_account = models.CharField(
        _("корреспондентский счёт"), max_length=20, blank=True, validators=[_digits(r"\d{20}")]
    )
    oktmo = models.CharField(
        _("ОКТМО"), max_length=11, default="0", validators=[_digits(r"(0|\d{8}|\d{11})")]
    )
    kbk = models.CharField(
        _("КБК"), max_length=20, default="0", validators=[_digits(r"(0|\d{20})")]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("договор с банком")
        verbose_name_plural = _("договоры с банками")
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(is_default=True, is_active=True),
                name="merchant_one_default_per_provider",
                violation_error_message=_(
                    "У поставщика уже есть договор для остальных получателей."
                ),
            ),
            models.CheckConstraint(
                name="merchant_for_utilities_knows_its_bank",
                condition=Q(for_utilities=False)
                | ~Q(bank_name="") & ~Q(bic="") & ~Q(bank_account="") & ~Q(corr_account=""),
                violation_error_message=_("Для ГИС ЖКХ нужны все реквизиты банка."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payee_name} ({self.gateway} {self.shop_id})"


class MerchantSupplier(models.Model):
    """Money for this supplier goes through this contract; each supplier has one at most.

    ``vat_code`` is this supplier's own rate in receipts; without one the contract's holds.
    """

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="suppliers", verbose_name=_("договор")
    )
    supplier = models.OneToOneField(
        Supplier, models.PROTECT, related_name="merchant_of", verbose_name=_("получатель")
    )
    vat_code = models.PositiveSmallIntegerField(
        _("НДС в чеках"), choices=VatCode, null=True, blank=True
    )

    class Meta:
        verbose_name = _("получатель по договору")
        verbose_name_plural = _("получатели по договору")

    def __str__(self) -> str:
        return f"{self.supplier_id}"


class MethodHealth(models.Model):
    """How a merchant's method has fared lately: one that fails in a row is said to be down (PAY-38)."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="health", db_index=False)
    method = models.CharField(max_length=12, choices=PayMethod)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    down_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "method"], name="method_health_once"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.method}: {self.failures}"


class PaymentHelp(models.Model):
    """A provider's own words beside the payment form; an empty one leaves ours (PAY-14, 15, 25, 41).

    ``offer_url`` is where its bank keeps its public offer.
    """

    provider = models.OneToOneField(
        Provider, models.PROTECT, related_name="payment_help", verbose_name=_("поставщик")
    )
    rules = models.TextField(_("правила оплаты"), blank=True)
    security = models.TextField(_("безопасность платежей"), blank=True)
    steps = models.TextField(_("как оплатить картой"), blank=True)
    refund = models.TextField(_("как вернуть деньги"), blank=True)
    card_offer = models.TextField(_("условия сохранения карты"), blank=True)
    autopay_offer = models.TextField(_("условия автоплатежа"), blank=True)
    offer_url = models.CharField(
        _("публичная оферта банка"),
        max_length=500,
        blank=True,
        validators=[
            RegexValidator(
                r"^https://[^\s/?#]+\S*$", _("Нужен адрес, который начинается с https://.")
            )
        ],
        help_text=_("Адрес страницы: https://…"),
    )

    class Meta:
        verbose_name = _("подсказки об оплате")
        verbose_name_plural = _("подсказки об оплате")

    def __str__(self) -> str:
        return str(self.provider)


class AcceptedOffer(models.Model):
    """A version of an offer that somebody has accepted, kept word for word (IDN-18); ``digest`` is its SHA-256."""

    digest = models.CharField(max_length=64, unique=True)
    text = models.TextField()
    accepted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]

"""Contracts with acquirers, and a provider's words about paying (OPX-04, PAY-14, 15, 25, 49)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.desk.admin_site import AuditedAdmin
from kabinet.kernel.secrets import seal
from kabinet.payments.enums import VatCode
from kabinet.payments.gateways import registry
from kabinet.payments.models import Attempt, Merchant, MerchantSupplier, PaymentHelp, SavedCard
from kabinet.payments.operations.merchants import (
    PrincipalsUnknown,
    is_known,
    notice_address,
    require_principals,
)
from kabinet.payments.receipts import RATES
from kabinet.providers.models import Supplier

COMPANY_INN = 10
RATE_CHOICES = [(rate.value, rate.label) for rate in RATES]


class MerchantForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """The secret goes in and never comes out: an empty box leaves the one that is kept."""

    new_secret = forms.CharField(
        label=_("Секретный ключ"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Хранится зашифрованным и не показывается. Пусто — оставить прежний."),
    )

    class Meta:
        model = Merchant
        fields = (
            "provider",
            "gateway",
            "shop_id",
            "is_active",
            "is_default",
            "supports_sbp",
            "supports_recurring",
            "payee_name",
            "payee_inn",
            "payee_kpp",
            "issues_receipts",
            "is_agent",
            "tax_system",
            "vat_code",
            "for_utilities",
            "bank_name",
            "bic",
            "bank_account",
            "corr_account",
            "oktmo",
            "kbk",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_secret"].required = self.instance.pk is None
        self.fields["gateway"] = forms.ChoiceField(
            label=_("Банк"), choices=list(registry.names().items())
        )
        self.fields["vat_code"] = forms.TypedChoiceField(
            label=_("НДС за услуги"), choices=RATE_CHOICES, coerce=int
        )

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if asked.get("for_utilities"):
            self._require_codes(asked)
        if asked.get("is_agent") and asked.get("issues_receipts"):
            self._require_principals(asked)
        if self.instance.pk and {"provider", "gateway", "shop_id"} & set(self.changed_data):
            self._require_unused()
        return asked

    def _require_codes(self, asked: dict[str, Any]) -> None:
        """``payment_order`` takes companies alone (facts §3.3)."""
        if len(asked.get("payee_inn") or "") != COMPANY_INN:
            self.add_error("payee_inn", _("Для ГИС ЖКХ нужен ИНН из 10 цифр."))
        if not asked.get("payee_kpp"):
            self.add_error("payee_kpp", _("Для ГИС ЖКХ нужен КПП."))

    def _require_principals(self, asked: dict[str, Any]) -> None:
        provider = asked.get("provider") or (self.instance.provider if self.instance.pk else None)
        if provider is None:
            return
        try:
            require_principals(
                provider=provider,
                merchant_id=self.instance.pk,
                takes_rest=bool(asked.get("is_default")),
            )
        except PrincipalsUnknown as refusal:
            self.add_error("is_agent", str(refusal))

    def _require_unused(self) -> None:
        """Refunds, receipts and saved cards go to the bank that took the money: another bank knows none of them."""
        paid = Attempt.objects.filter(merchant=self.instance)
        kept = SavedCard.objects.filter(merchant=self.instance)
        if paid.exists() or kept.exists():
            raise ValidationError(
                _(
                    "По этому договору уже платили, поэтому банк и номер магазина не меняются. "
                    "Выключите его и заведите новый."
                )
            )

    def save(self, commit: bool = True) -> Merchant:  # noqa: FBT001, FBT002 -- Django's signature
        if self.cleaned_data["new_secret"]:
            self.instance.secret = seal(self.cleaned_data["new_secret"])
        saved: Merchant = super().save(commit)
        return saved


class MerchantSupplierForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    class Meta:
        model = MerchantSupplier
        fields = ("supplier", "vat_code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vat_code"] = forms.TypedChoiceField(
            label=_("НДС в чеках"),
            choices=[("", _("как в договоре")), *RATE_CHOICES],
            coerce=lambda code: VatCode(int(code)),
            empty_value=None,
            required=False,
        )


class MerchantSupplierFormSet(BaseInlineFormSet):  # type: ignore[type-arg] # not subscriptable at run time
    """Whoever is added to an agent's payees can be named in its receipts."""

    def clean(self) -> None:
        super().clean()
        merchant = self.instance
        if not merchant.is_agent or not merchant.issues_receipts:
            return
        for form in self.forms:
            supplier = form.cleaned_data.get("supplier")
            if supplier is not None and not is_known(supplier):
                form.add_error("supplier", str(PrincipalsUnknown([supplier.name])))


class MerchantSupplierInline(admin.TabularInline):  # type: ignore[type-arg] # not subscriptable at run time
    """Whose money goes through this contract; payees of other providers are not among the choices."""

    model = MerchantSupplier
    form = MerchantSupplierForm
    formset = MerchantSupplierFormSet
    extra = 0

    def get_formset(
        self, request: HttpRequest, obj: models.Model | None = None, **kwargs: Any
    ) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        field = formset.form.base_fields["supplier"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- the form's own field
        field.queryset = (
            Supplier.objects.filter(provider=obj.provider_id).order_by("name", "pk")
            if isinstance(obj, Merchant)
            else Supplier.objects.none()
        )
        return formset


class BankFilter(admin.SimpleListFilter):
    """Banks by their names, not by our codes."""

    title = _("банк")
    parameter_name = "bank"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return list(registry.names().items())

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Merchant]
    ) -> models.QuerySet[Merchant]:
        chosen = self.value()
        return queryset.filter(gateway=chosen) if chosen else queryset


@admin.register(Merchant)
class MerchantAdmin(AuditedAdmin):
    """What is changed leaves a trace that names it; the secret itself stands nowhere."""

    form = MerchantForm
    list_display = ("payee_name", "provider_name", "bank", "shop", "takes_rest", "is_on")
    list_filter = (BankFilter, "is_active")
    list_select_related = ("provider",)
    search_fields = ("payee_name", "payee_inn", "shop_id")
    readonly_fields = ("notices",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "provider",
                    "gateway",
                    "shop_id",
                    "new_secret",
                    "notices",
                    "is_active",
                    "is_default",
                    "supports_sbp",
                    "supports_recurring",
                )
            },
        ),
        (_("Получатель"), {"fields": ("payee_name", "payee_inn", "payee_kpp")}),
        (
            _("Чеки"),
            {"fields": ("issues_receipts", "is_agent", "tax_system", "vat_code")},
        ),
        (
            _("Сведения для ГИС ЖКХ"),
            {
                "fields": (
                    "for_utilities",
                    "bank_name",
                    "bic",
                    "bank_account",
                    "corr_account",
                    "oktmo",
                    "kbk",
                )
            },
        ),
    )

    def get_inlines(
        self, request: HttpRequest, obj: models.Model | None
    ) -> list[type[InlineModelAdmin[Any, Any]]]:
        # Whose payees there are to choose from is known once the provider is.
        return [MerchantSupplierInline] if obj else []

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        return ("notices", "provider") if obj else ("notices",)

    @admin.display(description=_("банк"), ordering="gateway")
    def bank(self, merchant: Merchant) -> str:
        return registry.names().get(merchant.gateway, merchant.gateway)

    # Words short enough for a list: the columns' own names are as wide as a screen.
    @admin.display(description=_("поставщик"), ordering="provider__name")
    def provider_name(self, merchant: Merchant) -> str:
        return merchant.provider.name

    @admin.display(description=_("магазин"), ordering="shop_id")
    def shop(self, merchant: Merchant) -> str:
        return merchant.shop_id

    @admin.display(description=_("за всех"), boolean=True, ordering="is_default")
    def takes_rest(self, merchant: Merchant) -> bool:
        return merchant.is_default

    @admin.display(description=_("включён"), boolean=True, ordering="is_active")
    def is_on(self, merchant: Merchant) -> bool:
        return merchant.is_active

    @admin.display(description=_("адрес для уведомлений банка"))
    def notices(self, merchant: Merchant) -> str:
        if merchant.pk is None:
            return _t("появится, когда договор будет сохранён")
        return notice_address(merchant.gateway, merchant.public_id)


@admin.register(PaymentHelp)
class PaymentHelpAdmin(AuditedAdmin):
    list_display = ("provider",)
    list_select_related = ("provider",)

    def get_readonly_fields(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
    ) -> tuple[str, ...]:
        return ("provider",) if obj else ()

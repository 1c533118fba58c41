from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.desk.admin_site import AuditedAdmin
from kabinet.identity.identifiers import NotAnIdentifier, normalise_phone
from kabinet.providers.enums import PayMethod, Proof, Style
from kabinet.providers.models import (
    ApiKey,
    CalendarDay,
    Provider,
    ProviderPolicy,
    Service,
    StaffMember,
    Supplier,
)
from kabinet.providers.presets import PRESETS


class PolicyInline(admin.StackedInline):  # type: ignore[type-arg] # not subscriptable at run time
    model = ProviderPolicy
    can_delete = False
    extra = 0

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if isinstance(db_field, ArrayField):
            return forms.MultipleChoiceField(
                label=db_field.verbose_name,
                choices=_choices(db_field),
                required=not db_field.blank,
                widget=forms.CheckboxSelectMultiple,
                initial=db_field.get_default(),
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def _choices(db_field: ArrayField[Any, Any]) -> list[Any]:
    choices = list(db_field.base_field.choices or [])
    # Staff confirm an account once it is found, so it is not found by their word.
    by_word = Proof.MANUAL if db_field.name == "search_proofs" else None
    # Nobody presses it: autopay has a switch of its own.
    by_itself = PayMethod.AUTOPAY if db_field.name == "pay_methods" else None
    return [choice for choice in choices if choice[0] not in {by_word, by_itself}]


class ServiceInline(admin.TabularInline):  # type: ignore[type-arg] # not subscriptable at run time
    """Services come with the provider's data; only their own days for readings are set here (MET-20)."""

    model = Service
    verbose_name_plural = _("свои дни приёма показаний по услугам; пусто — как у поставщика")
    fields = ("name", "unit", "readings_from_day", "readings_to_day")
    readonly_fields = ("name", "unit")
    ordering = ("name", "pk")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Provider)
class ProviderAdmin(AuditedAdmin):
    list_display = ("name", "code", "kind", "style", "region", "is_active")
    list_filter = ("kind", "style", "is_active")
    search_fields = ("name", "code", "inn")
    readonly_fields = ("look",)

    @admin.display(description=_("оформление"))
    def look(self, provider: Provider) -> str:
        """Set by the provider's own people, on a page that checks it."""
        logo = _t("логотип есть") if provider.logo_key else _t("логотипа нет")
        colour = provider.colour or _t("цвета нет")
        where = _t("задаёт администратор поставщика в разделе «Оформление» рабочего места")
        return f"{logo}, {colour}; {where}"

    def get_inlines(
        self, request: HttpRequest, obj: models.Model | None
    ) -> list[type[InlineModelAdmin[Any, Any]]]:
        # A new provider first gets the rules of its style; they are edited afterwards.
        return [PolicyInline, ServiceInline] if obj else []

    def save_model(
        self,
        request: HttpRequest,
        obj: models.Model,
        form: ModelForm[models.Model],
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        assert isinstance(obj, Provider)  # noqa: S101 -- narrows the type
        if not change:
            ProviderPolicy.objects.create(provider=obj, **PRESETS[Style(obj.style)])


@admin.register(StaffMember)
class StaffMemberAdmin(AuditedAdmin):
    list_display = ("user", "provider", "role")
    list_filter = ("provider", "role")
    autocomplete_fields = ("provider",)
    raw_id_fields = ("user",)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.is_superuser


@admin.register(ApiKey)
class ApiKeyAdmin(AuditedAdmin):
    """Keys are issued by `kabinet provider key`; here they are seen and revoked."""

    list_display = ("name", "provider", "created_at", "revoked_at")
    fields = ("name", "provider", "created_at", "revoked_at")
    readonly_fields = ("provider", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class SupplierForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    phone = forms.CharField(
        label=_("Телефон для чеков"),
        max_length=40,
        required=False,
        help_text=_("Один номер. Его называет чек агента (54-ФЗ)."),
    )

    class Meta:
        model = Supplier
        fields = ("phone",)

    def clean_phone(self) -> str:
        """One number, in any usual spelling, as tills take it; an empty box takes it away."""
        typed: str = self.cleaned_data["phone"]
        if not typed:
            return ""
        try:
            return normalise_phone(typed)
        except NotAnIdentifier as error:
            raise forms.ValidationError(str(error)) from None


@admin.register(Supplier)
class SupplierAdmin(AuditedAdmin):
    """Payees come with the provider's data; only the telephone for an agent's receipts is set here (54-ФЗ)."""

    form = SupplierForm
    list_display = ("name", "provider", "code", "inn", "phone")
    list_filter = ("provider",)
    list_select_related = ("provider",)
    search_fields = ("name", "code", "inn")
    fields = ("provider", "code", "name", "inn", "kpp", "phone")
    readonly_fields = ("provider", "code", "name", "inn", "kpp")
    ordering = ("provider__name", "name", "pk")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(CalendarDay)
class CalendarDayAdmin(AuditedAdmin):
    """What the government moves each autumn; public holidays are known without it (ТК РФ ст. 112)."""

    list_display = ("day", "is_working", "note")
    ordering = ("-day",)

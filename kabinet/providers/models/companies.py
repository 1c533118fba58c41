"""Providers as tenants, what they supply and who works for them."""

from __future__ import annotations

import uuid
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kabinet.kernel.actors import Role
from kabinet.providers.enums import ProviderKind, ServiceKind, Style


def validate_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("Такого часового пояса нет: %(name)s"), params={"name": name})


class Provider(models.Model):
    """A utility company as a tenant (поставщик, РГК, РСО, УК)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("код"), max_length=64, unique=True)
    name = models.CharField(_("название"), max_length=200)
    kind = models.CharField(_("вид"), max_length=16, choices=ProviderKind, default=ProviderKind.GAS)
    style = models.CharField(_("стиль"), max_length=1, choices=Style, default=Style.B)
    is_active = models.BooleanField(_("работает"), default=True)
    region = models.CharField(_("регион"), max_length=100, blank=True)
    timezone = models.CharField(
        _("часовой пояс"), max_length=50, default="Europe/Moscow", validators=[validate_timezone]
    )
    inn = models.CharField(_("ИНН"), max_length=12, blank=True)
    kpp = models.CharField(_("КПП"), max_length=9, blank=True)
    address = models.CharField(_("адрес"), max_length=300, blank=True)
    phone = models.CharField(_("телефон абонентского отдела"), max_length=100, blank=True)
    emergency_phone = models.CharField(_("аварийный телефон"), max_length=100, blank=True)
    hours = models.CharField(_("часы работы"), max_length=200, blank=True)
    email = models.EmailField(_("почта"), blank=True)
    site = models.CharField(_("сайт"), max_length=200, blank=True)
    # How the provider shows itself (looks: in the header strip alone); set by ``appearance``. Pixels, of the kept file.
    colour = models.CharField(max_length=7, blank=True, default="", db_default="", editable=False)
    logo_key = models.CharField(
        max_length=100, blank=True, default="", db_default="", editable=False
    )
    logo_sha256 = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False
    )
    logo_width = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    logo_height = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("поставщик")
        verbose_name_plural = _("поставщики")
        constraints = [
            models.CheckConstraint(
                name="provider_colour_is_six_digits", condition=Q(colour__regex="^(#[0-9a-f]{6})?$")
            ),
            models.CheckConstraint(
                name="provider_logo_is_whole_or_none",
                condition=Q(logo_key="", logo_sha256="", logo_width=0, logo_height=0)
                | (
                    ~Q(logo_key="")
                    & Q(logo_sha256__regex="^[0-9a-f]{64}$", logo_width__gt=0, logo_height__gt=0)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Branch(models.Model):
    """A provider's branch (филиал), with its region."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="branches")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    region = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.PROTECT, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "code"], name="branch_code_per_provider"),
        ]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """What is supplied and charged (услуга): gas, its maintenance, cold water …"""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="services")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=16)
    kind = models.CharField(max_length=16, choices=ServiceKind)
    decimals = models.PositiveSmallIntegerField(default=0)
    # Its own window for readings; without one the provider's holds (MET-20).
    readings_from_day = models.PositiveSmallIntegerField(
        _("показания: с числа"), null=True, blank=True
    )
    readings_to_day = models.PositiveSmallIntegerField(
        _("показания: по число"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("услуга")
        verbose_name_plural = _("услуги")
        constraints = [
            models.UniqueConstraint(fields=["provider", "code"], name="service_code_per_provider"),
            models.CheckConstraint(
                name="service_window_is_in_a_month",
                condition=Q(readings_from_day=None, readings_to_day=None)
                | Q(
                    # A check with an unknown part would pass.
                    readings_from_day__isnull=False,
                    readings_to_day__isnull=False,
                    readings_from_day__range=(1, 31),
                    readings_to_day__range=(1, 31),
                    readings_from_day__lte=F("readings_to_day"),
                ),
                violation_error_message=_("Нужны оба дня, и первый не позже последнего."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Supplier(models.Model):
    """Whom the money goes to (получатель платежа), with bank details.

    All comes with the provider's data but ``phone``, E.164: an agent's receipt names it (54-ФЗ, tag 1171).
    """

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="suppliers")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    inn = models.CharField(max_length=12, blank=True)
    kpp = models.CharField(max_length=9, blank=True)
    bank_account = models.CharField(max_length=20, blank=True)
    bank = models.CharField(max_length=200, blank=True)
    bic = models.CharField(max_length=9, blank=True)
    corr_account = models.CharField(max_length=20, blank=True)
    # Imports write rows without it.
    phone = models.CharField(_("телефон для чеков"), max_length=16, blank=True, db_default="")

    class Meta:
        verbose_name = _("получатель платежей")
        verbose_name_plural = _("получатели платежей")
        constraints = [
            models.UniqueConstraint(fields=["provider", "code"], name="supplier_code_per_provider"),
        ]

    def __str__(self) -> str:
        return self.name


class StaffMember(models.Model):
    """A person who works for a provider, with one role a row (OPX-33)."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_of")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])

    class Meta:
        verbose_name = _("сотрудник")
        verbose_name_plural = _("сотрудники")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "user", "role"], name="staff_role_once_per_provider"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class ApiKey(models.Model):
    """A billing system's key to the provider API; only its SHA-256 is kept."""

    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="api_keys", verbose_name=_("поставщик")
    )
    name = models.CharField(_("название"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("выдан"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("отозван"), null=True, blank=True)

    class Meta:
        verbose_name = _("ключ для обмена данными")
        verbose_name_plural = _("ключи для обмена данными")

    def __str__(self) -> str:
        return self.name

from __future__ import annotations

import re
import uuid
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kabinet.kernel.actors import Role
from kabinet.providers.enums import (
    BalanceSign,
    ExpiredVerification,
    Feature,
    GuestCheck,
    HomeBlock,
    MeterMask,
    Proof,
    ProviderKind,
    ServiceKind,
    Style,
)
from kabinet.providers.presets import ALL_FEATURES, HOME_DEFAULT, LIMITED_DEFAULT


def validate_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("Такого часового пояса нет: %(name)s"), params={"name": name})


def validate_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValidationError(
            _("Это не регулярное выражение: %(reason)s"), params={"reason": str(error)}
        ) from error


def all_features() -> list[str]:
    return list(ALL_FEATURES)


def limited_default() -> list[str]:
    return list(LIMITED_DEFAULT)


def home_default() -> list[str]:
    return list(HOME_DEFAULT)


def default_upgrade_proofs() -> list[str]:
    return [Proof.METER.value, Proof.DUE.value, Proof.PAYMENT.value, Proof.PIN.value]


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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("поставщик")
        verbose_name_plural = _("поставщики")

    def __str__(self) -> str:
        return self.name


class ProviderPolicy(models.Model):
    """A provider's own rules; typed, checked by the database, shown in the desk's admin."""

    provider = models.OneToOneField(Provider, models.PROTECT, related_name="policy")

    # linking (ACC-04, 13, 14, 20, 21)
    account_pattern = models.CharField(
        _("номер ЛС: шаблон"),
        max_length=200,
        default=r"[0-9]{5,20}",
        validators=[validate_pattern],
    )
    account_hint = models.CharField(
        _("номер ЛС: подсказка"), max_length=200, default="от 5 до 20 цифр"
    )
    two_tier = models.BooleanField(_("ограниченный доступ по одному номеру"), default=True)
    search_proofs = ArrayField(
        models.CharField(max_length=16, choices=Proof),
        verbose_name=_("что спросить, чтобы найти счёт"),
        default=list,
        blank=True,
    )
    link_proofs = ArrayField(
        models.CharField(max_length=16, choices=Proof),
        verbose_name=_("доказательства при привязке, на выбор"),
        default=list,
        blank=True,
    )
    upgrade_proofs = ArrayField(
        models.CharField(max_length=16, choices=Proof),
        verbose_name=_("доказательства для полного доступа, на выбор"),
        default=default_upgrade_proofs,
        blank=True,
    )
    consent_at_linking = models.BooleanField(_("спрашивать согласие при привязке"), default=False)
    max_accounts = models.PositiveSmallIntegerField(
        _("счетов у одного человека, не больше"), default=20
    )
    max_holders = models.PositiveSmallIntegerField(_("людей у одного счёта, не больше"), default=10)
    enabled_features = ArrayField(
        models.CharField(max_length=24, choices=Feature),
        verbose_name=_("включённые разделы"),
        default=all_features,
    )
    limited_features = ArrayField(
        models.CharField(max_length=24, choices=Feature),
        verbose_name=_("разделы при ограниченном доступе"),
        default=limited_default,
        blank=True,
    )

    # home page (ACC-34)
    home_blocks = ArrayField(
        models.CharField(max_length=16, choices=HomeBlock),
        verbose_name=_("главная: карточки по порядку"),
        default=home_default,
        blank=True,
    )

    # readings (MET-03, 06, 09, 20, 21, 23, 25, 27, 29, 31)
    readings_from_day = models.PositiveSmallIntegerField(_("показания: с числа"), default=1)
    readings_to_day = models.PositiveSmallIntegerField(
        _("показания: по число"), default=31, help_text=_("31 — последний день месяца")
    )
    allow_equal_reading = models.BooleanField(_("принимать показание без изменений"), default=True)
    tick_by_default = models.BooleanField(_("счётчики в форме отмечены сразу"), default=False)
    allow_resubmit = models.BooleanField(
        _("можно заменить показание, пока оно не учтено"), default=True
    )
    ask_reading_date = models.BooleanField(_("спрашивать дату снятия"), default=False)
    ask_reading_volume = models.BooleanField(
        _("вместо показания можно ввести расход"), default=False
    )
    expired_verification = models.CharField(
        _("поверка просрочена"),
        max_length=8,
        choices=ExpiredVerification,
        default=ExpiredVerification.WARN,
    )
    meter_mask = models.CharField(
        _("скрывать номер счётчика"), max_length=8, choices=MeterMask, default=MeterMask.LIMITED
    )
    max_use = models.DecimalField(
        _("наибольший расход за месяц"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    unusual_use_factor = models.PositiveSmallIntegerField(
        _("переспросить, если расход больше среднего в N раз"), default=5
    )
    average_months = models.PositiveSmallIntegerField(_("средний расход за N месяцев"), default=6)
    reading_history_months = models.PositiveSmallIntegerField(
        _("история показаний, месяцев"), default=36
    )
    guest_readings = models.CharField(
        _("показания без входа"), max_length=8, choices=GuestCheck, default=GuestCheck.INITIALS
    )
    tell_price_of_silence = models.BooleanField(
        _("говорить, сколько начислят без показания"), default=False
    )
    silence_average_months = models.PositiveSmallIntegerField(
        _("без показания: среднее за N месяцев"), default=6, help_text=_("ПП 354, п. 59")
    )
    silence_norm_after = models.PositiveSmallIntegerField(
        _("без показания: по нормативу после N месяцев"), default=3, help_text=_("ПП 354, п. 60")
    )

    # billing (BIL-01, 03, 24, 26)
    balance_sign = models.CharField(
        _("как писать долг"), max_length=16, choices=BalanceSign, default=BalanceSign.WORDS
    )
    bill_history_months = models.PositiveSmallIntegerField(
        _("история начислений, месяцев"), default=36
    )
    debt_is_net_of_payments = models.BooleanField(
        _("входящий долг уже уменьшен на оплату"), default=False
    )
    clamp_negative_rows = models.BooleanField(
        _("отрицательный итог строки считать нулём"), default=False
    )
    due_day = models.PositiveSmallIntegerField(
        _("оплатить до числа следующего месяца"),
        default=15,
        help_text=_("ЖК РФ, ст. 155: 15-е число с марта 2026 года"),
    )
    max_data_age_hours = models.PositiveSmallIntegerField(
        _("данные считаются свежими, часов"), default=24
    )

    class Meta:
        verbose_name = _("правила поставщика")
        verbose_name_plural = _("правила поставщиков")
        constraints = [
            models.CheckConstraint(
                name="policy_readings_window_is_in_a_month",
                condition=Q(readings_from_day__range=(1, 31), readings_to_day__range=(1, 31))
                & Q(readings_from_day__lte=F("readings_to_day")),
                violation_error_message=_("Первый день приёма показаний позже последнего."),
            ),
            models.CheckConstraint(
                name="policy_link_limits_are_positive",
                condition=Q(max_accounts__gte=1) & Q(max_holders__gte=1),
            ),
            models.CheckConstraint(
                name="policy_due_day_is_in_every_month", condition=Q(due_day__range=(1, 28))
            ),
            models.CheckConstraint(
                name="policy_months_are_positive",
                condition=Q(average_months__gte=1)
                & Q(reading_history_months__gte=1)
                & Q(bill_history_months__gte=1)
                & Q(silence_average_months__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return str(self.provider)


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
    """Whom the money goes to (получатель платежа), with bank details."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="suppliers")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    inn = models.CharField(max_length=12, blank=True)
    kpp = models.CharField(max_length=9, blank=True)
    bank_account = models.CharField(max_length=20, blank=True)
    bank = models.CharField(max_length=200, blank=True)
    bic = models.CharField(max_length=9, blank=True)
    corr_account = models.CharField(max_length=20, blank=True)

    class Meta:
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

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

"""What a provider decides for itself."""

from __future__ import annotations

import re

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kabinet.providers.enums import (
    BalanceSign,
    CardSystem,
    ExpiredVerification,
    Feature,
    GuestCheck,
    HomeBlock,
    MeterMask,
    OverLimit,
    PayMethod,
    Proof,
)
from kabinet.providers.models.companies import Provider
from kabinet.providers.presets import (
    ALL_FEATURES,
    CARD_SYSTEMS_DEFAULT,
    HOME_DEFAULT,
    LIMITED_DEFAULT,
    PAY_METHODS_DEFAULT,
)


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


def pay_methods_default() -> list[str]:
    return list(PAY_METHODS_DEFAULT)


def card_systems_default() -> list[str]:
    return list(CARD_SYSTEMS_DEFAULT)


def default_upgrade_proofs() -> list[str]:
    return [Proof.METER.value, Proof.DUE.value, Proof.PAYMENT.value, Proof.PIN.value]


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

    # payments (PAY-02, 03, 06, 17, 19, 35, 37–39)
    pay_min = models.DecimalField(
        _("платёж одному получателю: не меньше, ₽"), max_digits=14, decimal_places=2, default=10
    )
    pay_max = models.DecimalField(
        _("платёж: не больше, ₽"),
        max_digits=14,
        decimal_places=2,
        default=15000,
        help_text=_("0 — без предела"),
    )
    pay_methods = ArrayField(
        models.CharField(max_length=12, choices=PayMethod),
        verbose_name=_("способы оплаты по порядку"),
        default=pay_methods_default,
        blank=True,
    )
    card_systems = ArrayField(
        models.CharField(max_length=12, choices=CardSystem),
        verbose_name=_("какие карты принимаются"),
        default=card_systems_default,
        blank=True,
    )
    commission_card = models.DecimalField(
        _("комиссия с карты, %"), max_digits=5, decimal_places=2, default=0
    )
    commission_sbp = models.DecimalField(
        _("комиссия по СБП, %"), max_digits=5, decimal_places=2, default=0
    )
    pay_with_readings = models.BooleanField(_("показания прямо при оплате"), default=True)
    guest_payments = models.CharField(
        _("оплата без входа"), max_length=8, choices=GuestCheck, default=GuestCheck.OFF
    )
    pay_session_minutes = models.PositiveSmallIntegerField(_("время на оплату, минут"), default=20)
    posting_days = models.PositiveSmallIntegerField(
        _("учитываете платёж за рабочих дней"), default=5
    )
    autopay_enabled = models.BooleanField(_("автоплатёж"), default=True)
    autopay_over_limit = models.CharField(
        _("автоплатёж: долг больше предела"),
        max_length=8,
        choices=OverLimit,
        default=OverLimit.SKIP,
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
                name="policy_payment_limits_fit",
                condition=Q(pay_min__gt=0)
                & (Q(pay_max=0) | Q(pay_max__gte=F("pay_min")))
                & Q(pay_session_minutes__range=(5, 240)),
                violation_error_message=_(
                    "Наименьший платёж больше нуля и не больше наибольшего, время — от 5 до 240 минут."
                ),
            ),
            models.CheckConstraint(
                name="policy_commissions_are_shares",
                condition=Q(commission_card__range=(0, 20)) & Q(commission_sbp__range=(0, 20)),
                violation_error_message=_("Комиссия — от 0 до 20 процентов."),
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

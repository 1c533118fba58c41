from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProviderKind(models.TextChoices):
    GAS = "gas", _("газоснабжение")
    ELECTRICITY = "electricity", _("электроснабжение")
    HEAT = "heat", _("теплоснабжение")
    WATER = "water", _("водоснабжение")
    HOUSING = "housing", _("жилищные услуги")


class Style(models.TextChoices):
    """Which of the four systems a provider wants to behave like (spec: A, B, C, D)."""

    A = "A", _("А: «Мой газ»")
    B = "B", _("Б: облачный кабинет")
    C = "C", _("В: единый кабинет")
    D = "D", _("Г: центр начислений")


class ServiceKind(models.TextChoices):
    GAS = "gas", _("газ")
    ELECTRICITY = "electricity", _("электроэнергия")
    COLD_WATER = "cold_water", _("холодная вода")
    HOT_WATER = "hot_water", _("горячая вода")
    HEAT = "heat", _("отопление")
    SEWAGE = "sewage", _("водоотведение")
    HOUSING = "housing", _("жилищная услуга")
    CAPITAL_REPAIR = "capital_repair", _("капитальный ремонт")
    MAINTENANCE = "maintenance", _("техобслуживание")
    OTHER = "other", _("другое")


class Feature(models.TextChoices):
    """A part of the cabinet that a provider switches on, and that a limited link may or may not use.

    ACC-14 (matrix of the limited version) and ACC-29 (sections on or off) share these words.
    """

    BALANCE = "balance", _("сумма к оплате")
    METERS = "meters", _("счётчики")
    SERIALS = "serials", _("полные номера счётчиков")
    SUBMIT_READINGS = "submit_readings", _("передача показаний")
    BILLS = "bills", _("счета и их скачивание")
    CHARGES = "charges", _("начисления и взаиморасчёты")
    PAYMENTS = "payments", _("история платежей")
    SUBSCRIBER = "subscriber", _("данные абонента")
    CONTRACTS = "contracts", _("договоры")
    ACTS = "acts", _("акты выполненных работ")
    STATISTICS = "statistics", _("статистика и прогноз")
    PAY = "pay", _("оплата")

    @property
    def writes(self) -> bool:
        """It changes something at the provider, so a switched-off provider has it no more (OPX-02)."""
        return self in {Feature.SUBMIT_READINGS, Feature.PAY}


class Proof(models.TextChoices):
    """How a person shows that an account is theirs (ACC-13)."""

    INITIALS = "initials", _("первые буквы фамилии, имени и отчества")
    SURNAME = "surname", _("фамилия")
    ADDRESS = "address", _("дом и квартира")
    METER = "meter", _("номер счётчика")
    LAST_CHARGE = "last_charge", _("последнее начисление")
    DUE = "due", _("сумма из счёта за последние два месяца")
    PAYMENT = "payment", _("сумма любого платежа за год")
    PIN = "pin", _("ПИН-код")
    MANUAL = "manual", _("проверка сотрудником поставщика")


class LinkStep(models.TextChoices):
    """What linking begins with, set for the whole installation (ACC-03, ``link.first_step``)."""

    PROVIDER = "provider", _("поставщик")
    REGION = "region", _("регион")
    BRANCH = "branch", _("филиал")
    NONE = "none", _("номер и адрес")


class GuestCheck(models.TextChoices):
    """What a guest shows besides the account's number to hand over readings or to pay (MET-15, 17, 18, PAY-19)."""

    OFF = "off", _("без входа нельзя")
    INITIALS = "initials", _("регион и первые буквы имени")
    ADDRESS = "address", _("дом и квартира")


class HomeBlock(models.TextChoices):
    """A card of the home page below the sum due; a provider orders them and leaves out some (ACC-34)."""

    READINGS = "readings", _("показания")
    YEAR = "year", _("начислено за год")
    NOTICES = "notices", _("сейчас важно")
    FORECAST = "forecast", _("прогноз на этот месяц")
    BILLS = "bills", _("последние счета")
    BALANCE = "balance", _("из чего сложился баланс")
    ACCOUNT = "account", _("о лицевом счёте")
    EQUIPMENT = "equipment", _("оборудование")
    CONTRACTS = "contracts", _("договоры")
    OFFICE = "office", _("куда обратиться")


class PayMethod(models.TextChoices):
    """With what a payment is made (PAY-38); the values are those of ``payments-out`` (XCH-11)."""

    SBP = "sbp", _("СБП")
    CARD = "card", _("банковская карта")
    SAVED_CARD = "saved_card", _("сохранённая карта")
    AUTOPAY = "autopay", _("автоплатёж")


class OverLimit(models.TextChoices):
    """What an autopay does when more is due than its limit (PAY-17, ``autopay.over_limit``)."""

    SKIP = "skip", _("пропустить и предупредить")
    PAY_LIMIT = "limit", _("заплатить, сколько разрешено")


class CardSystem(models.TextChoices):
    """Card systems that a provider's acquirer takes (PAY-06)."""

    MIR = "mir", _("Мир")
    VISA = "visa", "Visa"
    MASTERCARD = "mastercard", "Mastercard"
    MAESTRO = "maestro", "Maestro"


class ExpiredVerification(models.TextChoices):
    """What an expired verification date does to submission (MET-29)."""

    BLOCK = "block", _("не принимать показания")
    WARN = "warn", _("принимать с предупреждением")
    IGNORE = "ignore", _("не обращать внимания")


class BalanceSign(models.TextChoices):
    """How sums due are written (BIL-01)."""

    WORDS = "words", _("словами, без знака")
    NEGATIVE_DEBT = "negative_debt", _("долг с минусом")
    POSITIVE_DEBT = "positive_debt", _("долг с плюсом")


class MeterMask(models.TextChoices):
    """Where a meter's serial is masked (MET-03)."""

    OFF = "off", _("нигде")
    LIMITED = "limited", _("при ограниченном доступе")

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from django.db import models
from django.utils.translation import gettext_lazy as _


class MeterState(models.TextChoices):
    ACTIVE = "active", _("в работе")
    BROKEN = "broken", _("неисправен")
    REMOVED = "removed", _("снят")


class ReadingSource(models.TextChoices):
    """Where a reading came from (MET-31, bundle file `readings`)."""

    INITIAL = "initial", _("начальное")
    PORTAL = "portal", _("личный кабинет")
    INSPECTOR = "inspector", _("контролёр")
    PHONE = "phone", _("по телефону")
    BANK = "bank", _("через банк")
    OTHER = "other", _("другое")


class ReadingStatus(models.TextChoices):
    """Where a reading is on its way to the bill (MET-32)."""

    SENT = "sent", _("отправлено")
    RECEIVED = "received", _("получено поставщиком")
    ACCEPTED = "accepted", _("учтено")
    REJECTED = "rejected", _("не принято")
    REPLACED = "replaced", _("заменено новым")


READING_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    ReadingStatus.SENT: {
        ReadingStatus.RECEIVED,
        ReadingStatus.ACCEPTED,
        ReadingStatus.REJECTED,
        ReadingStatus.REPLACED,
    },
    ReadingStatus.RECEIVED: {
        ReadingStatus.ACCEPTED,
        ReadingStatus.REJECTED,
        ReadingStatus.REPLACED,
    },
    ReadingStatus.ACCEPTED: {ReadingStatus.REJECTED},
    ReadingStatus.REJECTED: {ReadingStatus.ACCEPTED},
    ReadingStatus.REPLACED: set(),
}


class SubmissionRoute(models.TextChoices):
    """By which way a reading was submitted here (MET-07, `readings-out.source`)."""

    PORTAL = "portal", _("кабинет")
    GUEST = "guest", _("без входа")
    MOBILE = "mobile", _("приложение")
    PAYMENT = "payment", _("при оплате")
    API = "api", _("другая система")


class Verdict(models.TextChoices):
    """The result of checking one submitted value (MET-30)."""

    OK = "OK", _("принято")
    EMPTY = "EMPTY", _("введите показание")
    NOT_A_NUMBER = "NOT_A_NUMBER", _("нужны только цифры")
    NOT_INTEGER = "NOT_INTEGER", _("лишние знаки после запятой")
    TOO_MANY_DIGITS = "TOO_MANY_DIGITS", _("слишком много цифр")
    LESS_THAN_PREVIOUS = "LESS_THAN_PREVIOUS", _("меньше прошлого")
    EQUAL_TO_PREVIOUS = "EQUAL_TO_PREVIOUS", _("совпадает с прошлым")
    UNUSUAL_USE = "UNUSUAL_USE", _("расход необычно большой")
    OVER_MAX_USE = "OVER_MAX_USE", _("расход больше допустимого")
    OUT_OF_WINDOW = "OUT_OF_WINDOW", _("сейчас показания не принимают")
    VERIF_EXPIRED = "VERIF_EXPIRED", _("срок поверки истёк")
    METER_NOT_ACTIVE = "METER_NOT_ACTIVE", _("счётчик не в работе")
    NO_METER_DATA = "NO_METER_DATA", _("нет данных счётчика")
    ALREADY_ACCEPTED = "ALREADY_ACCEPTED", _("показание уже учтено")
    DATE_INVALID = "DATE_INVALID", _("дата не подходит")
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE", _("поставщик сейчас не принимает показания")
    PROVIDER_REJECTED = "PROVIDER_REJECTED", _("поставщик не принял показание")

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from kabinet.metering.verdicts import Verdict

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


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
    WITHDRAWN = "withdrawn", _("отозвано")


# Kept for the history only: they count for nothing and hold no place of a day (MET-21).
SET_ASIDE = (ReadingStatus.REPLACED, ReadingStatus.WITHDRAWN)

READING_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    ReadingStatus.SENT: {
        ReadingStatus.RECEIVED,
        ReadingStatus.ACCEPTED,
        ReadingStatus.REJECTED,
        ReadingStatus.REPLACED,
        # Only while no export has taken it: what the provider holds cannot be undone here (MET-32).
        ReadingStatus.WITHDRAWN,
    },
    ReadingStatus.RECEIVED: {
        ReadingStatus.ACCEPTED,
        ReadingStatus.REJECTED,
        ReadingStatus.REPLACED,
    },
    ReadingStatus.ACCEPTED: {ReadingStatus.REJECTED},
    # A refused reading gives way to a new one of the same day; the provider may also change its mind.
    ReadingStatus.REJECTED: {ReadingStatus.ACCEPTED, ReadingStatus.REPLACED},
    ReadingStatus.REPLACED: set(),
    ReadingStatus.WITHDRAWN: set(),
}


class SubmissionRoute(models.TextChoices):
    """By which way a reading was submitted here (MET-07, `readings-out.source`)."""

    PORTAL = "portal", _("кабинет")
    GUEST = "guest", _("без входа")
    MOBILE = "mobile", _("приложение")
    PAYMENT = "payment", _("при оплате")
    API = "api", _("другая система")


class Verification(models.TextChoices):
    """How the meter's verification (поверка) stands."""

    FINE = "fine", _("поверен")
    SOON = "soon", _("скоро поверка")
    EXPIRED = "expired", _("срок поверки истёк")


class IntakeState(models.TextChoices):
    """What the person has to do about this month's readings: the answer of the page (MET-20, 39)."""

    NO_METERS = "no_meters", _("нет счётчиков, которые принимают показания")
    BEFORE = "before", _("приём ещё не открыт")
    OPEN = "open", _("пора передать")
    PARTLY = "partly", _("передано не по всем счётчикам")
    SENT = "sent", _("переданы")
    ACCEPTED = "accepted", _("приняты")
    MISSED = "missed", _("приём закончился")


VERDICT_WORDS: Mapping[Verdict, StrOrPromise] = {
    Verdict.OK: _("принято"),
    Verdict.EMPTY: _("введите показание"),
    Verdict.NOT_A_NUMBER: _("нужны только цифры"),
    Verdict.NOT_INTEGER: _("лишние знаки после запятой"),
    Verdict.TOO_MANY_DIGITS: _("слишком много цифр"),
    Verdict.LESS_THAN_PREVIOUS: _("меньше прошлого"),
    Verdict.EQUAL_TO_PREVIOUS: _("совпадает с прошлым"),
    Verdict.UNUSUAL_USE: _("расход необычно большой"),
    Verdict.OVER_MAX_USE: _("расход больше допустимого"),
    Verdict.SWAPPED_VALUES: _("похоже, показания перепутаны местами"),
    Verdict.VOLUME_DIFFERS: _("показание и расход не сходятся"),
    Verdict.OUT_OF_WINDOW: _("сейчас показания не принимают"),
    Verdict.VERIF_EXPIRED: _("срок поверки истёк"),
    Verdict.METER_NOT_ACTIVE: _("счётчик не в работе"),
    Verdict.NO_METER_DATA: _("нет данных счётчика"),
    Verdict.ALREADY_ACCEPTED: _("показание уже учтено"),
    Verdict.GIVEN_BY_HOLDER: _("показание уже передано из личного кабинета"),
    Verdict.DATE_INVALID: _("дата не подходит"),
    Verdict.PROVIDER_UNAVAILABLE: _("поставщик сейчас не принимает показания"),
    Verdict.PROVIDER_REJECTED: _("поставщик не принял показание"),
}

"""Every refusal says why and what to do next (looks: nothing is a dead end)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.queries import get_linked_accounts
from kabinet.kernel.actors import Actor
from kabinet.metering.queries import get_readings_summary
from kabinet.metering.verdicts import Verdict
from kabinet.ui.formatting import NBSP
from kabinet.web.readings import sentences
from tests.factories import (
    AccountFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
CALL = "Позвоните поставщику: 104."
IF_RIGHT = "Если цифры верны, позвоните поставщику: 104."


def say(verdict, *, phone="104", read=True, use=None, **facts):
    user = UserFactory()
    provider = ProviderFactory(
        name="АО «Газ»", phone=phone, policy__readings_from_day=15, policy__readings_to_day=25
    )
    meter = MeterFactory(account=AccountFactory(provider=provider, holders=[user]), **facts)
    if read:
        ReadingFactory(meter=meter)
    actor = Actor.customer(user.pk)
    summary = get_readings_summary(actor=actor, account_id=meter.account_id, at=NOW)
    (row,), (account,) = summary.meters, get_linked_accounts(actor=actor)
    text = sentences.refusal(
        verdict,
        meter=row,
        register=row.registers[0],
        use=use,
        account=account,
    )
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("verdict", "facts", "sentence"),
    [
        (Verdict.EMPTY, {}, "Введите показание."),
        (Verdict.NOT_A_NUMBER, {}, "Нужны только цифры, например 2041."),
        (Verdict.NOT_A_NUMBER, {"decimals": 3}, "Нужны только цифры, например 02041,125."),
        (Verdict.NOT_INTEGER, {}, "Введите целое число: только цифры до запятой."),
        (Verdict.NOT_INTEGER, {"decimals": 3}, "После запятой не больше 3 цифр."),
        (
            Verdict.TOO_MANY_DIGITS,
            {},
            "На счётчике 5 цифр до запятой, а введено больше. " + IF_RIGHT,
        ),
        (
            Verdict.LESS_THAN_PREVIOUS,
            {},
            "Показание меньше прошлого: 01899. Проверьте цифры: возможно, счётчик заменили. "
            + IF_RIGHT,
        ),
        (
            Verdict.LESS_THAN_PREVIOUS,
            {"use": Decimal(41)},
            "Показание меньше прошлого (01899). Счётчик перешёл через ноль? Расход тогда 41 м³.",
        ),
        (
            Verdict.OVER_MAX_USE,
            {"use": Decimal(18500)},
            "Расход 18 500 м³ больше, чем допускает поставщик. Проверьте цифры. " + IF_RIGHT,
        ),
        (
            Verdict.OUT_OF_WINDOW,
            {},
            "Показания принимают с 15 по 25 ноября. Приём откроется 15 декабря.",
        ),
        (
            Verdict.METER_NOT_ACTIVE,
            {"state": "broken"},
            "Счётчик неисправен, показания по нему не принимают. " + CALL,
        ),
        (
            Verdict.METER_NOT_ACTIVE,
            {"state": "removed", "charging_to": dt.date(2024, 5, 3)},
            "Счётчик снят с расчёта 3 мая 2024, показания по нему не принимают. " + CALL,
        ),
        (
            Verdict.METER_NOT_ACTIVE,
            {"state": "removed"},
            "Счётчик не в работе, показания по нему не принимают. " + CALL,
        ),
        (
            Verdict.VERIF_EXPIRED,
            {"next_verification_on": dt.date(2026, 3, 1)},
            "Срок поверки истёк 1 марта 2026. Показания не принимают, пока счётчик не поверен. "
            + CALL,
        ),
        (
            Verdict.NO_METER_DATA,
            {"service__unit": "шт."},
            "Поставщик не передал данные, по которым принимают показания. " + CALL,
        ),
        (
            Verdict.ALREADY_ACCEPTED,
            {},
            "Показание за ноябрь уже передано, поставщик не разрешает его заменять. " + CALL,
        ),
        (
            Verdict.PROVIDER_UNAVAILABLE,
            {},
            "Поставщик сейчас не принимает показания. " + CALL,
        ),
        (Verdict.SWAPPED_VALUES, {}, "Похоже, это показание другого счётчика."),
        (
            Verdict.SWAPPED_VALUES,
            {"zones": ["T1", "T2"], "read": False},
            "Похоже, это показание другой зоны.",
        ),
        (
            Verdict.VOLUME_DIFFERS,
            {},
            "Показание и расход не сходятся: прошлое показание 01899. Оставьте что-то одно.",
        ),
        (
            Verdict.DATE_INVALID,
            {},
            "День снятия: не раньше прошлого показания (22 октября) и не позже сегодняшнего дня.",
        ),
        (
            Verdict.DATE_INVALID,
            {"read": False},
            "День снятия не может быть позже сегодняшнего.",
        ),
    ],
)
def test_a_refusal_says_why_and_what_next(verdict, facts, sentence):
    assert say(verdict, **facts) == sentence


def test_without_a_telephone_the_provider_is_named():
    assert say(Verdict.NO_METER_DATA, phone="").endswith("Обратитесь к поставщику: АО «Газ».")
    assert say(Verdict.LESS_THAN_PREVIOUS, phone="").endswith(
        "Если цифры верны, обратитесь к поставщику: АО «Газ»."
    )


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.OK])
def test_no_verdict_is_without_words(verdict):
    assert say(verdict, use=Decimal(5))

from __future__ import annotations

import pytest

from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.passwords import Newcomer, PasswordRefused, require_acceptable
from kabinet.web.entry.forms import password_field

IVAN = Newcomer(Identifier(IdentifierKind.EMAIL, "ivan.petrov@example.ru"))
PHONE = Newcomer(Identifier(IdentifierKind.PHONE, "+79123456789"))


@pytest.mark.parametrize(
    "password",
    [
        "соловей поёт в саду",
        "gaz-voda-svet 12",
        "ЩукаПлывёт7",
        "🐟🐟 рыба плывёт",
        "a" * 100 + "bcde fgh",
    ],
)
def test_a_phrase_in_any_alphabet_is_accepted(password):
    require_acceptable(password, IVAN)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("korotko", "короче 10"),
        ("password123", "широко распростран"),
        ("aaaaaaaaaaaa", "легко угадать"),
        ("1234567890", "легко угадать"),
        ("йцукенгшщз", "легко угадать"),
        ("ivan.petrov1", "похож на вашу"),
        ("ivanpetrov@", "похож на вашу"),
        ("д" * 129, "длиннее 128"),
    ],
)
def test_a_weak_password_is_refused_in_words(password, words):
    with pytest.raises(PasswordRefused) as refused:
        require_acceptable(password, IVAN)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    "password", ["+79123456789", "89123456789!", "9123456789ab", "8(912)345-67-89"]
)
def test_the_phone_is_no_password(password):
    with pytest.raises(PasswordRefused):
        require_acceptable(password, PHONE)


def test_ten_thousand_characters_are_refused_without_a_hash():
    with pytest.raises(PasswordRefused):
        require_acceptable("ы" * 10_000, IVAN)


def test_a_long_phrase_may_hold_the_name():
    require_acceptable("petrov любит тёплый дом у реки", IVAN)


CLASSES = ("lower", "upper", "digit", "sign")


@pytest.mark.parametrize(
    ("password", "lacking"),
    [
        ("Соловей поёт7", None),
        ("Zhjlkq7-wpmd", None),
        ("ЖЖЖЖКУРАТНЫ7!", "строчная буква"),
        ("жаворонок-7 утром", "заглавная буква"),
        ("Жаворонок-утром", "цифра"),
        ("ЖаворонокУтром7", "знак: ! $ # % или другой"),
        ("жаворонокутром", "заглавная буква, цифра, знак: ! $ # % или другой"),
    ],
)
def test_a_deployment_may_ask_for_kinds_of_signs(settings, password, lacking):
    settings.PASSWORD_CLASSES = CLASSES

    assert refusal_of(password) == (f"Не хватает: {lacking}." if lacking else "")

    settings.PASSWORD_CLASSES = ()
    assert refusal_of(password) == ""


@pytest.mark.parametrize(
    ("kind", "password"),
    [
        ("lower", "жаворонок"),
        ("upper", "ЖАВОРОНОК"),
        ("digit", "1749302856"),
        ("sign", "-!$#%_()<>"),
    ],
)
def test_each_kind_is_asked_for_by_itself(settings, kind, password):
    settings.PASSWORD_MIN = 8
    settings.PASSWORD_CLASSES = (kind,)
    assert refusal_of(password) == ""

    settings.PASSWORD_CLASSES = tuple(other for other in CLASSES if other != kind)
    assert refusal_of(password).startswith("Не хватает: ")


def test_the_page_names_the_kinds_that_are_asked_for(settings):
    settings.PASSWORD_CLASSES = ("upper", "digit")
    words = str(password_field("Пароль", is_new=True).help_text)

    assert words == (
        "Не меньше 10 знаков. Хорошо подходит фраза из нескольких слов. "
        "Нужны: заглавная буква, цифра."
    )


def refusal_of(password):
    try:
        require_acceptable(password, IVAN)
    except PasswordRefused as refused:
        return str(refused)
    return ""

"""The payment QR of ГОСТ Р 56042-2014 (facts §1), and the bugs seen in other people's code."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from kabinet.billing.payment_code import (
    SEPARATORS,
    BankDetails,
    correspondent_account_is_right,
    draw,
    inn_is_right,
    payment_code,
    settlement_account_is_right,
)
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

GAS = BankDetails(
    name="ООО «Газ Пример»",
    inn="7707083893",
    bank_account="40702810138250123017",
    bank="ПАО Сбербанк",
    bic="044525225",
    corr_account="30101810400000000225",
)
OCTOBER = Period(2026, 10)


def code_for(
    payee=GAS, *, amount="1234.56", account="510012345678", purpose="Газ, ЛС 510012345678, 10.2026"
):
    return payment_code(
        payee,
        amount=Money(Decimal(amount)),
        account_number=account,
        period=OCTOBER,
        purpose=purpose,
    )


def parsed(code):
    """Read a code as a bank does: the separator is the eighth character, every pair splits at its first «=»."""
    text = code.decode({b"1": "cp1251", b"2": "utf-8"}[code[6:7]])
    assert text[:6] == "ST0001"
    pairs = [pair.split("=", 1) for pair in text[8:].split(text[7])]
    assert len({key.lower() for key, _value in pairs}) == len(pairs)
    return dict(pairs)


def test_the_example_of_the_facts_to_the_byte():
    assert code_for().decode() == (
        "ST00012|Name=ООО «Газ Пример»|PersonalAcc=40702810138250123017|BankName=ПАО Сбербанк"
        "|BIC=044525225|CorrespAcc=30101810400000000225|Sum=123456"
        "|Purpose=Газ, ЛС 510012345678, 10.2026|PayeeINN=7707083893|PersAcc=510012345678"
        "|PaymPeriod=102026|TechCode=02"
    )


@pytest.mark.parametrize(
    ("amount", "kopecks"),
    [("0.01", "1"), ("1500.00", "150000"), ("999999999999.99", "99999999999999")],
)
def test_the_sum_is_whole_kopecks(amount, kopecks):
    assert parsed(code_for(amount=amount))["Sum"] == kopecks


@pytest.mark.parametrize("amount", ["0.00", "-0.01", "-200.55"])
def test_there_is_no_code_when_nothing_is_owed(amount):
    assert code_for(amount=amount) is None


def test_the_purpose_has_two_hundred_and_ten_characters_and_not_fewer():
    assert parsed(code_for(purpose="ы" * 300))["Purpose"] == "ы" * 210


def test_the_name_and_the_bank_keep_to_their_limits():
    values = parsed(code_for(replace(GAS, name="Н" * 200, bank="Б" * 200)))

    assert (values["Name"], values["BankName"]) == ("Н" * 160, "Б" * 45)


def test_another_separator_is_taken_throughout_when_a_value_has_the_usual_one():
    code = code_for(replace(GAS, name="ООО «Газ|Пример»"), purpose="ЛС #1; |")

    assert code[7:8] == b":"
    assert parsed(code)["Name"] == "ООО «Газ|Пример»"
    assert parsed(code)["Purpose"] == "ЛС #1; |"
    assert parsed(code)["TechCode"] == "02"


def test_no_separator_left_means_no_code():
    assert code_for(purpose=SEPARATORS) is None


def test_line_breaks_and_control_characters_become_spaces():
    assert parsed(code_for(purpose="Газ\r\nза\x00октябрь\t1"))["Purpose"] == "Газ за октябрь 1"


def test_a_bank_without_a_correspondent_account_is_written_as_zero():
    assert parsed(code_for(replace(GAS, corr_account="")))["CorrespAcc"] == "0"


def test_a_long_code_is_written_in_the_one_byte_encoding():
    code = code_for(purpose="Оплата жилищно-коммунальных услуг по договору " * 3)

    assert code.startswith(b"ST00011|")
    assert parsed(code)["Name"] == "ООО «Газ Пример»"


def test_a_long_code_with_a_letter_outside_that_encoding_stays_utf8():
    code = code_for(replace(GAS, name="Газ ₽ ΩΩΩ"), purpose="Оплата услуг " * 20)

    assert code.startswith(b"ST00012|")
    assert parsed(code)["Name"] == "Газ ₽ ΩΩΩ"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bank_account": ""},
        {"bank_account": "40702810138250123018"},
        {"bank_account": "4070281013825012301"},
        {"bank_account": "40702810138250123О17"},
        {"bic": ""},
        {"bic": "044525226"},
        {"bic": "04452522"},
        {"corr_account": "30101810400000000226"},
        {"name": ""},
        {"bank": ""},
    ],
)
def test_details_that_are_missing_or_fail_their_check_digits_give_no_code(wrong):
    assert GAS.are_usable
    assert not replace(GAS, **wrong).are_usable
    assert code_for(replace(GAS, **wrong)) is None


def test_a_wrong_tax_number_is_left_out_and_the_rest_stays():
    values = parsed(code_for(replace(GAS, inn="7707083894")))

    assert "PayeeINN" not in values
    assert values["PersonalAcc"] == GAS.bank_account


@pytest.mark.parametrize("inn", ["7707083893", "500100732259"])
def test_tax_numbers_of_the_facts_are_right_and_one_digit_off_is_not(inn):
    assert inn_is_right(inn)
    for place in range(len(inn)):
        other = str((int(inn[place]) + 1) % 10)
        assert not inn_is_right(inn[:place] + other + inn[place + 1 :])


@pytest.mark.parametrize("text", ["", "770708389", "77070838933", "٧٧٠٧٠٨٣٨٩٣", "770708389x"])
def test_what_is_not_a_tax_number_at_all_is_not_right(text):
    assert not inn_is_right(text)


@pytest.mark.parametrize(
    ("account", "bic"),
    [("30101810400000000225", "044525225"), ("30101810145250000974", "044525974")],
)
def test_correspondent_accounts_of_the_facts_are_right(account, bic):
    assert correspondent_account_is_right(account, bic)
    assert not correspondent_account_is_right(account[:-1] + "1", bic)


def test_every_changed_digit_of_the_settlement_account_is_noticed():
    account, bic = GAS.bank_account, GAS.bic
    assert settlement_account_is_right(account, bic)
    for place in range(20):
        other = str((int(account[place]) + 1) % 10)
        changed = account[:place] + other + account[place + 1 :]
        assert not settlement_account_is_right(changed, bic)


def test_an_account_at_the_central_bank_is_checked_by_its_branch():
    right = [
        f"40101810{key}00000010041"
        for key in range(10)
        if settlement_account_is_right(f"40101810{key}00000010041", "044525000")
    ]

    assert right == ["40101810800000010041"]


@given(
    name=st.text(min_size=1, max_size=80),
    purpose=st.text(max_size=250),
    account=st.from_regex(r"[A-Za-z0-9_.\-]{1,64}", fullmatch=True),
)
def test_whatever_a_name_holds_the_code_reads_back_in_the_same_pairs(name, purpose, account):
    code = code_for(replace(GAS, name="ООО " + name), purpose=purpose, account=account)

    if code is not None:
        values = parsed(code)
        assert values["PersonalAcc"] == GAS.bank_account
        assert values["PersAcc"] == account
        assert values["TechCode"] == "02"


@pytest.mark.parametrize("purpose", ["ЛС 1", "Оплата услуг " * 15])
def test_the_drawn_code_reads_back_to_the_byte(purpose):
    code = code_for(purpose=purpose)

    image = ImageOps.expand(Image.open(io.BytesIO(draw(code))).convert("L"), border=20, fill=255)
    (found,) = zxingcpp.read_barcodes(image)

    assert (found.bytes, found.symbology_identifier) == (code, "]Q1")

"""What a fiscal receipt says (PAY-44, 54-ФЗ): rates, signs, limits, and that it always adds up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.payments import receipts
from kabinet.payments.enums import TaxSystem, VatCode
from kabinet.payments.gateways.base import ReceiptLine, ReceiptMode, ReceiptSubject

GENERAL = receipts.Taxes(TaxSystem.GENERAL, VatCode.TWENTY_TWO)
AGENT = receipts.Taxes(TaxSystem.GENERAL, VatCode.TWENTY_TWO, is_agent=True)
SERVICE, PAYMENT = ReceiptSubject.SERVICE, ReceiptSubject.PAYMENT
FULL, ADVANCE = ReceiptMode.FULL, ReceiptMode.ADVANCE


def roubles(text):
    return Money(Decimal(text))


def line(amount="100.00", penalty="0.00", due=None, commission="0.00", **changed):
    return receipts.PaidLine(
        **{
            "title": "Газоснабжение",
            "account_number": "00510080",
            "amount": roubles(amount),
            "penalty": roubles(penalty),
            "due": roubles(amount if due is None else due),
            "commission": roubles(commission),
            "vat": VatCode.TWENTY_TWO,
            **changed,
        }
    )


def receipt(*lines, taxes=GENERAL):
    return receipts.build_receipt(lines=lines, taxes=taxes, email="a@example.ru", phone="79")


def test_a_debt_for_consumed_service_is_a_service_fully_paid():
    assert receipt(line("1243.56")).lines == (
        ReceiptLine(
            "Газоснабжение, ЛС 00510080", roubles("1243.56"), VatCode.TWENTY_TWO, SERVICE, FULL
        ),
    )


def test_what_is_above_the_debt_is_an_advance_and_the_penalty_stands_apart():
    # 105.70 of which 5.70 penalty; 80.70 was owed with the penalty: 75 for the service, 25 ahead.
    assert receipt(line("105.70", penalty="5.70", due="80.70")).lines == (
        ReceiptLine(
            "Газоснабжение, ЛС 00510080", roubles("75.00"), VatCode.TWENTY_TWO, SERVICE, FULL
        ),
        ReceiptLine(
            "Аванс: Газоснабжение, ЛС 00510080",
            roubles("25.00"),
            VatCode.TWENTY_TWO_OF,
            PAYMENT,
            ADVANCE,
        ),
        ReceiptLine(
            "Пени: Газоснабжение, ЛС 00510080", roubles("5.70"), VatCode.NONE, PAYMENT, FULL
        ),
    )


@pytest.mark.parametrize(
    ("rate", "computed"),
    [
        (VatCode.TWENTY_TWO, VatCode.TWENTY_TWO_OF),
        (VatCode.TEN, VatCode.TEN_OF),
        (VatCode.FIVE, VatCode.FIVE_OF),
        (VatCode.SEVEN, VatCode.SEVEN_OF),
        (VatCode.NONE, VatCode.NONE),
        (VatCode.ZERO, VatCode.ZERO),
    ],
)
def test_the_tax_of_an_advance_is_a_part_of_its_sum(rate, computed):
    (only,) = receipt(line(due="0.00", vat=rate)).lines

    assert (only.vat, only.mode) == (computed, ADVANCE)


@pytest.mark.parametrize("due", ["0.00", "-50.00"])
def test_who_owes_nothing_or_has_paid_ahead_pays_an_advance(due):
    assert [row.mode for row in receipt(line(due=due)).lines] == [ADVANCE]


def test_the_commission_is_one_line_of_the_payee():
    lines = (line(commission="1.10"), line(commission="0.40", title="Техобслуживание"))

    assert receipt(*lines).lines[-1] == ReceiptLine(
        "Комиссия за приём платежа", roubles("1.50"), VatCode.TWENTY_TWO, SERVICE, FULL
    )


def test_an_agent_names_the_supplier_of_each_line_and_takes_its_fee_for_itself():
    paid = line(commission="1.50", supplier_name="АО «Водоканал»", supplier_inn="7707083893")

    order = receipt(paid, taxes=AGENT)

    assert order.is_agent
    assert [(row.subject, row.supplier_name, row.supplier_inn) for row in order.lines] == [
        (SERVICE, "АО «Водоканал»", "7707083893"),
        (ReceiptSubject.AGENT_FEE, "", ""),
    ]


def test_who_is_no_agent_names_nobody():
    (only,) = receipt(line(supplier_name="АО «Водоканал»", supplier_inn="7707083893")).lines

    assert (only.supplier_name, only.supplier_inn) == ("", "")


def test_the_receipt_goes_to_the_mailbox_or_else_to_the_telephone():
    sent = {
        contact: receipts.build_receipt(lines=[line()], taxes=GENERAL, email=contact, phone="7999")
        for contact in ("a@example.ru", "")
    }

    assert [(order.email, order.phone) for order in sent.values()] == [
        ("a@example.ru", ""),
        ("", "7999"),
    ]


def test_a_long_name_is_cut_and_the_account_number_is_not():
    (only,) = receipt(line(title="Содержание и ремонт " * 20, account_number="1" * 64)).lines

    assert len(only.title) == receipts.LONGEST_TITLE
    assert only.title.endswith("…, ЛС " + "1" * 64)


def test_more_lines_than_a_till_takes_are_folded_by_service():
    lines = [
        line("10.00", title=title, account_number=f"{number:08d}")
        for number in range(41)
        for title in ("Газоснабжение", "Техобслуживание")
    ]

    order = receipt(*lines)

    assert [row.amount for row in order.lines] == [roubles("410.00")] * 2
    assert order.lines[0].title == (
        "Газоснабжение, ЛС 00000000, 00000001, 00000002, 00000003, 00000004 и ещё 36"
    )


def test_different_rates_are_never_folded_into_one_line():
    lines = [
        line("1.00", title=f"Услуга {number}", vat=vat)
        for number in range(50)
        for vat in (VatCode.NONE, VatCode.TWENTY_TWO)
    ]

    assert {row.vat: row.amount for row in receipt(*lines).lines} == {
        VatCode.NONE: roubles("50.00"),
        VatCode.TWENTY_TWO: roubles("50.00"),
    }


kopecks = st.integers(1, 10_000_000).map(lambda n: Money(Decimal(n) / 100))
names = st.text(min_size=1, max_size=200).filter(lambda text: text.strip())


@st.composite
def paid_lines(draw):
    amount = draw(kopecks)
    return line(
        str(amount.amount),
        penalty=str(Decimal(draw(st.integers(0, amount.kopecks))) / 100),
        due=str(Decimal(draw(st.integers(-1_000_000, 20_000_000))) / 100),
        commission=str(Decimal(draw(st.integers(0, 10_000))) / 100),
        title=draw(names),
        account_number=draw(st.text("0123456789", min_size=1, max_size=64)),
        vat=draw(st.sampled_from(receipts.RATES)),
        supplier_name=draw(names),
        supplier_inn=draw(st.text("0123456789", min_size=10, max_size=12)),
    )


@given(st.lists(paid_lines(), min_size=1, max_size=120), st.booleans())
def test_a_receipt_always_adds_up_and_keeps_the_tills_limits(lines, is_agent):
    order = receipt(*lines, taxes=AGENT if is_agent else GENERAL)

    assert Money.total(row.amount for row in order.lines) == Money.total(
        one for row in lines for one in (row.amount, row.commission)
    )
    assert len(order.lines) <= receipts.MAX_LINES
    for row in order.lines:
        assert row.amount > Money.zero()
        assert 0 < len(row.title) <= receipts.LONGEST_TITLE


shares = st.integers(0, 100)


@given(paid_lines(), st.lists(st.tuples(shares, shares), max_size=5))
def test_whatever_goes_back_in_turns_the_receipts_of_refunds_undo_the_payment(paid, turns):
    left, left_penalty, left_commission = paid.amount, paid.penalty, paid.commission
    returned: dict[tuple[object, ...], Money] = {}
    for of_service, of_penalty in (*turns, (100, 100)):
        penalty = _share(left_penalty, of_penalty)
        amount = penalty + _share(left - left_penalty, of_service)
        if not amount:
            continue
        commission = left_commission if amount == left else Money.zero()
        order = receipts.build_refund_receipt(
            lines=[
                receipts.ReturnedLine(
                    line=paid,
                    amount=amount,
                    penalty=penalty,
                    commission=commission,
                    before=paid.amount - left,
                    penalty_before=paid.penalty - left_penalty,
                )
            ],
            taxes=GENERAL,
            email="a@example.ru",
            phone="",
        )
        assert Money.total(row.amount for row in order.lines) == amount + commission
        for row in order.lines:
            assert row.amount > Money.zero()
            key = (row.title, row.vat, row.subject, row.mode)
            returned[key] = returned.get(key, Money.zero()) + row.amount
        left, left_penalty = left - amount, left_penalty - penalty
        left_commission = left_commission - commission

    assert returned == {
        (row.title, row.vat, row.subject, row.mode): row.amount for row in receipt(paid).lines
    }


def _share(most, percent):
    return Money(Decimal(most.kopecks * percent // 100) / 100)


PAYEE = receipts.Payee(
    name="ООО «Газ Пример»",
    inn="7707083893",
    kpp="770701001",
    bank_name="Банк " * 20,
    bic="044525225",
    bank_account="40702810138250123017",
    corr_account="30101810400000000225",
    kbk="",
    oktmo="",
)


def utilities(*lines, **changed):
    asked = {"payee": PAYEE, "lines": lines, "period": Period(2026, 10), **changed}
    return receipts.build_utilities(**asked)


def test_the_utilities_order_names_account_month_and_payee():
    order = utilities(line(), unified_account_number="10АБ123456")

    assert order.purpose == "Оплата: Газоснабжение, ЛС 00510080 за 10.2026"
    assert (order.year, order.month) == (2026, 10)
    assert (order.account_number, order.unified_account_number) == ("00510080", "10АБ123456")
    assert (order.kbk, order.oktmo, len(order.bank_name)) == ("0", "0", 45)


@pytest.mark.parametrize("number", ["", "10АБ12345", "10АБ1234567"])
def test_a_unified_account_number_of_another_length_is_not_sent(number):
    assert utilities(line(), unified_account_number=number).unified_account_number == ""


def test_of_several_accounts_the_largest_is_named_and_the_purpose_has_all():
    order = utilities(
        line("10.00", account_number="1"),
        line("30.00", account_number="2"),
        line("25.00", account_number="1"),
    )

    assert order.account_number == "1"
    assert order.purpose == "Оплата: Газоснабжение, ЛС 1, 2 за 10.2026"


@given(st.lists(paid_lines(), min_size=1, max_size=40))
def test_the_utilities_order_keeps_its_limits(lines):
    order = utilities(*lines)

    assert 0 < len(order.purpose) <= receipts.LONGEST_PURPOSE
    assert 0 < len(order.account_number) <= receipts.LONGEST_ACCOUNT_NUMBER

from __future__ import annotations

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.spreadsheets import as_csv, as_xlsx, guarded

ROWS = [["Месяц", "Газ; ₽"], ["октябрь", Decimal("1150.50")], ["ноябрь", None]]


def test_csv_opens_in_a_russian_spreadsheet():
    assert as_csv(ROWS) == '\ufeffМесяц;"Газ; ₽"\r\nоктябрь;1150,50\r\nноябрь;\r\n'.encode()


def test_a_workbook_has_numbers_and_a_heading():
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(ROWS, title="Расход: [м³] / год")))

    (sheet,) = book.worksheets
    assert sheet.title == "Расход   м³    год"
    assert list(sheet.iter_rows(values_only=True)) == [
        ("Месяц", "Газ; ₽"),
        ("октябрь", 1150.5),
        ("ноябрь", None),
    ]
    assert sheet["B1"].font.bold
    assert sheet.freeze_panes == "B2"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_guarded(start):
    assert guarded(f"{start}1+1") == f"'{start}1+1"


def test_a_negative_number_is_no_formula():
    assert as_csv([[Decimal("-18.40")]]).decode("utf-8-sig") == "-18,40\r\n"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_text_comes_back_and_runs_nothing(text):
    read = list(
        csv.reader(
            io.StringIO(as_csv([[text, "x"]]).decode("utf-8-sig"), newline=""), delimiter=";"
        )
    )
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([[text, "x"]], title="x")))

    assert read == [[guarded(text), "x"]]
    assert book.worksheets[0]["A1"].data_type != "f"

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kabinet.kernel.glyphs import drawable, made_drawable
from kabinet.kernel.pdf import RenderingFailed, render

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
ECHO = Path(__file__).with_name("echo.typ")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def echo(text):
    """The template fails unless the text arrives letter by letter."""
    letters = list(map(ord, made_drawable(text)))
    return render(ECHO, {"text": text, "letters": letters}, made_at=AT)[1]


@settings(max_examples=150, deadline=None)
@given(texts)
def test_any_text_arrives_as_it_was_sent(text):
    assert echo(text).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "\\",
        '\\"',
        '\\\\"',
        '")) #panic("out") #json(bytes("',
        "\\u{41}",
        "#panic()",
        "$x$ *ж* [a] @b // c",
        "\n\r\t\0\u2028",
    ],
)
def test_nothing_in_a_text_ends_it_early(text):
    assert echo(text) == echo(text)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Абрамов Ё. «5 м³» — 1 243,56\u00a0₽ №", "Абрамов Ё. «5 м³» — 1 243,56\u00a0₽ №"),
        ("Улица ☎ 中 \ue000", "Улица ? ? ?"),
        ("а\x00б\ufeffв\u200bг", "абвг"),
        ("а\nб\tв\u2028г", "а б в г"),
        ("", ""),
    ],
)
def test_letters_that_the_fonts_lack_do_not_spoil_the_paper(text, drawn):
    assert made_drawable(text) == drawn
    assert echo(text).startswith(b"%PDF-")


def test_every_face_draws_the_letters_of_bills():
    assert drawable() >= set("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя")
    assert drawable() >= set("0123456789.,:;!?()[]{}<>«»„“\"'#$%&*+-−–—=/\\|^_`~@№₽²³·°…\u00a0 ")


def test_what_the_template_cannot_use_is_refused():
    with pytest.raises(RenderingFailed):
        render(ECHO, {"text": "а", "letters": [1]}, made_at=AT)
    with pytest.raises(RenderingFailed):
        render(ECHO.with_name("nothing.typ"), {}, made_at=AT)


def test_threads_do_not_get_into_each_other_s_papers():
    with ThreadPoolExecutor(4) as pool:
        papers = list(pool.map(echo, [f"Бумага {number % 5}" for number in range(40)]))

    assert [papers[number] == papers[number % 5] for number in range(40)] == [True] * 40
    assert len(set(papers)) == 5

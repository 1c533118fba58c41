"""Graphs of several series: an honest zero, gaps where nothing is known, every value in words."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.period import Period
from kabinet.ui.graphs import Drawing, Graph, Series, added, draw, folded, scale_for

FIRST = Period(2025, 12)
EVIL = '<script>alert("x")</script>'


def series(name, *values):
    return Series(name, tuple(None if value is None else Decimal(value) for value in values))


def graph_of(*parts, drawing=Drawing.STACKED, unit="м³", **more):
    months = tuple(FIRST.plus(step) for step in range(len(parts[0].values)))
    return Graph("Расход", unit, months, parts, drawing, "за полгода", **more)


def drawn(*parts, **options):
    return str(draw(graph_of(*parts, **options)))


def rects(page):
    """What stands in the plot: left edge, top, width and height, in per cent."""
    plot = page[page.index('<svg class="kb-drawn"') : page.index("</svg>")]
    pattern = r'<rect x="([\d.]+)%" y="(-?[\d.]+)%" width="([\d.]+)%" height="([\d.]+)%"/>'
    return [tuple(map(float, found)) for found in re.findall(pattern, plot)]


values = st.decimals(-(10**9), 10**9, places=2)


@given(values, values)
def test_a_scale_holds_its_values_and_zero_in_few_equal_steps(one, other):
    scale = scale_for(min(one, other), max(one, other))

    assert scale.bottom <= min(one, other, 0)
    assert scale.top >= max(one, other, 0)
    assert 0 in scale.ticks
    assert 2 <= len(scale.ticks) <= 7
    assert scale.ticks == sorted(scale.ticks, reverse=True)
    assert scale.ticks[-1] == scale.bottom


def test_columns_begin_at_zero():
    page = drawn(series("газ", "100", "50"))

    (_, top, _, tall), (_, half, _, low) = rects(page)
    assert (top, tall) == (0, 100)
    assert (half, low) == (50, 50)


def test_a_stack_adds_up():
    page = drawn(series("газ", "60"), series("вода", "40"))

    (_, gas_top, _, gas), (_, water_top, _, water) = rects(page)
    assert (gas_top, gas) == (40, 60)
    assert (water_top, water) == (0, 40)


def test_what_is_taken_off_hangs_below_zero():
    page = drawn(series("газ", "100", "-50"))

    (_, top, _, tall), (_, below, _, depth) = rects(page)
    assert top + tall == pytest.approx(below, abs=0.02)
    assert depth == pytest.approx(tall / 2, abs=0.02)
    assert ">−50<" in page


def test_a_missing_month_is_marked_and_a_zero_is_not():
    page = drawn(series("газ", "10", None, "0"))

    assert page.count('class="none"') == 1
    assert 'class="none" x="33.33%"' in page
    assert len(rects(page)) == 1


def test_a_tiny_value_is_still_there():
    page = drawn(series("газ", "1000", "0.01"))

    assert rects(page)[1][3] == 0.5


def test_groups_stand_side_by_side_from_zero():
    page = drawn(series("эти", "80"), series("те", "100"), drawing=Drawing.GROUPED)

    (left, top, width, tall), (right, _, _, whole) = rects(page)
    assert right == pytest.approx(left + width, abs=0.02)
    assert (top, tall, whole) == (20, 80, 100)


def test_a_line_breaks_where_a_month_is_missing():
    parts = [series("газ", *(["10"] * 7), None, *(["20"] * 7))]
    page = drawn(*parts, drawing=Drawing.LINES)

    assert len(re.findall(r'<line x1="', page.split("kb-legend")[0])) == 12


def test_a_lonely_month_of_a_line_is_a_point():
    page = drawn(series("газ", *([None] * 7), "20", *([None] * 7)), drawing=Drawing.LINES)

    assert page.split("kb-legend")[0].count("<circle") == 1


def test_the_legend_tells_the_totals_and_every_month():
    page = drawn(series("газ", "10.5", None, "2"))

    assert 'data-values="10,5\u00a0м³|нет данных|2\u00a0м³"' in page
    assert ">12,5\u00a0м³</b>" in page
    assert 'data-months="декабрь 2025|январь 2026|февраль 2026"' in page


def test_sums_under_the_legend_are_not_drawn():
    page = drawn(series("газ", "10"), sums=series("всего", "10"), unit="₽")

    assert page.count("10,00\u00a0₽</b>") == 2
    assert len(rects(page)) == 1


def test_nothing_at_all_draws_an_empty_plot():
    page = drawn(series("газ", None, None))

    assert rects(page) == []
    assert page.count('class="none"') == 2


def test_names_and_titles_are_escaped():
    page = drawn(series(EVIL, "1"))

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_series_are_told_apart_without_colour():
    page = drawn(*(series(f"услуга {number}", "10") for number in range(6)))

    assert [f'<g class="s{number}"' in page for number in range(6)] == [True] * 6
    assert page.count('fill="url(#kb-s2)"') == 2


def test_the_patterns_named_by_a_graph_are_on_the_page():
    patterns = engines["django"].from_string("{% graph_patterns %}").render({})

    assert re.findall(r'<pattern id="(.+?)"', patterns) == ["kb-s2", "kb-s3", "kb-s4"]


@pytest.mark.parametrize(("months", "labels"), [(1, 1), (12, 12), (24, 8), (36, 6), (120, 10)])
def test_labels_of_months_never_crowd(months, labels):
    page = drawn(series("газ", *(["1"] * months)))

    axis = page[page.index('<div class="kb-months"') : page.index("<figcaption")]
    assert len(re.findall(r"<span[^>]*>[а-я]", axis)) == labels
    assert len(re.findall("<span", axis)) == months


def test_beyond_five_the_smallest_are_folded_into_one_that_adds_up():
    parts = [series(f"{number}", str(number * 10), None) for number in range(1, 9)]

    kept = folded(parts, "остальные")

    assert [one.name for one in kept] == ["4", "5", "6", "7", "8", "остальные"]
    assert kept[-1].values == (Decimal(60), None)
    assert sum(one.total for one in kept) == sum(one.total for one in parts)


def test_six_need_no_folding():
    parts = [series(f"{number}", "10") for number in range(6)]

    assert folded(parts, "остальные") == tuple(parts)


def test_what_is_known_is_added_and_what_is_not_stays_unknown():
    total = added([series("a", "1", None, None), series("b", "2", "3", None)])

    assert total.values == (Decimal(3), Decimal(3), None)


@given(st.lists(st.lists(st.none() | values, min_size=3, max_size=3), min_size=1, max_size=7))
def test_whatever_comes_is_drawn_inside_the_plot(columns):
    parts = [Series("x", tuple(column)) for column in columns]

    for drawing in Drawing:
        for left, top, width, height in rects(drawn(*parts, drawing=drawing)):
            assert -0.01 <= left <= left + width <= 100.01
            assert -0.01 <= top <= top + height <= 101

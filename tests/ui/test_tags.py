"""The tag library as templates meet it: what is written, what is escaped, what unknown values become."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import engines

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.ui import formatting
from kabinet.ui.charts import Bar, Level
from kabinet.ui.icons import ICONS

EVIL = "<script>alert('x')</script>"


def render(source, **context):
    return engines["django"].from_string(source).render(context)


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


@pytest.mark.parametrize(
    "filtered",
    [
        "money",
        "signed_money",
        "number",
        "volume:'м³'",
        "day",
        "day_year",
        "short_date",
        "month",
        "month_name",
        "month_in",
        "moment",
        "plural:'день,дня,дней'",
    ],
)
def test_what_is_not_known_is_a_dash(filtered):
    assert render(f"{{{{ value|{filtered} }}}}", value=None) == "—"


def test_filters_take_the_values_of_rows():
    page = render(
        "{{ sum|money }}|{{ use|volume:'м³' }}|{{ on|day }}|{{ period|month }}|{{ at|moment:'UTC' }}|{{ on|iso }}|{{ period|iso }}|{{ none|iso }}",
        sum=Money(Decimal("10.50")),
        use=Decimal("1.5000"),
        on=date(2026, 11, 25),
        period=Period(2026, 10),
        at=datetime(2026, 11, 21, 7, 42, tzinfo=UTC),
        none=None,
    )

    assert page.replace("\u00a0", " ") == (
        "10,50 ₽|1,5 м³|25 ноября|октябрь 2026|21 ноября, 07:42|2026-11-25|2026-10|"
    )


def test_a_moment_is_told_in_the_current_zone_unless_one_is_named():
    at = datetime(2026, 11, 21, 7, 42, tzinfo=UTC)

    assert render("{{ at|moment }}", at=at) == "21\u00a0ноября, 10:42"
    assert render("{{ at|moment:'Asia/Omsk' }}", at=at) == "21\u00a0ноября, 13:42"


@pytest.mark.parametrize(
    ("amount", "sign", "words"),
    [
        ("1243.56", "words", "К оплате 1 243,56 ₽"),
        ("1243.56", "negative_debt", "К оплате −1 243,56 ₽"),
        ("1243.56", "positive_debt", "К оплате +1 243,56 ₽"),
        ("-260", "words", "Переплата 260,00 ₽"),
        ("-260", "negative_debt", "Переплата 260,00 ₽"),
        ("-260", "positive_debt", "Переплата −260,00 ₽"),
        ("0.00", "words", "Долга нет"),
        ("0.00", "positive_debt", "Долга нет"),
    ],
)
def test_a_sign_never_stands_alone(amount, sign, words):
    page = render("{% due amount sign %}", amount=Money(Decimal(amount)), sign=sign)

    assert text_of(page) == words


def test_an_unknown_balance_is_never_called_no_debt():
    assert text_of(render("{% due None %}")) == "Нет данных"
    assert text_of(render("{% big_due None %}")) == "Нет данных"


def test_the_large_answer_says_until_when():
    until = date(2026, 12, 15)

    debt = render("{% big_due amount 'words' until %}", amount=Decimal("1243.56"), until=until)
    paid = render("{% big_due amount 'words' until %}", amount=Decimal(0), until=until)

    assert text_of(debt) == "К оплате до 15 декабря1 243,56 ₽"
    assert text_of(paid) == "Долга нет0,00 ₽"


def test_the_large_sum_shows_kopecks_apart():
    assert render("{% big_sum amount %}", amount=Decimal("1243.56")) == (
        '<p class="kb-sum num">1\u00a0243<span>,56\u00a0₽</span></p>'
    )
    assert text_of(render("{% big_sum None %}")) == "—"


@pytest.mark.parametrize(
    "tag",
    [
        '{% status "wait" evil %}',
        "{% empty evil evil evil evil %}",
        "{% submit evil %}",
        "{% submit 'Да' name=evil %}",
        "{% page_title evil evil back=evil back_text=evil %}",
        "{% stepper 1 evil evil %}",
        "{% notice 'late' evil %}",
        "{% progress 1 2 evil %}",
        "{% phone evil %}",
        "{{ evil|with_phones }}",
        "{% bars points evil evil %}",
    ],
)
def test_everything_that_comes_in_is_escaped(tag):
    page = render(tag, evil=EVIL, points=[Bar(EVIL, Decimal(1))])

    assert "<script" not in page
    assert "alert" in page or "tel:" in page


@pytest.mark.parametrize(
    "number", ["8\u00a0800\u00a0200-00-01", "+7\u00a0(900)\u00a0000-04-04", "200-00-01"]
)
def test_a_number_inside_a_sentence_is_one_to_call(number):
    page = render("{{ text|with_phones }}", text=f"Позвоните <поставщику>: {number}.")

    assert re.sub(r"</?a[^>]*>", "", page) == f"Позвоните &lt;поставщику&gt;: {number}."
    assert re.findall(r'<a class="num" href="tel:([^"]+)">([^<]+)</a>', page) == [
        (re.sub(r"[^\d+]", "", number), number)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Прибор 0012-345, 2026 год",
        "с 15-16 ноября",
        "2026-11-21",
        "1\u00a0243,56\u00a0₽",
        "счёт 20-00-01-2026",
    ],
)
def test_other_figures_of_a_sentence_are_not(text):
    assert render("{{ text|with_phones }}", text=text) == text


def test_an_icon_is_hidden_from_screen_readers_and_an_unknown_one_is_a_mistake():
    assert render('{% icon "home" %}').startswith(
        '<svg class="ico" viewBox="0 0 24 24" aria-hidden'
    )
    with pytest.raises(KeyError):
        render('{% icon "no-such-icon" %}')


def test_every_icon_is_drawn():
    assert all("<path" in svg or "<circle" in svg for svg in ICONS.values())


def test_a_status_of_no_known_kind_is_a_mistake():
    with pytest.raises(ValueError, match="red"):
        render('{% status "red" "плохо" %}')


def test_an_empty_list_offers_a_step_only_where_there_is_one():
    assert "<a " not in render('{% empty "Пусто" "Платежей нет" %}')
    assert 'href="/pay/"' in render('{% empty "Пусто" "Платежей нет" "/pay/" "Оплатить" %}')


def test_buttons_differ_by_weight():
    assert 'class="btn btn-primary"' in render('{% submit "Передать" %}')
    assert 'class="btn btn-outline-primary"' in render('{% submit "Передать" outline=True %}')
    assert 'class="btn btn-outline-danger"' in render('{% submit "Отвязать" danger=True %}')
    assert 'formaction="/x"' in render('{% submit "Ещё" formaction="/x" %}')


def test_the_steps_say_where_one_is_and_what_is_behind():
    page = render('{% stepper 2 "Счёт" "Проверка" "Готово" %}')

    assert text_of(page) == "Счётпройден2Проверка3Готово"
    assert page.count('aria-current="step"') == 1


def test_a_telephone_number_can_be_dialled():
    assert 'href="tel:+74950000000"' in render('{% phone "+7 (495) 000-00-00" %}')
    assert 'href="tel:104"' in render('{% phone "104, круглосуточно" %}')


class TestBars:
    def test_the_same_figures_stand_in_a_table(self):
        year = [Bar("сен", Decimal(138)), Bar("окт", None), Bar("ноя", Decimal(0))]

        page = render('{% bars year "Расход" "м³" %}', year=year)

        assert re.findall(r'<th scope="row">(.*?)</th><td[^>]*>(.*?)</td>', page) == [
            ("сен", "138"),
            ("окт", "—"),
            ("ноя", "0"),
        ]

    def test_the_tallest_bar_fills_the_height_and_small_ones_stay_visible(self):
        year = [Bar("сен", Decimal(10000)), Bar("окт", Decimal(5000)), Bar("ноя", Decimal(1))]

        page = render('{% bars year "Расход" "м³" %}', year=year)

        assert re.findall(r' height="(\d+)" rx', page) == ["100", "50", "2"]
        assert page.count('class="now"') == 1

    def test_nothing_to_draw_draws_nothing(self):
        assert "<rect" not in render('{% bars year "Расход" "м³" %}', year=[])
        assert "<rect" not in render('{% bars y "Расход" "м³" %}', y=[Bar("окт", Decimal(0))])

    def test_a_level_is_a_line_across_with_its_figure_in_words(self):
        year = [Bar("окт", Decimal(50))]
        level = Level("В среднем", Decimal(100))
        page = render('{% bars year "Расход" "м³" level %}', year=year, level=level)

        assert 'class="kb-level" x1="0" x2="33" y1="0" y2="0"' in page
        assert f'В среднем: <b class="num">100{formatting.NBSP}м³</b>' in page
        assert 'y="50" width="33" height="50"' in page


class Sample(forms.Form):
    number = forms.CharField(label="Номер", help_text="8 цифр <b>")
    note = forms.CharField(label="Заметка", required=False, widget=forms.Textarea)
    kind = forms.ChoiceField(label="Вид", choices=[("a", "А")])
    proof = forms.ChoiceField(
        label="Чем подтвердить", choices=[("a", "А"), ("b", EVIL)], widget=forms.RadioSelect
    )
    agree = forms.BooleanField(label="Согласен")
    hidden = forms.CharField(widget=forms.HiddenInput, required=False)


class TestField:
    def test_label_hint_and_error_are_tied_to_the_input(self):
        page = render("{% field form.number %}", form=Sample({}))

        assert '<label class="form-label" for="id_number">Номер</label>' in page
        assert '<p class="kb-hint" id="id_number_hint">8 цифр &lt;b&gt;</p>' in page
        assert 'aria-describedby="id_number_hint id_number_error"' in page
        assert 'aria-invalid="true"' in page
        assert "<p>Обязательное поле.</p>" in page

    def test_a_field_without_hint_or_error_describes_nothing(self):
        page = render("{% field form.kind %}", form=Sample())

        assert "aria-describedby" not in page
        assert "aria-invalid" not in page
        assert 'class="form-select"' in page

    def test_what_may_stay_empty_says_so(self):
        assert "(необязательно)" in render("{% field form.note %}", form=Sample())
        assert "(необязательно)" not in render("{% field form.number %}", form=Sample())

    def test_attributes_reach_the_input(self):
        page = render(
            '{% field form.number class="kb-digits" data_live="x" autofocus=True %}', form=Sample()
        )

        assert 'class="kb-digits"' in page
        assert 'data-live="x"' in page
        assert " autofocus" in page

    def test_choices_stand_in_a_group_with_a_legend(self):
        page = render("{% field form.proof %}", form=Sample({}))

        assert '<legend class="form-label">Чем подтвердить</legend>' in page
        assert page.count('type="radio"') == 2
        assert page.count('class="form-check-input"') == 2
        assert 'aria-describedby="id_proof_error"' in page
        assert EVIL not in page

    def test_a_tick_has_its_words_beside_it(self):
        page = render("{% field form.agree %}", form=Sample())

        assert re.search(r"<label[^>]*><input[^>]*><span>Согласен</span></label>", page)

    def test_a_hidden_field_is_only_an_input(self):
        assert render("{% field form.hidden %}", form=Sample()) == (
            '<input type="hidden" name="hidden" id="id_hidden">'
        )

    def test_the_form_tells_its_own_faults_and_counts_the_fields(self):
        form = Sample({"number": "1", "kind": "a", "proof": "a"})
        form.add_error(None, EVIL)

        page = render("{% form_errors form %}", form=form)

        assert EVIL not in page
        assert text_of(page).endswith("Проверьте одно поле: что исправить, написано рядом.")

    def test_a_form_without_faults_says_nothing(self):
        assert render("{% form_errors form %}", form=Sample()) == ""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kabinet.kernel.figures import MonthlyFigure
from kabinet.kernel.period import Period
from kabinet.web.bills.forms import REVERSED, PeriodField
from kabinet.web.statistics.kinds import Kind

YEAR = 12


class Span(StrEnum):
    YEAR = "year"
    THREE_YEARS = "three"
    OWN = "own"


class Split(StrEnum):
    SERVICE = "service"
    SUPPLIER = "supplier"


class View(StrEnum):
    COLUMNS = "columns"
    LINES = "lines"


MONTHS_OF: Mapping[str, int] = {Span.YEAR: YEAR, Span.THREE_YEARS: 3 * YEAR}
NO_SUCH = _("Здесь такого нет: показано всё.")


class StatisticsForm(forms.Form):
    """What to show; everything has a default, so that the bare address is a page too."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("Такого раздела нет или он закрыт: показан первый.")},
    )
    span = forms.ChoiceField(
        label=_("Период"),
        choices=[
            (Span.YEAR, _("12 месяцев")),
            (Span.THREE_YEARS, _("3 года")),
            (Span.OWN, _("свои месяцы")),
        ],
    )
    first = PeriodField(label=_("С месяца"), required=False, max_length=10)
    last = PeriodField(label=_("По месяц"), required=False, max_length=10)
    service = forms.CharField(label=_("Услуга"), required=False, max_length=64, widget=forms.Select)
    zone = forms.CharField(label=_("Зона суток"), required=False, max_length=2, widget=forms.Select)
    supplier = forms.CharField(
        label=_("Поставщик"), required=False, max_length=64, widget=forms.Select
    )
    split = forms.ChoiceField(
        label=_("Разделить"),
        choices=[(Split.SERVICE, _("по услугам")), (Split.SUPPLIER, _("по поставщикам"))],
    )
    view = forms.ChoiceField(
        label=_("График"),
        choices=[(View.COLUMNS, _("столбцы")), (View.LINES, _("линии"))],
    )
    compare = forms.BooleanField(label=_("Сравнить с прошлым годом"), required=False)

    def __init__(self, given: Mapping[str, Any], kinds: Sequence[Kind]) -> None:
        first_of_each = {
            "kind": kinds[0],
            "span": Span.YEAR,
            "split": Split.SERVICE,
            "view": View.COLUMNS,
        }
        asked = {name: given[name] for name in self.base_fields if name in given}
        super().__init__({**first_of_each, **asked})
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 -- declared so above
        kind.choices = [(one, one) for one in kinds]
        # A wrong value is told beside its field, and the page shows what it would show without it.
        self.is_valid()
        self.chosen = {**first_of_each, **self.cleaned_data}
        for field in self.fields.values():
            # «Необязательно» beside every filter would only be noise.
            field.required = True

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("last", REVERSED)
            del self.cleaned_data["first"]

    @property
    def chosen_kind(self) -> Kind:
        return Kind(self.chosen["kind"])

    @property
    def lines(self) -> bool:
        return bool(self.chosen["view"] == View.LINES)

    @property
    def by_supplier(self) -> bool:
        return bool(self.chosen["split"] == Split.SUPPLIER)

    def months(self, *, since: Period, newest: Period) -> tuple[Period, Period]:
        """The months asked for, within what the provider shows."""
        count = MONTHS_OF.get(self.chosen["span"])
        if count is not None:
            return max(newest.plus(1 - count), since), newest
        last = min(self.chosen.get("last") or newest, newest)
        first = self.chosen.get("first") or last.plus(1 - YEAR)
        return max(min(first, last), since), max(last, since)

    def reaches_beyond(self, since: Period, newest: Period) -> bool:
        """The person asked for months that the provider does not show any more."""
        if self.chosen["span"] != Span.OWN:
            # A month less than three years is no news.
            return newest.plus(2 - MONTHS_OF[self.chosen["span"]]) < since
        first = self.chosen.get("first")
        return first is not None and first < since

    def offer(self, figures: Sequence[MonthlyFigure], zones: Mapping[str, str]) -> None:
        """Fill the lists with what the account has; a choice of something else counts as none."""
        self._offer("service", _("все"), _named(figures, "service"))
        self._offer("supplier", _("все"), _named(figures, "supplier"))
        self._offer("zone", _("все"), zones)
        if "supplier" not in self.fields:
            self._leave_out("split", Split.SERVICE)

    def _offer(self, name: str, everything: Any, offered: Mapping[str, str]) -> None:
        if len(offered) < 2:  # noqa: PLR2004 -- one thing needs no list
            self._leave_out(name, "")
            return
        if self.chosen.get(name, "") not in {"", *offered}:
            self.add_error(name, NO_SUCH)
            self.chosen[name] = ""
        self.fields[name].widget.choices = [("", everything), *offered.items()]

    def _leave_out(self, name: str, instead: str) -> None:
        """There is nothing to choose from, so there can be no wrong choice either."""
        del self.fields[name]
        self.errors.pop(name, None)
        self.chosen[name] = instead

    @property
    def is_narrowed(self) -> bool:
        """The person has asked for less than everything of the last months."""
        is_own = self.chosen["span"] == Span.OWN
        return is_own or any(self.chosen.get(name) for name in _FILTERS)

    def fits(self, figure: MonthlyFigure) -> bool:
        asked = ((self.chosen.get(name), getattr(figure, name)) for name in _FILTERS)
        return all(not wanted or wanted == there for wanted, there in asked)


_FILTERS = ("service", "supplier", "zone")


def _named(figures: Sequence[MonthlyFigure], what: str) -> Mapping[str, str]:
    found = {
        (getattr(figure, f"{what}_name"), getattr(figure, what))
        for figure in figures
        if getattr(figure, what)
    }
    return {code: name for name, code in sorted(found)}

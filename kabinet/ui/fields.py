"""A form field as people meet it: label, hint, input and the error beside it, tied together for screen readers."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kabinet.ui import formatting
from kabinet.ui.icons import ICONS

NONE = format_html("{}", "")

Attributes = Mapping[str, str | bool]


def draw(bound: BoundField, attributes: Mapping[str, object]) -> SafeString:
    widget = bound.field.widget
    if widget.is_hidden:
        return bound.as_hidden()
    given = {name.replace("_", "-"): _attribute(value) for name, value in attributes.items()}
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return _group(bound, given)
    if isinstance(widget, forms.CheckboxInput):
        return _tick(bound, given)
    return format_html(
        '<div class="kb-field{}">{}{}{}{}</div>',
        " bad" if bound.errors else "",
        _label(bound),
        _hint(bound),
        _input(bound, given),
        _errors(bound),
    )


def _attribute(value: object) -> str | bool:
    return value if isinstance(value, bool) else str(value)


def _input(bound: BoundField, given: Attributes) -> SafeString:
    is_list = isinstance(bound.field.widget, forms.Select)
    own = bound.field.widget.attrs.get("class", "")
    look = str(given.get("class") or own or ("form-select" if is_list else "form-control"))
    return bound.as_widget(attrs={**given, "class": look, **_described(bound)})


def _described(bound: BoundField) -> dict[str, str]:
    ids = [
        *([f"{bound.auto_id}_hint"] if bound.help_text else []),
        *([f"{bound.auto_id}_error"] if bound.errors else []),
    ]
    described = {"aria-describedby": " ".join(ids)} if ids else {}
    return {**described, "aria-invalid": "true"} if bound.errors else described


def _optional(bound: BoundField) -> SafeString:
    # Where nothing is required, as in a search, the word would stand at every box and tell nothing.
    if bound.field.required or not any(each.required for each in bound.form.fields.values()):
        return NONE
    return format_html(' <span class="quiet">({})</span>', _("необязательно"))


def _label(bound: BoundField) -> SafeString:
    return format_html(
        '<label class="form-label" for="{}">{}{}</label>',
        bound.id_for_label,
        bound.label,
        _optional(bound),
    )


def _hint(bound: BoundField) -> SafeString:
    if not bound.help_text:
        return NONE
    return format_html(
        '<p class="kb-hint" id="{}_hint">{}</p>', bound.auto_id, str(bound.help_text)
    )


def _errors(bound: BoundField) -> SafeString:
    if not bound.errors:
        return NONE
    return format_html(
        '<div class="kb-error" id="{}_error">{}<div>{}</div></div>',
        bound.auto_id,
        ICONS["error"],
        format_html_join("", "<p>{}</p>", ((error,) for error in bound.errors)),
    )


def _tick(bound: BoundField, given: Attributes) -> SafeString:
    box = bound.as_widget(attrs={**given, "class": "form-check-input", **_described(bound)})
    return format_html(
        '<div class="kb-field kb-check{}"><label class="form-check">{}<span>{}</span></label>{}{}</div>',
        " bad" if bound.errors else "",
        box,
        bound.label,
        _hint(bound),
        _errors(bound),
    )


def _group(bound: BoundField, given: Attributes) -> SafeString:
    choices = format_html_join(
        "",
        '<label class="form-check">{}<span>{}</span></label>',
        ((choice.tag(), choice.choice_label) for choice in _choices(bound, given)),
    )
    described = format_html_join("", ' {}="{}"', _described(bound).items())
    return format_html(
        '<fieldset class="kb-field kb-choice{}"{}><legend class="form-label">{}{}</legend>{}{}{}</fieldset>',
        " bad" if bound.errors else "",
        described,
        bound.label,
        _optional(bound),
        _hint(bound),
        choices,
        _errors(bound),
    )


def _choices(bound: BoundField, given: Attributes) -> list[forms.boundfield.BoundWidget]:
    bound.field.widget.attrs.update({**given, "class": "form-check-input"})
    return list(bound.subwidgets)


def draw_form_errors(form: forms.BaseForm) -> SafeString:
    whole = form.non_field_errors()
    beside = len([name for name in form.errors if name != NON_FIELD_ERRORS])
    if not whole and not beside:
        return NONE
    told = list(whole)
    if beside == 1:
        told.append(_("Проверьте одно поле: что исправить, написано рядом."))
    elif beside:
        told.append(
            _("Проверьте %(fields)s: что исправить, написано рядом.")
            % {"fields": formatting.plural(beside, _("поле,поля,полей"))}
        )
    return format_html(
        '<div class="kb-notice late" role="alert" tabindex="-1" data-focus>{}<div>{}</div></div>',
        ICONS["error"],
        format_html_join("", "<p>{}</p>", ((text,) for text in told)),
    )

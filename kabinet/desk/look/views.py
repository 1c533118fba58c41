"""How a provider looks to its customers: set at the desk by its administrator (IDN-01, 02)."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kabinet.desk.access import Desk, staff_required
from kabinet.desk.look.forms import ColourForm, LogoForm
from kabinet.kernel.actors import Role
from kabinet.providers import appearance
from kabinet.providers.pictures import UnfitPicture
from kabinet.providers.queries import LookRow, ProviderNotFound, get_looks

UNPROCESSABLE = 422

administrators = staff_required(Role.ADMINISTRATOR)


@require_safe
@administrators
def show_looks(_request: HttpRequest, desk: Desk) -> HttpResponse:
    """Go to the first of the person's providers; the page leads on to the others."""
    return redirect("desk-look", code=get_looks(actor=desk.actor)[0].code)


@require_safe
@administrators
def show_look(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    return _page(request, desk, code)


@require_POST
@administrators
def set_logo(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    _of(get_looks(actor=desk.actor), code)
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["logo"].read()
        try:
            appearance.set_logo(
                actor=desk.actor, provider_code=code, content=content, at=timezone.now()
            )
        except UnfitPicture as refusal:
            form.add_error("logo", str(refusal))
        else:
            messages.success(request, _("Логотип сохранён. Абоненты его уже видят."))
            return redirect("desk-look", code=code)
    return _page(request, desk, code, logo_form=form)


@require_POST
@administrators
def remove_logo(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    appearance.remove_logo(actor=desk.actor, provider_code=code, at=timezone.now())
    messages.success(request, _("Логотип убран."))
    return redirect("desk-look", code=code)


@require_POST
@administrators
def set_colour(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    _of(get_looks(actor=desk.actor), code)
    form = ColourForm(request.POST)
    nearest = ""
    if form.is_valid():
        try:
            _paint(desk, code, form.cleaned_data["colour"])
        except appearance.UnreadableColour as refusal:
            nearest = refusal.nearest
            form.add_error("colour", str(refusal))
        except appearance.NotAColour as refusal:
            form.add_error("colour", str(refusal))
        else:
            messages.success(request, _("Цвет сохранён."))
            return redirect("desk-look", code=code)
    return _page(request, desk, code, colour_form=form, nearest=nearest)


@require_POST
@administrators
def remove_colour(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    _paint(desk, code, "")
    messages.success(request, _("Цвет убран."))
    return redirect("desk-look", code=code)


def _paint(desk: Desk, code: str, colour: str) -> None:
    appearance.set_colour(actor=desk.actor, provider_code=code, colour=colour, at=timezone.now())


def _of(looks: Sequence[LookRow], code: str) -> LookRow:
    """:raises ProviderNotFound: the person does not administer such a provider."""
    for look in looks:
        if look.code == code:
            return look
    raise ProviderNotFound


def _page(
    request: HttpRequest,
    desk: Desk,
    code: str,
    *,
    logo_form: LogoForm | None = None,
    colour_form: ColourForm | None = None,
    nearest: str = "",
) -> HttpResponse:
    looks = get_looks(actor=desk.actor)
    look = _of(looks, code)
    context = {
        "look_row": look,
        "others": [other for other in looks if other.code != code],
        "logo_form": logo_form or LogoForm(),
        "colour_form": colour_form or ColourForm(initial={"colour": look.colour}),
        "nearest": nearest,
        "entry_link": settings.SITE_URL.rstrip("/") + reverse("provider-entry", args=[code]),
    }
    status = UNPROCESSABLE if logo_form or colour_form else 200
    return render(request, "desk/look/look.html", context, status=status)

"""The person's own e-mail address and phone: changing, proving and removing them (IDN-15, 42, 44, 45)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.identity import operations, queries
from kabinet.identity.enums import CodePurpose, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry import forms
from kabinet.web.entry.code_page import code_context
from kabinet.web.entry.profile_forms import NewContact
from kabinet.web.entry.proving import recently_proved
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, own_next, sent, wait_for_code
from kabinet.web.portal import actor_of, open_portal

PENDING = "contact_codes"
CHANGE_PAGE, CODE_PAGE = "web/entry/contact.html", "web/entry/contact_code.html"
SENT_PAGE = "web/entry/contact_sent.html"
SAVED = {
    IdentifierKind.EMAIL: gettext_lazy("Почта подтверждена и сохранена."),
    IdentifierKind.PHONE: gettext_lazy("Телефон подтверждён и сохранён."),
}


def _kind(named: str) -> IdentifierKind:
    if named not in IdentifierKind.values:
        raise Http404(named)
    return IdentifierKind(named)


def _provable(named: str) -> IdentifierKind:
    """A contact that nobody can prove here is not offered (IDN-39)."""
    kind = _kind(named)
    if kind not in queries.provable_identifiers():
        raise Http404(named)
    return kind


def remember(request: HttpRequest, kind: IdentifierKind, code_id: uuid.UUID) -> None:
    request.session[PENDING] = {**request.session.get(PENDING, {}), kind.value: str(code_id)}


def forget(request: HttpRequest, kind: IdentifierKind) -> None:
    kept = request.session.get(PENDING, {})
    request.session[PENDING] = {key: kept[key] for key in kept if key != kind.value}


def _pending(request: HttpRequest, kind: IdentifierKind) -> uuid.UUID | None:
    kept = request.session.get(PENDING, {}).get(kind.value)
    return uuid.UUID(kept) if kept else None


def _is_by_link(kind: IdentifierKind) -> bool:
    return operations.is_by_link(Identifier(kind, ""))


def _is_under_way(request: HttpRequest, target: Identifier) -> bool:
    """Whether this browser has asked for that before: who goes back, or presses twice, types the code that came."""
    code_id = _pending(request, target.kind)
    row = queries.get_code(public_id=code_id, purpose=CodePurpose.CONTACT) if code_id else None
    return row is not None and row.identifier == target.value


def said_sent(kind: IdentifierKind) -> str:
    if _is_by_link(kind):
        return _("Отправили новое письмо. Прежняя ссылка больше не действует.")
    return _("Отправили новый код. Прежний больше не действует.")


def _onward(name: str, request: HttpRequest, kind: IdentifierKind) -> str:
    following = own_next(request)
    query = {"next": following} if following else None
    return reverse(name, args=[kind.value], query=query)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def change(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a new address or number and send a code to it; the old one stays until that is typed."""
    named = _provable(kind)
    portal = open_portal(request)
    form = NewContact(sent(request), kind=named)
    context = {
        "form": form,
        "kind": named,
        "by_link": _is_by_link(named),
        "profile": queries.get_profile(actor=portal.actor),
        "next": own_next(request),
    }
    if request.method == "POST" and form.is_valid():
        try:
            code_id = operations.ask_contact(
                actor=portal.actor, identifier=form.cleaned_data["contact"], at=timezone.now()
            )
        except operations.CodeTooSoon as refusal:
            if _is_under_way(request, form.cleaned_data["contact"]):
                return redirect(_onward("contact-code", request, named))
            form.add_error("contact", wait_for_code(refusal.retry_at))
        except (operations.ContactUnchanged, operations.ContactOccupied) as refusal:
            form.add_error("contact", str(refusal))
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
            return limited(render(request, CHANGE_PAGE, context), refusal)
        else:
            remember(request, named, code_id)
            return redirect(_onward("contact-code", request, named))
    status = UNPROCESSABLE if form.errors else 200
    return render(request, CHANGE_PAGE, context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, kind: str) -> HttpResponse:
    """Take the code that came to the new contact."""
    named = _provable(kind)
    portal = open_portal(request)
    code_id = _pending(request, named)
    row = queries.get_code(public_id=code_id, purpose=CodePurpose.CONTACT) if code_id else None
    if code_id is None or row is None:
        return redirect("contact-change", kind=named.value)
    target = Identifier(named, row.identifier)
    if _is_by_link(named):
        return _letter_sent(request, code_id, target, is_over=row.is_spent)
    form = forms.Code(sent(request))
    refusal: TooManyAttempts | None = None
    if request.method == "POST" and form.is_valid():
        try:
            operations.confirm_contact(
                actor=portal.actor,
                code_id=code_id,
                code=form.cleaned_data["code"],
                at=timezone.now(),
            )
        except operations.CodeRefused as wrong:
            form.add_error("code", str(wrong))
        except operations.ContactOccupied as taken:
            forget(request, named)
            messages.warning(request, str(taken))
            return redirect("contact-change", kind=named.value)
        except TooManyAttempts as many:
            refusal = many
            form.add_error(None, str(many))
        else:
            forget(request, named)
            messages.success(request, str(SAVED[named]))
            return redirect(own_next(request) or "profile")
    context = {
        **code_context(
            public_id=code_id, purpose=CodePurpose.CONTACT, target=target, at=timezone.now()
        ),
        "form": form,
        "kind": named,
        "next": own_next(request),
    }
    page = render(request, CODE_PAGE, context, status=UNPROCESSABLE if form.errors else 200)
    return limited(page, refusal) if refusal else page


def _letter_sent(
    request: HttpRequest, code_id: uuid.UUID, target: Identifier, *, is_over: bool
) -> HttpResponse:
    """Say where the letter went; once its link has worked, in whichever browser, there is nothing to wait for."""
    if is_over:
        forget(request, target.kind)
        return redirect(own_next(request) or "profile")
    context = code_context(
        public_id=code_id, purpose=CodePurpose.CONTACT, target=target, at=timezone.now()
    )
    return render(request, SENT_PAGE, {**context, "next": own_next(request)})


@never_cache
@require_POST
def resend(request: HttpRequest, kind: str) -> HttpResponse:
    """Send a new code to where the last one went."""
    named = _provable(kind)
    code_id = _pending(request, named)
    if code_id is None:
        return redirect("contact-change", kind=named.value)
    try:
        renewed = operations.ask_contact_again(
            actor=actor_of(request), code_id=code_id, at=timezone.now()
        )
    except operations.CodeTooSoon as refusal:
        messages.warning(request, wait_for_code(refusal.retry_at))
    except operations.CodeExpired:
        forget(request, named)
        return redirect("contact-change", kind=named.value)
    else:
        remember(request, named, renewed)
        messages.success(request, said_sent(named))
    return redirect(_onward("contact-code", request, named))


@never_cache
@require_POST
def prove(request: HttpRequest, kind: str) -> HttpResponse:
    """Send a code to the own contact that is not proved yet (IDN-15)."""
    named = _provable(kind)
    actor = actor_of(request)
    contact = queries.get_unproven_contact(actor=actor, kind=named)
    if contact is None:
        return redirect("profile")
    try:
        code_id = operations.ask_contact(actor=actor, identifier=contact, at=timezone.now())
    except operations.CodeTooSoon as refusal:
        messages.warning(request, wait_for_code(refusal.retry_at))
        if _pending(request, named) is None:
            return redirect("profile")
    except TooManyAttempts as refusal:
        messages.warning(request, str(refusal))
        return redirect("profile")
    else:
        remember(request, named, code_id)
    return redirect(_onward("contact-code", request, named))


@never_cache
@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """Offer, once after each sign-in, to prove what is not proved yet; it may be put off (IDN-15)."""
    actor = open_portal(request).actor
    contact = queries.get_unproven_contact(actor=actor)
    following = own_next(request)
    if contact is None:
        return redirect(following or "home")
    context = {
        "contact": contact,
        "by_link": _is_by_link(contact.kind),
        "later": following or reverse("home"),
    }
    return render(request, "web/entry/contact_ask.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def remove(request: HttpRequest, kind: str) -> HttpResponse:
    """Take the contact away after a question."""
    named = _kind(kind)
    if request.method == "POST":
        try:
            operations.remove_contact(actor=actor_of(request), kind=named, at=timezone.now())
        except operations.LastContact as refusal:
            messages.warning(request, str(refusal))
        else:
            forget(request, named)
            messages.success(request, _("Убрано: войти с этими данными больше нельзя."))
        return redirect("profile")
    row = queries.get_profile(actor=open_portal(request).actor)
    shown = row.email if named is IdentifierKind.EMAIL else row.phone
    if not shown:
        return redirect("profile")
    return render(request, "web/entry/contact_remove.html", {"kind": named, "shown": shown})

"""A phone or an address for whom a service knows none: named, proved by a code, and then asked of as ever (IDN-07)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.identity import newcomers, operations
from kabinet.identity.enums import CodePurpose
from kabinet.identity.identifiers import Identifier
from kabinet.identity.newcomers import Newcomer
from kabinet.ui import captcha
from kabinet.ui.captcha import CaptchaForm
from kabinet.web.entry.own_codes import CodeFlow, Pending
from kabinet.web.entry.visitors import own_next, visitor, wait_for_code

NEXT = "outside_next"


class ContactFlow(CodeFlow):
    """The pages of a code, to a contact that may be anybody's."""

    def _ask(self, request: HttpRequest, target: Identifier, *_others: object) -> Pending:
        captcha.require_passed(request, CaptchaForm.SIGN_UP, at=timezone.now())
        code_id = operations.ask_newcomer_contact(
            actor=visitor(request), identifier=target, at=timezone.now()
        )
        return Pending(code_id, target)

    def resend(self, request: HttpRequest) -> HttpResponse:
        pending = self.pending(request)
        if pending is None:
            return redirect(self.start_name)
        try:
            renewed = operations.ask_newcomer_contact_again(
                code_id=pending.code_id, identifier=pending.target, at=timezone.now()
            )
        except operations.CodeTooSoon as refusal:
            messages.warning(request, wait_for_code(refusal.retry_at))
        else:
            self.remember(request, Pending(renewed, pending.target))
            messages.success(request, _("Отправили новый код. Прежний больше не действует."))
        return redirect(self.code_name)


FLOW = ContactFlow(
    key="outside_contact",
    purpose=CodePurpose.CONTACT,
    start_page="web/entry/outside_contact.html",
    start_name="outside-contact",
    code_page="web/entry/outside_contact_code.html",
    code_name="outside-contact-code",
)


def _for_newcomers(
    view: Callable[[HttpRequest, Newcomer], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Let in who waits without a contact; everybody else goes to the page that knows what to do with them."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        who = newcomers.waiting(request)
        if who is None:
            return redirect("account_login")
        if who.contacts or request.user.is_authenticated:
            return redirect("outside-newcomer")
        return view(request, who)

    return guarded


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_for_newcomers
def start(request: HttpRequest, who: Newcomer) -> HttpResponse:  # noqa: ARG001 -- the guard's signature
    if request.method == "POST":
        request.session[NEXT] = own_next(request)
    return FLOW.start(request)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_for_newcomers
def confirm(request: HttpRequest, who: Newcomer) -> HttpResponse:
    """Take the code; with a proved contact the newcomer is like any other, and nothing is created yet."""

    def accept(pending: Pending, code: str) -> HttpResponse:
        proved = operations.prove_newcomer_contact(
            actor=visitor(request),
            newcomer=who,
            code_id=pending.code_id,
            code=code,
            at=timezone.now(),
        )
        FLOW.forget(request)
        newcomers.keep(request, proved)
        wanted = request.session.pop(NEXT, "")
        return redirect(reverse("outside-newcomer", query={"next": wanted} if wanted else {}))

    return FLOW.confirm(request, accept)


@login_not_required
@never_cache
@require_POST
@_for_newcomers
def resend(request: HttpRequest, who: Newcomer) -> HttpResponse:  # noqa: ARG001 -- the guard's signature
    return FLOW.resend(request)

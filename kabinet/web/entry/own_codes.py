"""Pages of a code to an own contact, the same for recovery and for signing in (IDN-22, 23, 32)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from kabinet.identity import devices, operations
from kabinet.identity.enums import CodePurpose, IdentifierKind, Messenger
from kabinet.identity.identifiers import Identifier
from kabinet.identity.session_store import renew_key
from kabinet.kernel.limits import TooManyAttempts
from kabinet.ui import captcha
from kabinet.ui.captcha import CaptchaForm, CaptchaNotPassed
from kabinet.web.entry import forms
from kabinet.web.entry.code_page import code_context
from kabinet.web.entry.visitors import (
    UNPROCESSABLE,
    limited,
    own_next,
    sent,
    visitor,
    wait_for_code,
)


@dataclass(frozen=True, slots=True)
class Pending:
    code_id: uuid.UUID
    target: Identifier


@dataclass(frozen=True, slots=True)
class CodeFlow:
    """``key`` is where the session keeps the code that is under way; the rest are pages and their URL names."""

    key: str
    purpose: CodePurpose
    start_page: str
    start_name: str
    code_page: str
    code_name: str

    def pending(self, request: HttpRequest) -> Pending | None:
        kept = request.session.get(self.key)
        if not kept:
            return None
        code_id, kind, value = kept
        return Pending(uuid.UUID(code_id), Identifier(IdentifierKind(kind), value))

    def remember(self, request: HttpRequest, pending: Pending) -> None:
        target = pending.target
        request.session[self.key] = [str(pending.code_id), target.kind.value, target.value]

    def forget(self, request: HttpRequest) -> None:
        request.session.pop(self.key, None)

    def start(
        self,
        request: HttpRequest,
        form: forms.Recovery | None = None,
        ask: Callable[..., uuid.UUID] = operations.ask_code,
    ) -> HttpResponse:
        """Ask for the contact and send a code to it; ``form`` and ``ask`` when something else is asked and sent."""
        form = form or forms.Recovery(sent(request))
        context = {"form": form, "next": own_next(request)}
        if request.method != "POST":
            return render(request, self.start_page, context)
        if form.is_valid():
            try:
                return self._begin(request, form.cleaned_data["identifier"], ask)
            except operations.CodeTooSoon as refusal:
                form.add_error("identifier", wait_for_code(refusal.retry_at))
            except (operations.SmsClosed, operations.PersonUnknown) as refusal:
                form.add_error("identifier", str(refusal))
            except CaptchaNotPassed as refusal:
                form.add_error(None, str(refusal))
            except TooManyAttempts as refusal:
                form.add_error(None, str(refusal))
                return limited(render(request, self.start_page, context), refusal)
        return render(request, self.start_page, context, status=UNPROCESSABLE)

    def _begin(
        self, request: HttpRequest, target: Identifier, ask: Callable[..., uuid.UUID]
    ) -> HttpResponse:
        """Send a code and lead to where it is typed; who goes back, or presses twice, is led to the one that came."""
        try:
            pending = self._ask(request, target, ask)
        except operations.CodeTooSoon:
            kept = self.pending(request)
            if kept is None or kept.target != target:
                raise
        else:
            renew_key(request)
            self.remember(request, pending)
        return redirect(self.code_name)

    def _ask(
        self, request: HttpRequest, target: Identifier, ask: Callable[..., uuid.UUID]
    ) -> Pending:
        captcha.require_passed(request, CaptchaForm.RECOVERY, at=timezone.now())
        code_id = ask(
            actor=visitor(request),
            purpose=self.purpose,
            identifier=target,
            at=timezone.now(),
            device=devices.known_mark(request),
        )
        return Pending(code_id, target)

    def confirm(
        self,
        request: HttpRequest,
        accept: Callable[[Pending, str], HttpResponse],
        **shown: object,
    ) -> HttpResponse:
        """Take the code that was typed; ``accept`` judges it and leads on. ``shown`` is what else the page shows."""
        pending = self.pending(request)
        if pending is None:
            return redirect(self.start_name)
        form = forms.Code(sent(request))
        refusal: TooManyAttempts | None = None
        if request.method == "POST" and form.is_valid():
            try:
                return accept(pending, form.cleaned_data["code"])
            except operations.CodeRefused as wrong:
                form.add_error("code", str(wrong))
            except TooManyAttempts as many:
                refusal = many
                form.add_error(None, str(many))
        context = code_context(
            public_id=pending.code_id,
            purpose=self.purpose,
            target=pending.target,
            at=timezone.now(),
        )
        status = UNPROCESSABLE if form.errors else 200
        response = render(
            request, self.code_page, {**context, **shown, "form": form}, status=status
        )
        return limited(response, refusal) if refusal else response

    def resend(self, request: HttpRequest) -> HttpResponse:
        """Send a new code to the same contact."""
        pending = self.pending(request)
        if pending is None:
            return redirect(self.start_name)
        try:
            renewed = self._ask_again(request, pending)
        except operations.CodeTooSoon as refusal:
            messages.warning(request, wait_for_code(refusal.retry_at))
        else:
            self.remember(request, Pending(renewed, pending.target))
            messages.success(request, _("Отправили новый код. Прежний больше не действует."))
        return redirect(self.code_name)

    def _ask_again(
        self, request: HttpRequest, pending: Pending, messenger: Messenger | None = None
    ) -> uuid.UUID:
        return operations.ask_code_again(
            purpose=self.purpose,
            code_id=pending.code_id,
            identifier=pending.target,
            at=timezone.now(),
            device=devices.known_mark(request),
            messenger=messenger,
        )

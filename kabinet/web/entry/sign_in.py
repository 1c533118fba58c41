from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kabinet.identity import passwords, services, sessions
from kabinet.identity.limits import sign_in_needs_captcha
from kabinet.identity.parts import EntryPart, is_on
from kabinet.kernel.actors import Errand
from kabinet.payments.queries.guests import get_guest_errands
from kabinet.providers.queries import ProviderRow
from kabinet.web.entry import provider_link
from kabinet.web.entry.forms import SignIn
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, own_next


class SignInView(LoginView):
    """allauth's sign-in with our form, page and answers; the password's way through its stages is untouched."""

    template_name = "web/entry/sign_in.html"

    def get_form_class(self) -> type[SignIn]:
        return SignIn

    def form_valid(self, form: SignIn) -> HttpResponse:
        sessions.remember(self.request, is_own_device=form.cleaned_data["remember"])
        response: HttpResponse = super().form_valid(form)
        # allauth sets a lifetime of its own after the sign-in.
        sessions.keep_lifetime(self.request)
        user = self.request.user
        if user.is_authenticated and passwords.is_weak(form.cleaned_data["password"], user):
            sessions.note_weak_password(self.request)
            messages.warning(self.request, _weak_password_words())
        return response

    def form_invalid(self, form: SignIn) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = UNPROCESSABLE
        return limited(response, form.refusal) if form.refusal else response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {
            **context,
            "next": own_next(self.request),
            **_blocks(self.request),
            "asks_captcha": self._asks_captcha(context["form"]),
        }

    def _asks_captcha(self, form: SignIn) -> bool:
        """Say whether the next attempt is one that a captcha goes with."""
        left: int | None = getattr(self.request, "sign_in_tries_left", None)
        return form.asks_captcha or (left is not None and sign_in_needs_captcha(left - 1))


def _blocks(request: HttpRequest) -> dict[str, object]:
    """Give what stands beside the form, as this deployment wants it (IDN-01); a block that is off asks nothing."""
    provider, errands = provider_link.shown(request), get_guest_errands()
    return {
        **_support(provider),
        "provider": provider,
        "about": (settings.ENTRY_ABOUT or _about_words()) if is_on(EntryPart.ABOUT) else "",
        "services": services.offered_services(),
        "takes_guests": Errand.READINGS in errands,
        "takes_guests_money": Errand.PAYING in errands,
        "apps": settings.APP_LINKS if is_on(EntryPart.APPS) else (),
    }


def _support(provider: ProviderRow | None) -> dict[str, str]:
    """Name the shown provider's people to whoever needs help, where the deployment has no hotline of its own (IDN-50)."""
    if provider is None or settings.SUPPORT_PHONE or settings.SUPPORT_EMAIL:
        return {}
    return {"support_phone": provider.phone, "support_email": provider.email}


def _about_words() -> str:
    return _("Счета, показания и платежи по вашему лицевому счёту.")


def _weak_password_words() -> SafeString:
    return format_html(
        '{} <a href="{}">{}</a>',
        _("Ваш пароль легко подобрать: он задан по старым правилам."),
        reverse("account_change_password"),
        _("Задать новый"),
    )

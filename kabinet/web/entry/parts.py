"""The addresses of the entry page's parts: one that a deployment leaves out answers that it is not offered (IDN-01)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from kabinet.identity import services
from kabinet.identity.parts import REFUSALS, EntryPart, is_on

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NOT_FOUND = 404
_NEW_CONTACT = {"outside-contact", "outside-contact-code", "outside-contact-resend"}
# What is not here belongs to no part: taking back what was given before (unlinking a service, deleting a key, ending a
# guest's visit), the legal texts, and a provider's rules of payment, which links for payment need as well.
PAGES: Mapping[EntryPart, frozenset[str]] = {
    EntryPart.REGISTRATION: frozenset(
        {
            "account_signup",
            "account_signup_code",
            "account_signup_link",
            "account_signup_link_again",
            "account_signup_resend",
            "account_signup_sent",
            *_NEW_CONTACT,
        }
    ),
    EntryPart.RECOVERY: frozenset(
        {
            "account_complete_password_reset",
            "account_confirm_password_reset_code",
            "account_reset_password",
            "account_reset_password_resend",
        }
    ),
    EntryPart.CODE: frozenset(
        {
            "account_confirm_login_code",
            "account_login_code_resend",
            "account_request_login_code",
        }
    ),
    EntryPart.QR: frozenset({"qr-ask", "qr-finish", "qr-scanner", "qr-sign-in", "qr-state"}),
    EntryPart.PASSKEY: frozenset(
        {
            "mfa_add_webauthn",
            "mfa_login_webauthn",
            "mfa_reauthenticate_webauthn",
            "passkey-later",
            "passkey-question",
            "prove-key-question",
        }
    ),
    EntryPart.OUTSIDE: frozenset(
        {
            "esia_callback",
            "esia_login",
            "outside-link",
            "outside-newcomer",
            "vk_callback",
            "vk_login",
            "yandex_callback",
            "yandex_login",
            *_NEW_CONTACT,
        }
    ),
    EntryPart.GUEST_READINGS: frozenset(
        {
            "guest-readings",
            "guest-readings-address",
            "guest-readings-initials",
            "guest-readings-meters",
        }
    ),
    EntryPart.GUEST_PAYMENT: frozenset(
        {"guest-pay", "guest-pay-address", "guest-pay-initials", "guest-pay-sums"}
    ),
}
WAYS_IN: Mapping[EntryPart, StrOrPromise] = {
    EntryPart.CODE: _("по коду из СМС или письма"),
    EntryPart.PASSKEY: _("по отпечатку, лицу или ПИН-коду устройства"),
    EntryPart.QR: _("по QR-коду, с телефона, на котором вы уже вошли"),
}


class PartGate:
    """Answer for the pages of a part that is off, before anybody is asked to sign in for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        name = match.url_name if match else None
        missing = next(
            (part for part, names in PAGES.items() if name in names and not is_on(part)), None
        )
        if missing is None:
            return None
        context = {"part": missing.value, "reason": REFUSALS[missing], "ways": ways_in()}
        return render(request, "web/entry/part_off.html", context, status=NOT_FOUND)


def ways_in() -> Sequence[StrOrPromise]:
    """Name every way in that there is here, as the end of «Войти можно: …»."""
    outside = ", ".join(str(service.label) for service in services.offered_services())
    through = [_("через %(services)s") % {"services": outside}] if outside else []
    return [_("по паролю"), *(words for part, words in WAYS_IN.items() if is_on(part)), *through]

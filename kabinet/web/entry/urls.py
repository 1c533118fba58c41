from __future__ import annotations

from allauth.account.views import AccountInactiveView, LogoutView
from django.urls import path

from kabinet.identity.esia.views import oauth2_callback
from kabinet.identity.networks.views import vk_callback, yandex_callback
from kabinet.web.entry import (
    by_code,
    contacts,
    devices,
    legal,
    outside,
    outside_contact,
    profile,
    proving,
    qr,
    recovery,
    sign_up,
)
from kabinet.web.entry.sign_in import SignInView

# allauth's names, so that its own parts (passkeys, social sign-in, second factor) find their pages here.
urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path("login/code/", by_code.start, name="account_request_login_code"),
    path("login/code/confirm/", by_code.confirm, name="account_confirm_login_code"),
    path("login/code/new/", by_code.resend, name="account_login_code_resend"),
    path("login/qr/", qr.show, name="qr-sign-in"),
    path("login/qr/state/", qr.state, name="qr-state"),
    path("login/qr/finish/", qr.finish, name="qr-finish"),
    path("qr/", qr.scanner, name="qr-scanner"),
    path("qr/<uuid:public_id>/<str:code>/", qr.ask, name="qr-ask"),
    path(
        "logout/",
        LogoutView.as_view(template_name="web/entry/sign_out.html"),
        name="account_logout",
    ),
    path(
        "inactive/",
        AccountInactiveView.as_view(template_name="web/entry/inactive.html"),
        name="account_inactive",
    ),
    path("signup/", sign_up.sign_up, name="account_signup"),
    path("signup/code/", sign_up.sign_up_code, name="account_signup_code"),
    path("signup/code/new/", sign_up.sign_up_resend, name="account_signup_resend"),
    path("password/reset/", recovery.start, name="account_reset_password"),
    path("password/reset/code/", recovery.confirm, name="account_confirm_password_reset_code"),
    path("password/reset/code/new/", recovery.resend, name="account_reset_password_resend"),
    path("password/reset/new/", recovery.choose_password, name="account_complete_password_reset"),
    path("prove/", proving.prove, name="account_reauthenticate"),
    path("prove/code/", proving.by_code, name="prove-code"),
    path("prove/code/new/", proving.send, name="prove-send"),
    path("password/change/", profile.change_password, name="account_change_password"),
    path("profile/", profile.profile, name="profile"),
    path("profile/name/", profile.name, name="profile-name"),
    path("profile/hints/", profile.hints, name="profile-hints"),
    path("profile/contacts/", contacts.ask, name="contact-ask"),
    path("profile/contacts/<str:kind>/", contacts.change, name="contact-change"),
    path("profile/contacts/<str:kind>/prove/", contacts.prove, name="contact-prove"),
    path("profile/contacts/<str:kind>/code/", contacts.code, name="contact-code"),
    path("profile/contacts/<str:kind>/code/new/", contacts.resend, name="contact-code-resend"),
    path("profile/contacts/<str:kind>/remove/", contacts.remove, name="contact-remove"),
    path("profile/devices/", devices.devices, name="devices"),
    path("profile/devices/others/end/", devices.end_others, name="devices-end-others"),
    path("profile/devices/<uuid:session_id>/end/", devices.end, name="device-end"),
    path("profile/consents/<slug:slug>/withdraw/", profile.withdraw, name="consent-withdraw"),
    path("consent/", legal.consent, name="consent"),
    path("legal/<slug:slug>/", legal.document, name="legal-document"),
    path("legal/<slug:slug>/file/", legal.document_file, name="legal-document-file"),
    path("outside/", outside.newcomer, name="outside-newcomer"),
    path("outside/contact/", outside_contact.start, name="outside-contact"),
    path("outside/contact/code/", outside_contact.confirm, name="outside-contact-code"),
    path("outside/contact/code/new/", outside_contact.resend, name="outside-contact-resend"),
    path("outside/link/", outside.link, name="outside-link"),
    path("profile/services/<str:name>/unlink/", outside.unlink, name="service-unlink"),
    path("esia/login/", outside.begin, {"provider_id": "esia"}, name="esia_login"),
    path("esia/login/callback/", oauth2_callback, name="esia_callback"),
    path("vk/login/", outside.begin, {"provider_id": "vk"}, name="vk_login"),
    path("vk/login/callback/", vk_callback, name="vk_callback"),
    path("yandex/login/", outside.begin, {"provider_id": "yandex"}, name="yandex_login"),
    path("yandex/login/callback/", yandex_callback, name="yandex_callback"),
]

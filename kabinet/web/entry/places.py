from __future__ import annotations

# The small pages behind «Мой профиль»: the menu marks it on each of them.
PROFILE_PAGES = frozenset(
    {
        "account_change_password",
        "card-binding",
        "card-new",
        "card-remove",
        "cards",
        "consent-withdraw",
        "contact-ask",
        "contact-change",
        "contact-code",
        "contact-link",
        "contact-remove",
        "devices",
        "leave",
        "leave-confirm",
        "messenger-confirm",
        "messenger-link",
        "messenger-unlink",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_deactivate_totp",
        "mfa_index",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
        "profile-name",
        "qr-ask",
        "qr-scanner",
        "service-unlink",
    }
)

"""What ``KABINET_PRESET`` sets at once: the ways of one of the four manuals (IDN-08, 12, 13, 18, 30, 32).

A variable that is set itself goes before its preset. Where a manual falls short of what is safe, the preset keeps
the safe rule: no new password is shorter than 8 characters (A says 5, C says 6), and nobody is let in before a
contact is proven (B lets in at once).
"""

from __future__ import annotations

from collections.abc import Mapping

from kabinet.identity.parts import EntryPart

ENTRY_PARTS = tuple(part.value for part in EntryPart)

PRESETS: Mapping[str, Mapping[str, str]] = {
    "modern": {},
    "A": {
        "KABINET_SIGN_UP_BY": "email,phone",
        "KABINET_SIGN_UP_NAME": "off",
        "KABINET_SIGN_UP_PASSWORD_REPEAT": "on",
        "KABINET_CONSENT_MODE": "screen",
        "KABINET_PASSWORD_MIN": "8",
        "KABINET_PASSWORD_MAX": "10",
        "KABINET_CODE_SECONDS_SIGN_UP": "160",
        "KABINET_CODE_SECONDS_RECOVERY": "70",
        "KABINET_CODE_RESEND_SECONDS": "70",
        "KABINET_CAPTCHA": "off",
        "KABINET_RECOVERY": "password_first",
        "KABINET_ENTRY_BLOCKS": "registration,recovery,documents,support,logo",
    },
    "B": {
        "KABINET_SIGN_UP_BY": "email,phone",
        "KABINET_SIGN_UP_NAME": "off",
        "KABINET_SIGN_UP_PROOF": "link",
        "KABINET_SIGN_UP_AFTER": "home",
        "KABINET_CONSENT_MODE": "button",
        "KABINET_CAPTCHA_ON": "sign-up,recovery,guest",
        "KABINET_RECOVERY": "temporary",
        "KABINET_ENTRY_BLOCKS": (
            "registration,recovery,guest-readings,guest-payment,documents,support,apps"
        ),
    },
    "C": {
        "KABINET_SIGN_UP_BY": "phone",
        "KABINET_SIGN_UP_SECOND_CONTACT": "required",
        "KABINET_SIGN_UP_NAME": "required",
        "KABINET_NAME_ALPHABET": "ru",
        "KABINET_SIGN_UP_PASSWORD_REPEAT": "on",
        "KABINET_SIGN_UP_AFTER": "sign-in",
        "KABINET_REVEAL_EXISTENCE": "on",
        "KABINET_PASSWORD_MIN": "8",
        "KABINET_PASSWORD_CLASSES": "lower,upper,digit,sign",
        "KABINET_CAPTCHA": "off",
        "KABINET_RECOVERY_AFTER": "sign-in",
        # The manual's phones have Face ID and Touch ID.
        "KABINET_ENTRY_BLOCKS": (
            "registration,recovery,code,qr,passkey,outside,documents,support,apps"
        ),
    },
    "D": {
        "KABINET_SIGN_UP_BY": "email",
        "KABINET_SIGN_UP_SECOND_CONTACT": "required",
        "KABINET_SIGN_UP_NAME": "off",
        "KABINET_SIGN_UP_PASSWORD_REPEAT": "on",
        "KABINET_SIGN_UP_PROOF": "link",
        "KABINET_SIGN_UP_AFTER": "home",
        "KABINET_REVEAL_EXISTENCE": "on",
        "KABINET_CAPTCHA_ON": "sign-up",
        "KABINET_ENTRY_BLOCKS": (
            "registration,recovery,outside,guest-readings,documents,about,support"
        ),
    },
}

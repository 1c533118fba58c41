from __future__ import annotations

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 -- Django's own name

from kabinet.identity.parts import EntryPart, is_on

UNNAMED = "оператор этого личного кабинета"


@register(Tags.compatibility, deploy=True)
def check_operator_is_named(**_kwargs: object) -> list[CheckMessage]:
    """A consent without the operator's name and address is defective (152-ФЗ, ст. 9)."""
    if settings.OPERATOR_NAME != UNNAMED:
        return []
    return [
        Warning(
            "KABINET_OPERATOR is not set: the legal texts do not name the operator.",
            hint="Write the organisation's name, ИНН and address before the first migrate.",
            id="identity.W001",
        )
    ]


@register(Tags.compatibility, deploy=True)
def check_forgotten_passwords_have_a_way_back(**_kwargs: object) -> list[CheckMessage]:
    """Without a code to a contact somebody has to help, and people have to know who (IDN-01, 50)."""
    by_themselves = is_on(EntryPart.RECOVERY) or is_on(EntryPart.CODE)
    is_named = is_on(EntryPart.SUPPORT) and (settings.SUPPORT_PHONE or settings.SUPPORT_EMAIL)
    if by_themselves or is_named:
        return []
    return [
        Warning(
            "KABINET_ENTRY_BLOCKS has neither 'recovery' nor 'code', and the pages name no support: "
            "whoever forgets the password could not get back in.",
            hint="Add one of them, or 'support' with KABINET_SUPPORT_PHONE or KABINET_SUPPORT_EMAIL.",
            id="identity.W002",
        )
    ]

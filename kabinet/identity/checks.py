from __future__ import annotations

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 -- Django's own name

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

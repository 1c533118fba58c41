from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.providers.enums import ProviderKind, Style
from kabinet.providers.models import Provider, ProviderPolicy
from kabinet.providers.presets import PRESETS

CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class ProviderExists(Refused):
    message = _("Поставщик с таким кодом уже есть.")


class BadProviderCode(Refused):
    message = _("Код: от 1 до 64 латинских букв, цифр, знаков «-», «_» и «.».")


@transaction.atomic
def add_provider(
    *, actor: Actor, code: str, name: str, style: Style, kind: ProviderKind, at: datetime
) -> int:
    """Create a provider with the rules of its style (XCH-13); its data come later in bundles.

    :raises BadProviderCode: the code would not fit the bundle's rules.
    :raises ProviderExists: the code is taken.
    """
    if CODE.fullmatch(code) is None:
        raise BadProviderCode
    provider, created = Provider.objects.get_or_create(
        code=code, defaults={"name": name, "style": style, "kind": kind}
    )
    if not created:
        raise ProviderExists

    ProviderPolicy.objects.create(provider=provider, **PRESETS[style])
    audit.record(actor, "providers.provider.add", provider, at=at, code=code, style=style.value)
    return provider.pk


@transaction.atomic
def describe_provider(
    *,
    actor: Actor,
    code: str,
    contacts: Mapping[str, str],
    rules: Mapping[str, object],
    at: datetime,
) -> None:
    """Set a provider's contacts and rules by the names of their model fields.

    :raises NotVisible: there is no such provider.
    :raises ValidationError: a value does not fit its field.
    """
    try:
        provider = Provider.objects.select_for_update().get(code=code)
    except Provider.DoesNotExist as error:
        raise NotVisible from error
    policy = ProviderPolicy.objects.select_for_update().get(provider=provider)
    for changed, values in ((provider, contacts), (policy, rules)):
        for name, value in values.items():
            setattr(changed, name, value)
        changed.full_clean()
        changed.save(update_fields=list(values))
    audit.record(actor, "providers.provider.describe", provider, at=at, code=code)

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessLevel(models.TextChoices):
    """How much of an account a link opens (ACC-14, 20)."""

    LIMITED = "limited", _("ограниченный доступ")
    EXTENDED = "extended", _("полный доступ")


class LinkEventKind(models.TextChoices):
    """What `links-out` tells the provider (XCH-11)."""

    LINKED = "linked", _("привязан")
    UNLINKED = "unlinked", _("отвязан")
    EXTENDED = "extended", _("открыт полный доступ")
    DELETED = "deleted", _("учётная запись удалена")


class ContractState(models.TextChoices):
    CONCLUDED = "concluded", _("заключён")
    PROLONGED = "prolonged", _("продлён")
    TERMINATED = "terminated", _("расторгнут")


class RequestState(models.TextChoices):
    """Where a request for confirmation by the provider's staff stands (ACC-11, 13)."""

    WAITING = "waiting", _("ждёт ответа")
    APPROVED = "approved", _("доступ открыт")
    REFUSED = "refused", _("отказано")
    WITHDRAWN = "withdrawn", _("отозвана")


REQUEST_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    RequestState.WAITING: {
        RequestState.APPROVED,
        RequestState.REFUSED,
        RequestState.WITHDRAWN,
    },
    RequestState.APPROVED: set(),
    RequestState.REFUSED: set(),
    RequestState.WITHDRAWN: set(),
}

"""Letters and SMS: what became of each. Looked at only; the texts are gone, and contacts are shown in part."""

from __future__ import annotations

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.channels.models import Delivery

SHOWN_DIGITS = 4


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not subscriptable at run time
    actions = None
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    list_display = ("created_at", "channel", "masked", "became", "connector", "error")
    list_filter = ("status", "channel", "bounced")
    # Whole contacts only: nobody leafs through them by parts.
    search_fields = ("=recipient",)
    search_help_text = _("Почта или телефон целиком: ivan@example.ru, +79123456789")
    ordering = ("-created_at", "-pk")
    fields = (
        *("created_at", "channel", "masked", "became", "connector", "reference"),
        *("attempts", "error", "valid_until", "sent_at", "check_at"),
    )

    @admin.display(description=_("кому"))
    def masked(self, obj: Delivery) -> str:
        name, at, host = obj.recipient.partition("@")
        if at:
            return f"{name[:1]}…@{host}"
        return f"…{obj.recipient[-SHOWN_DIGITS:]}"

    @admin.display(description=_("состояние"), ordering="status")
    def became(self, obj: Delivery) -> str:
        words = obj.get_status_display()
        return _t("%(state)s: контакт не принимает") % {"state": words} if obj.bounced else words

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

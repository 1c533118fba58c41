"""Requests to confirm that an account is somebody's: looked at, approved or refused by the provider's staff (ACC-13)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import operations, scopes
from kabinet.accounts.enums import RequestState
from kabinet.accounts.models import LinkRequest
from kabinet.accounts.queries import short_address
from kabinet.desk.access import CONFIRM_ACCOUNTS, staff_actor
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.kernel.errors import Refused

NONE = "—"
LIST = "admin:accounts_linkrequest_changelist"


@admin.register(LinkRequest)
class LinkRequestAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not subscriptable at run time
    """The list names no person; the page of one does, and every look at it is written down."""

    actions = None
    show_facets = admin.ShowFacets.NEVER
    list_display = ("created_at", "number", "provider_name", "state")
    list_filter = ("state",)
    search_fields = ("number",)
    list_select_related = ("provider",)
    ordering = (F("decided_at").desc(nulls_first=True), "created_at")
    change_form_template = "desk/admin/link_request.html"
    fieldsets = (
        (_("Просьба"), {"fields": ("state", "reason", "created_at", "decided_at")}),
        (_("Кто просит"), {"fields": ("applicant", "contacts", "comment")}),
        (
            _("Счёт в данных поставщика"),
            {
                "fields": (
                    "provider_name",
                    "number",
                    "holder",
                    "address",
                    "known_contacts",
                    "others",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinkRequest]:
        mine = scopes.manageable_link_requests(staff_actor(request))
        return mine.select_related("provider", "account", "user").order_by(*self.ordering)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: LinkRequest | None = None) -> bool:
        """Roles at the request's own provider; being the platform's staff opens nobody's data."""
        if not request.user.is_authenticated:
            return False
        own = staff_actor(request).providers(*CONFIRM_ACCOUNTS)
        return bool(own) if obj is None else obj.provider_id in own

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LinkRequest | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LinkRequest | None = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "title": _("Просьбы о доступе")}
        return super().changelist_view(request, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        if found is None:
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method == "POST":
            return self._decide(request, found)
        operations.record_look(
            actor=staff_actor(request), public_id=found.public_id, at=timezone.now()
        )
        context = {
            **(extra_context or {}),
            "title": _("Просьба о доступе"),
            "is_waiting": found.state == RequestState.WAITING,
            "own": str(operations.OwnRequest.message) if found.user == request.user else "",
        }
        return super().change_view(request, object_id, form_url, context)

    def _decide(self, request: HttpRequest, found: LinkRequest) -> HttpResponse:
        actor, at = staff_actor(request), timezone.now()
        try:
            if "approve" in request.POST:
                operations.approve_request(actor=actor, public_id=found.public_id, at=at)
                told = _t("Доступ к счёту %(number)s открыт, человек получит письмо.")
            else:
                reason = request.POST.get("reason", "")
                operations.refuse_request(
                    actor=actor, public_id=found.public_id, reason=reason, at=at
                )
                told = _t("По счёту %(number)s отказано, человек получит письмо с причиной.")
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)
        messages.success(request, told % {"number": found.number})
        return redirect(LIST)

    @admin.display(description=_("поставщик"), ordering="provider__name")
    def provider_name(self, found: LinkRequest) -> str:
        return found.provider.name

    @admin.display(description=_("контакты заявителя"))
    def contacts(self, found: LinkRequest) -> str:
        phone = found.user.phone and Identifier(IdentifierKind.PHONE, found.user.phone).shown
        return ", ".join(filter(None, (found.user.email, phone))) or NONE

    @admin.display(description=_("владелец"))
    def holder(self, found: LinkRequest) -> str:
        account = found.account
        if account is None:
            return _t("Счёта с таким номером в данных нет.")
        return " ".join(filter(None, (account.surname, account.name, account.patronymic))) or NONE

    @admin.display(description=_("адрес"))
    def address(self, found: LinkRequest) -> str:
        return (short_address(found.account) if found.account else "") or NONE

    @admin.display(description=_("контакты владельца"))
    def known_contacts(self, found: LinkRequest) -> str:
        account = found.account
        known = (account.email, account.phone) if account else ()
        return ", ".join(filter(None, known)) or NONE

    @admin.display(description=_("привязали этот счёт"))
    def others(self, found: LinkRequest) -> str:
        if found.account is None:
            return NONE
        return str(found.account.links.filter(ended_at=None).count())

"""People of the platform: found by a whole contact; whoever has lost the second step is let in again (IDN-29, 50)."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.desk.access import staff_actor
from kabinet.identity import operations, sessions
from kabinet.identity.identifiers import NotAnIdentifier, identify
from kabinet.identity.models import User
from kabinet.kernel.errors import Refused

CHANGE = "admin:identity_user_change"
CONFIRM_PAGE = "desk/admin/second_step.html"
NONE = "—"


@admin.register(User)
class PersonAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not subscriptable at run time
    """For master users alone. Nobody leafs through people: who asks for help names the own contact."""

    actions = None
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    list_display = ("contact", "is_active", "has_second_step", "date_joined")
    search_fields = ("email", "phone")
    search_help_text = _("Почта или телефон целиком: ivan@example.ru, +7 912 345-67-89")
    ordering = ("pk",)
    fields = ("email", "phone", "phone_verified", "is_active", "has_second_step", "date_joined")
    change_form_template = "desk/admin/person.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        totp = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        people: QuerySet[User] = super().get_queryset(request)
        return people.annotate(second_step=Exists(totp))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        try:
            named = identify(search_term)
        except NotAnIdentifier:
            return queryset.none(), False
        return queryset.filter(**{named.kind.value: named.value}), False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:user_id>/second-step/",
            self.admin_site.admin_view(self.second_step),
            name="identity_user_second_step",
        )
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "title": _("Найдите человека")}
        return super().changelist_view(request, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        context = {**(extra_context or {}), "title": _("Человек")}
        if found is not None and self.has_view_permission(request, found):
            operations.record_look_at_person(
                actor=staff_actor(request), user_id=found.pk, at=timezone.now()
            )
            context["removes_second_step"] = found.second_step and found.pk != request.user.pk
        return super().change_view(request, object_id, form_url, context)

    def second_step(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Ask whether it really is this person, and who is at the desk; then take the second step away."""
        if not self.has_view_permission(request):
            raise Http404
        found = self.get_object(request, str(user_id))
        if found is None:
            raise Http404
        if not sessions.is_recently_proved(request):
            wanted = {"next": request.path}
            return redirect(reverse("account_reauthenticate", query=wanted))
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "title": _("Снять второй шаг?"),
                "opts": self.opts,
                "person": found,
            }
            return render(request, CONFIRM_PAGE, context)
        try:
            operations.remove_second_step(
                actor=staff_actor(request), user_id=user_id, at=timezone.now()
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _t("Второй шаг снят, человек получит сообщение."))
        return redirect(CHANGE, user_id)

    @admin.display(description=_("контакт"))
    def contact(self, found: User) -> str:
        return found.email or found.phone or NONE

    @admin.display(description=_("второй шаг включён"), boolean=True)
    def has_second_step(self, found: User) -> bool:
        return bool(found.second_step)  # type: ignore[attr-defined] # annotated above

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor, ActorKind


class DeskAdminSite(AdminSite):
    """The admin for people of the platform; they sign in on the same page as everybody."""

    site_header = _("Кабинет: справочники")
    site_title = _("Справочники")
    index_title = _("Что настроить")
    site_url = "/desk/"

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.user.is_authenticated:
            # Signed in, but not the platform's staff: there is nothing here for this person.
            return redirect("home")
        query = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('account_login')}?{query}")


class AuditedAdmin(ModelAdmin):  # type: ignore[type-arg] # not subscriptable at run time
    """Every change here leaves an audit row; rows that history refers to are not deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: models.Model,
        form: ModelForm[models.Model],
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        actor = Actor(
            ActorKind.STAFF,
            user_id=request.user.pk,
            address=request.META.get("REMOTE_ADDR", ""),
        )
        verb = "change" if change else "add"
        fields = ",".join(sorted(form.changed_data))[:500]
        audit.record(actor, f"desk.admin.{verb}", obj, at=timezone.now(), fields=fields)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db import models, transaction
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from kabinet.desk.access import CONFIRM_ACCOUNTS, staff_actor
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor, ActorKind


class DeskAdminSite(AdminSite):
    """The admin for people of the platform; they sign in on the same page as everybody."""

    site_header = _("Кабинет: справочники")
    site_title = _("Справочники")
    index_title = _("Что настроить")
    site_url = "/desk/"

    def register(
        self,
        model_or_iterable: Any,
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Only pages of our own: through a library's one could change secrets and addresses past audit and rules."""
        if admin_class is not None and admin_class.__module__.startswith("kabinet."):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """The platform's staff; and a provider's, who find here only what their own roles open."""
        if super().has_permission(request):
            return True
        user = request.user
        return (
            user.is_authenticated
            and user.is_active
            and bool(staff_actor(request).providers(*CONFIRM_ACCOUNTS))
        )

    def password_change(  # type: ignore[override] # the stub is narrower than what Django takes
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page changes passwords, and it counts the guesses."""
        return redirect("account_change_password")

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
        _record(request, obj, "change" if change else "add", form.changed_data)

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[models.Model],
        formset: BaseModelFormSet[Any, Any],
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        """What is edited on the same page, a provider's rules above all, leaves a row of its own."""
        super().save_formset(request, form, formset, change)
        for obj, fields in formset.changed_objects:
            _record(request, obj, "change", fields)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        _record(request, obj, "delete", [])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        with transaction.atomic():
            for obj in queryset:
                _record(request, obj, "delete", [])
            super().delete_queryset(request, queryset)


def _record(request: HttpRequest, obj: models.Model, verb: str, fields: Sequence[str]) -> None:
    actor = Actor(
        ActorKind.STAFF,
        user_id=request.user.pk,
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )
    written = ",".join(sorted(fields))[:500]
    audit.record(actor, f"desk.admin.{verb}", obj, at=timezone.now(), fields=written)

"""The queue's jobs, for whoever looks after the installation: what waits, what has failed; nothing is changed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kabinet.kernel.models import QueuedJob
from kabinet.ui import formatting

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model
    from django_stubs_ext import StrOrPromise

STATES: Mapping[str, StrOrPromise] = {
    "todo": _("ждёт очереди"),
    "doing": _("выполняется"),
    "succeeded": _("выполнено"),
    "failed": _("не удалось"),
    "cancelled": _("отменено"),
    "aborted": _("прервано"),
}
NONE = "—"


class StateFilter(admin.SimpleListFilter):
    title = _("состояние")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, StrOrPromise]]:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[QueuedJob]) -> QuerySet[QueuedJob]:
        chosen = self.value()
        return queryset.filter(status=chosen) if chosen else queryset


@admin.register(QueuedJob)
class QueuedJobAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not subscriptable at run time
    actions = None
    show_facets = admin.ShowFacets.NEVER
    list_display = ("number", "task", "state", "tries", "last_moment")
    list_filter = (StateFilter,)
    ordering = ("-pk",)
    fields = ("number", "task", "state", "tries", "starts_at", "last_moment", "told")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueuedJob]:
        jobs: QuerySet[QueuedJob] = super().get_queryset(request)
        return jobs.annotate(last_at=Max("procrastinateevent__at"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=_("номер"), ordering="pk")
    def number(self, job: QueuedJob) -> int:
        return job.pk

    @admin.display(description=_("что делает"), ordering="task_name")
    def task(self, job: QueuedJob) -> str:
        return job.task_name

    @admin.display(description=_("состояние"), ordering="status")
    def state(self, job: QueuedJob) -> StrOrPromise:
        return STATES.get(job.status, job.status)

    @admin.display(description=_("попыток"), ordering="attempts")
    def tries(self, job: QueuedJob) -> int:
        return job.attempts

    @admin.display(description=_("начнётся"), ordering="scheduled_at")
    def starts_at(self, job: QueuedJob) -> str:
        return _moment(job.scheduled_at)

    @admin.display(description=_("последнее событие"), ordering="last_at")
    def last_moment(self, job: QueuedJob) -> str:
        return _moment(getattr(job, "last_at", None))

    @admin.display(description=_("с чем начато"))
    def told(self, job: QueuedJob) -> str:
        return json.dumps(job.args, ensure_ascii=False)


def _moment(at: datetime | None) -> str:
    zone = ZoneInfo(timezone.get_current_timezone_name())
    return formatting.moment(at, zone) if at else NONE

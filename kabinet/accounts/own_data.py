"""What this app holds about a person, for «Мои данные» (IDN-46)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from kabinet.accounts.models import AccountLink, LinkRequest
from kabinet.identity.personal_data import Row, Section, register, register_subjects


def register_sections() -> None:
    """Called once, when the app is ready."""
    register_subjects(_subjects)
    register(
        Section(
            "accounts",
            _("Лицевые счета"),
            (
                *(_("Поставщик"), _("Лицевой счёт"), _("Ваше название"), _("Доступ")),
                *(_("Привязан"), _("Полный доступ с"), _("Отвязан")),
            ),
            _links,
        ),
        Section(
            "access-requests",
            _("Просьбы о доступе"),
            (
                *(_("Поставщик"), _("Лицевой счёт"), _("Заявитель"), _("Комментарий")),
                *(_("Состояние"), _("Причина отказа"), _("Отправлена"), _("Закрыта")),
            ),
            _requests,
        ),
    )


def _subjects(user_id: int) -> Iterable[str]:
    for model in (AccountLink, LinkRequest):
        for pk in model.objects.filter(user=user_id).values_list("pk", flat=True):
            yield f"{model._meta.label}:{pk}"  # noqa: SLF001 -- Django's documented Meta API


def _links(user_id: int) -> Iterable[Row]:
    links = AccountLink.objects.filter(user=user_id).select_related("account__provider")
    for link in links.order_by("linked_at", "pk").iterator():
        yield (
            *(link.account.provider.name, link.account.number, link.alias),
            *(link.get_level_display(), link.linked_at, link.extended_at, link.ended_at),
        )


def _requests(user_id: int) -> Iterable[Row]:
    requests = LinkRequest.objects.filter(user=user_id).select_related("provider")
    for request in requests.order_by("created_at", "pk").iterator():
        yield (
            *(request.provider.name, request.number, request.applicant, request.comment),
            *(request.get_state_display(), request.reason, request.created_at, request.decided_at),
        )

"""What this app holds about a person, for «Мои данные» (IDN-46). No token, no acquirer's number is among it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.identity.personal_data import Row, Section, register, register_subjects
from kabinet.payments.models import (
    Attempt,
    Autopay,
    AutopayRun,
    CardBinding,
    CartItem,
    Checkout,
    CheckoutItem,
    CheckoutPart,
    FiscalReceipt,
    PaymentLink,
    Refund,
    SavedCard,
)
from kabinet.payments.queries.cards import words_of


def register_sections() -> None:
    """Called once, when the app is ready."""
    register_subjects(_subjects)
    register(
        Section(
            "payments",
            _("Платежи"),
            (
                *(_("Начат"), _("Поставщик"), _("Лицевой счёт"), _("Строка"), _("Сумма")),
                *(_("Из неё пени"), _("Комиссия"), _("Способ"), _("Состояние"), _("Оплачен")),
                *(_("Почта для чека"), _("Телефон для чека"), _("IP-адрес")),
            ),
            _payments,
        ),
        Section(
            "cards",
            _("Сохранённые карты"),
            (_("Карта"), _("Действует до"), _("Получатель"), _("Сохранена"), _("Удалена")),
            _cards,
        ),
        Section(
            "autopays",
            _("Автоплатежи"),
            (
                *(_("Поставщик"), _("Лицевой счёт"), _("День месяца"), _("Предел"), _("Почта")),
                *(_("Состояние"), _("Согласие дано"), _("Подключён"), _("Отключён")),
            ),
            _autopays,
        ),
        Section(
            "cart",
            _("Отложено к оплате"),
            (_("Поставщик"), _("Лицевой счёт"), _("Сумма"), _("Отложено")),
            _cart,
        ),
        Section(
            "payment-links",
            _("Ссылки на оплату, которые вы дали"),
            (_("Лицевой счёт"), _("Создана"), _("Действует до"), _("Отозвана")),
            _links,
        ),
    )


def _subjects(user_id: int) -> Iterable[str]:
    parts = CheckoutPart.objects.filter(checkout__user=user_id)
    of_parts = {"part__checkout__user": user_id}
    owned: Sequence[QuerySet[Any]] = (
        *(Checkout.objects.filter(user=user_id), parts),
        *(Attempt.objects.filter(**of_parts), Refund.objects.filter(**of_parts)),
        FiscalReceipt.objects.filter(attempt__part__in=parts),
        FiscalReceipt.objects.filter(refund__part__in=parts),
        *(model.objects.filter(user=user_id) for model in (SavedCard, CardBinding, Autopay)),
        AutopayRun.objects.filter(autopay__user=user_id),
    )
    for rows in owned:
        label = rows.model._meta.label  # noqa: SLF001 -- Django's documented Meta API
        yield from (f"{label}:{pk}" for pk in rows.values_list("pk", flat=True))


def _payments(user_id: int) -> Iterable[Row]:
    items = CheckoutItem.objects.filter(part__checkout__user=user_id).select_related(
        "account__provider", "part__checkout"
    )
    for item in items.order_by("part__checkout__created_at", "part", "position").iterator():
        checkout = item.part.checkout
        yield (
            *(checkout.created_at, item.account.provider.name, item.account.number, item.title),
            *(item.amount, item.penalty, item.commission, checkout.get_method_display()),
            *(item.part.get_state_display(), item.part.paid_at),
            *(checkout.receipt_email, checkout.receipt_phone, checkout.address),
        )


def _cards(user_id: int) -> Iterable[Row]:
    cards = SavedCard.objects.filter(user=user_id).select_related("merchant")
    for card in cards.order_by("saved_at", "pk").iterator():
        expiry = f"{card.expiry_month:02d}/{card.expiry_year}" if card.expiry_month else ""
        yield words_of(card), expiry, card.merchant.payee_name, card.saved_at, card.removed_at


def _autopays(user_id: int) -> Iterable[Row]:
    autopays = Autopay.objects.filter(user=user_id).select_related("account__provider")
    for autopay in autopays.order_by("consented_at", "pk").iterator():
        yield (
            *(autopay.account.provider.name, autopay.account.number, autopay.day, autopay.limit),
            *(autopay.email, autopay.get_state_display(), autopay.consented_at),
            *(autopay.connected_at, autopay.ended_at),
        )


def _cart(user_id: int) -> Iterable[Row]:
    items = CartItem.objects.filter(user=user_id).select_related("account__provider")
    for item in items.order_by("added_at", "pk").iterator():
        yield item.account.provider.name, item.account.number, item.amount, item.added_at


def _links(user_id: int) -> Iterable[Row]:
    links = PaymentLink.objects.filter(created_by=user_id).select_related("account")
    for link in links.order_by("created_at", "pk").iterator():
        yield link.account.number, link.created_at, link.expires_at, link.revoked_at

"""Letters about money that was paid or given back (PAY-10, 26, 48, NOT)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kabinet.accounts.calculations import masked_tail
from kabinet.channels.letters import Letter, register_writer, render_letter, site_link
from kabinet.channels.writing import queue_letter
from kabinet.kernel.money import Money
from kabinet.payments.enums import Origin
from kabinet.payments.events import PaymentSettled, RefundSettled
from kabinet.payments.fiscal import items_of
from kabinet.payments.models import Attempt, Checkout, CheckoutItem, Refund
from kabinet.ui import formatting

TEMPLATE = "payments/letters/money"
PAID, RETURNED = "payments.paid", "payments.returned"


def register_writers() -> None:
    """Called once, when the app is ready."""
    register_writer(PAID, write_paid)
    register_writer(RETURNED, write_returned)


def tell_paid(event: PaymentSettled) -> None:
    """To the address given for the receipt; who gave none has asked for no letter. Autopays write by themselves.

    In the transaction that booked the money: only the row, for a template that fails may not hold up money.
    """
    checkout = Checkout.objects.get(parts=event.part_id)
    if checkout.receipt_email and checkout.origin != Origin.AUTOPAY:
        queue_letter(
            recipient=checkout.receipt_email, writer=PAID, about=event.attempt_id, at=event.at
        )


def write_paid(attempt_id: int) -> Letter:
    attempt = Attempt.objects.select_related("part__checkout", "part__merchant__provider").get(
        pk=attempt_id
    )
    part, checkout = attempt.part, attempt.part.checkout
    items = items_of(part)
    zone = ZoneInfo(part.merchant.provider.timezone)
    words = _("Платёж на %(sum)s принят %(moment)s. Получатель: %(payee)s.")
    is_known = checkout.user_id is not None
    return render_letter(
        TEMPLATE,
        subject=_("Оплачено: %(sum)s") % {"sum": formatting.money(attempt.amount)},
        context={
            "sentence": words
            % {
                "sum": formatting.money(attempt.amount),
                "moment": formatting.moment(part.paid_at or attempt.created_at, zone),
                "payee": part.merchant.payee_name,
            },
            "lines": [
                *_lines(items, is_guest=checkout.user_id is None),
                *_commission(part.commission),
            ],
            "button_text": _("Скачать квитанцию"),
            # A guest's receipt opens in the guest's own browser alone.
            "action_url": site_link("payment-receipt", checkout_id=checkout.public_id)
            if is_known
            else "",
            "note": _("Кассовый чек придёт отдельным письмом от кассы получателя.")
            if part.merchant.issues_receipts
            else _("Поставщик учтёт платёж, когда получит его от банка."),
        },
    )


def tell_returned(event: RefundSettled) -> None:
    """To the payer, whoever asked for the return: money that moves is told of."""
    checkout = Checkout.objects.select_related("user").get(parts__refunds=event.refund_id)
    user = checkout.user
    recipient = checkout.receipt_email or (user.email if user is not None else "") or ""
    if recipient:
        queue_letter(recipient=recipient, writer=RETURNED, about=event.refund_id, at=event.at)


def write_returned(refund_id: int) -> Letter:
    refund = Refund.objects.select_related("part__checkout__user", "part__merchant__provider").get(
        pk=refund_id
    )
    checkout = refund.part.checkout
    user = checkout.user
    return render_letter(
        TEMPLATE,
        subject=_("Деньги возвращаются: %(sum)s") % {"sum": formatting.money(refund.amount)},
        context={
            "sentence": _(
                "%(provider)s возвращает %(sum)s тем же способом, каким вы платили. "
                "Банк обычно зачисляет их за несколько дней."
            )
            % {
                "provider": refund.part.merchant.provider.name,
                "sum": formatting.money(refund.amount),
            },
            "lines": [
                *(
                    (_line(row.item, is_guest=user is None), formatting.money(row.amount))
                    for row in refund.items.select_related("item__account").order_by(
                        "item__position", "pk"
                    )
                ),
                *_commission(refund.commission),
            ],
            "button_text": _("Открыть платёж"),
            "action_url": site_link("checkout", checkout_id=checkout.public_id)
            if user is not None
            else "",
            "note": _("Почему: %(why)s") % {"why": refund.why},
        },
    )


def _lines(items: Sequence[CheckoutItem], *, is_guest: bool) -> list[tuple[str, str]]:
    return [(_line(item, is_guest=is_guest), formatting.money(item.amount)) for item in items]


def _line(item: CheckoutItem, *, is_guest: bool) -> str:
    """Letters are read on other people's screens: the tail is enough to know the account by."""
    return _("%(title)s, лицевой счёт %(number)s") % {
        # Guests learn sums and nothing of what they are made of (PAY-19).
        "title": _("Услуги") if is_guest else item.title,
        "number": masked_tail(item.account.number),
    }


def _commission(amount: Decimal) -> list[tuple[str, str]]:
    commission = Money(amount)
    return [(_("Комиссия"), formatting.money(commission))] if commission else []

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "kabinet.payments"
    label = "payments"
    verbose_name = _("платежи")

    def ready(self) -> None:
        from kabinet.kernel import events
        from kabinet.payments import checks, intake  # noqa: F401 -- registers the system checks
        from kabinet.payments import subscribers_autopay
        from kabinet.payments.events import PaymentSettled, RefundSettled
        from kabinet.payments.operations import receipts
        from kabinet.payments.queries import autopay, told, ways

        intake.register_steps()
        told.register()
        ways.register()
        autopay.register()
        subscribers_autopay.subscribe()
        events.subscribe(PaymentSettled, receipts.open_receipt_of_payment)
        events.subscribe(RefundSettled, receipts.open_receipt_of_refund)

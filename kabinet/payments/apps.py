from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "kabinet.payments"
    label = "payments"
    verbose_name = _("платежи")

    def ready(self) -> None:
        from kabinet.kernel import events
        from kabinet.payments import checks  # noqa: F401 -- registers the system checks
        from kabinet.payments.events import PaymentSettled, RefundSettled
        from kabinet.payments.operations import receipts
        from kabinet.payments.queries import told, ways

        told.register()
        ways.register()
        events.subscribe(PaymentSettled, receipts.open_receipt_of_payment)
        events.subscribe(RefundSettled, receipts.open_receipt_of_refund)

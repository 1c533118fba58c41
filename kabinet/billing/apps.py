from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "kabinet.billing"
    label = "billing"

    def ready(self) -> None:
        from kabinet.accounts import proofs
        from kabinet.billing import intake
        from kabinet.billing.proofs import DueProof, LastChargeProof, PaymentProof
        from kabinet.billing.queries import told
        from kabinet.providers.enums import Proof

        proofs.register(Proof.LAST_CHARGE, LastChargeProof())
        proofs.register(Proof.DUE, DueProof())
        proofs.register(Proof.PAYMENT, PaymentProof())
        told.register()
        intake.register_files()

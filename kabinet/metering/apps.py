from __future__ import annotations

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "kabinet.metering"
    label = "metering"

    def ready(self) -> None:
        from kabinet.accounts import proofs
        from kabinet.metering import intake, own_data
        from kabinet.metering.proofs import MeterSerialProof
        from kabinet.providers.enums import Proof

        proofs.register(Proof.METER, MeterSerialProof())
        intake.register_files()
        own_data.register_sections()

"""What a provider of style A, B, C or D starts with; every value can be changed later (spec: variants)."""

from __future__ import annotations

from collections.abc import Mapping

from kabinet.providers.enums import (
    BalanceSign,
    CardSystem,
    ExpiredVerification,
    Feature,
    GuestCheck,
    HomeBlock,
    MeterMask,
    PayMethod,
    Proof,
    Style,
)

ALL_FEATURES = [feature.value for feature in Feature]
LIMITED_DEFAULT = [
    Feature.BALANCE.value,
    Feature.METERS.value,
    Feature.SUBMIT_READINGS.value,
    Feature.PAYMENTS.value,
    Feature.PAY.value,
]
# Autopay is not chosen at the checkout: it has its own page.
PAY_METHODS_DEFAULT = [PayMethod.SBP.value, PayMethod.CARD.value, PayMethod.SAVED_CARD.value]
CARD_SYSTEMS_DEFAULT = [CardSystem.MIR.value]
HOME_DEFAULT = [
    HomeBlock.READINGS.value,
    HomeBlock.YEAR.value,
    HomeBlock.FORECAST.value,
    HomeBlock.NOTICES.value,
    HomeBlock.BILLS.value,
    HomeBlock.OFFICE.value,
]

PRESETS: Mapping[Style, Mapping[str, object]] = {
    Style.A: {
        "account_pattern": r"\d{5,9}",
        "account_hint": "от 5 до 9 цифр, ноль в начале тоже важен",
        "two_tier": True,
        "max_accounts": 3,
        "search_proofs": [],
        "link_proofs": [],
        "upgrade_proofs": [Proof.METER.value, Proof.LAST_CHARGE.value, Proof.PIN.value],
        "balance_sign": BalanceSign.NEGATIVE_DEBT,
        "expired_verification": ExpiredVerification.BLOCK,
        "meter_mask": MeterMask.LIMITED,
        "reading_history_months": 12,
        "guest_readings": GuestCheck.OFF,
        "pay_methods": [PayMethod.CARD.value, PayMethod.SAVED_CARD.value],
        "card_systems": [system.value for system in CardSystem],
        "autopay_enabled": False,
    },
    Style.B: {
        "account_pattern": r"\d{6,12}",
        "account_hint": "от 6 до 12 цифр",
        # Linking always wants a proof and opens everything at once (ACC-07, 20).
        "two_tier": False,
        "consent_at_linking": True,
        "search_proofs": [Proof.INITIALS.value],
        "link_proofs": [Proof.DUE.value, Proof.PAYMENT.value, Proof.METER.value],
        "upgrade_proofs": [Proof.METER.value, Proof.DUE.value, Proof.PAYMENT.value],
        "balance_sign": BalanceSign.POSITIVE_DEBT,
        "guest_readings": GuestCheck.INITIALS,
        "guest_payments": GuestCheck.INITIALS,
        "pay_methods": [PayMethod.SBP.value, PayMethod.CARD.value],
        "card_systems": [
            CardSystem.MIR.value,
            CardSystem.VISA.value,
            CardSystem.MASTERCARD.value,
        ],
        "pay_with_readings": False,
        "home_blocks": [
            HomeBlock.NOTICES.value,
            HomeBlock.READINGS.value,
            HomeBlock.ACCOUNT.value,
            HomeBlock.BALANCE.value,
            HomeBlock.EQUIPMENT.value,
            HomeBlock.CONTRACTS.value,
            HomeBlock.YEAR.value,
            HomeBlock.FORECAST.value,
            HomeBlock.OFFICE.value,
        ],
    },
    Style.C: {
        "account_pattern": r"\d{8}",
        "account_hint": "8 цифр",
        "two_tier": False,
        "search_proofs": [Proof.SURNAME.value],
        "link_proofs": [
            Proof.METER.value,
            Proof.DUE.value,
            Proof.PAYMENT.value,
            Proof.MANUAL.value,
        ],
        "upgrade_proofs": [
            Proof.METER.value,
            Proof.DUE.value,
            Proof.PAYMENT.value,
            Proof.MANUAL.value,
        ],
        "readings_from_day": 15,
        "readings_to_day": 25,
        "guest_readings": GuestCheck.OFF,
        "pay_methods": [PayMethod.SBP.value, PayMethod.CARD.value],
        "pay_max": 0,
        "pay_with_readings": False,
    },
    Style.D: {
        "account_pattern": r"\d{10}",
        "account_hint": "10 цифр",
        "two_tier": False,
        "search_proofs": [Proof.ADDRESS.value],
        "link_proofs": [Proof.SURNAME.value],
        "upgrade_proofs": [Proof.SURNAME.value],
        "balance_sign": BalanceSign.POSITIVE_DEBT,
        "clamp_negative_rows": True,
        "ask_reading_date": True,
        "ask_reading_volume": True,
        "meter_mask": MeterMask.OFF,
        "guest_readings": GuestCheck.ADDRESS,
        "pay_methods": [PayMethod.CARD.value],
        "card_systems": [system.value for system in CardSystem],
        "pay_max": 0,
        "pay_with_readings": False,
        "autopay_enabled": False,
    },
}

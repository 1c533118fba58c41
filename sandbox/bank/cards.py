"""Test cards: the outcome of a payment is written on the card.

Numbers and outcomes of the first three groups are those the real test shop publishes;
the last group is the sandbox's own. Every other number is refused, so that nobody leaves a real card here.
"""

from __future__ import annotations

from dataclasses import dataclass

SUCCEEDED = "succeeded"
LONG_PENDING = "long_pending"
OF_THE_ACQUIRER = {
    "country_forbidden",
    "internal_timeout",
    "expired_on_confirmation",
    "expired_on_capture",
}


@dataclass(frozen=True, slots=True)
class TestCard:
    number: str
    says: str
    outcome: str = SUCCEEDED
    three_d_secure: bool = False
    later: str = SUCCEEDED
    """Outcome of charges by the saved card."""
    tells_nobody: bool = False
    """The money is taken and no notification is ever sent."""
    party: str = ""

    __test__ = False

    @property
    def refused_by(self) -> str:
        return self.party or refused_by(self.outcome)


GROUPS: tuple[tuple[str, tuple[TestCard, ...]], ...] = (
    (
        "Платёж проходит",
        (
            TestCard("2202474301322987", "сразу, без кода"),
            TestCard("2200000000000004", "с кодом 3-D Secure", three_d_secure=True),
            TestCard("5555555555554444", "сразу, без кода (Mastercard)"),
            TestCard("5555555555554477", "с кодом 3-D Secure (Mastercard)", three_d_secure=True),
            TestCard("4111111111111111", "сразу, без кода (Visa)"),
            TestCard("4793128161644804", "с кодом 3-D Secure (Visa)", three_d_secure=True),
        ),
    ),
    (
        "Отказывает банк или платёжная система",
        (
            TestCard("2200000000000012", "код не подошёл", "3d_secure_failed", three_d_secure=True),
            TestCard("2200000000000020", "банк просит позвонить ему", "call_issuer"),
            TestCard("2200000000000038", "карта просрочена", "card_expired"),
            TestCard("2200000000000046", "похоже на мошенничество", "fraud_suspected"),
            TestCard("2202202212312379", "отказ без причины", "general_decline"),
            TestCard("2200000000000053", "не хватает денег", "insufficient_funds"),
            TestCard("2201382000000013", "номер карты неверный", "invalid_card_number"),
            TestCard("2200770212727079", "код CVC неверный", "invalid_csc"),
            TestCard("2201382000000021", "банк не отвечает", "issuer_unavailable"),
            TestCard("2201382000000039", "исчерпан лимит", "payment_method_limit_exceeded"),
            TestCard("2201382000000047", "операции запрещены", "payment_method_restricted"),
            TestCard("5555555555554600", "не хватает денег (Mastercard)", "insufficient_funds"),
        ),
    ),
    (
        "Отказывает приёмщик платежа",
        (
            TestCard("2201382000000054", "карта другой страны", "country_forbidden"),
            TestCard(
                "2201696981989955", "похоже на мошенничество", "fraud_suspected", party="yoo_money"
            ),
        ),
    ),
    (
        "Особые случаи песочницы",
        (
            TestCard("2200000000001010", "никто не ответил за 30 секунд", "internal_timeout"),
            TestCard("2200000000001028", "деньги взяты, уведомление потеряно", tells_nobody=True),
            TestCard("2200000000001036", "долго проверяется, потом проходит", LONG_PENDING),
            TestCard(
                "2200000000001044",
                "проходит, но списания потом отозваны",
                later="permission_revoked",
            ),
            TestCard(
                "2200000000001051",
                "проходит, но потом не хватает денег",
                later="insufficient_funds",
            ),
            TestCard("2200000000001069", "проходит, но потом просрочена", later="card_expired"),
            TestCard(
                "2200000000001077",
                "код подходит, но не хватает денег",
                "insufficient_funds",
                three_d_secure=True,
            ),
            TestCard("2200000000001085", "нужно подтвердить личность", "identification_required"),
        ),
    ),
)

CARDS = {card.number: card for _title, cards in GROUPS for card in cards}

BRANDS = (("2200", "Mir"), ("2201", "Mir"), ("2202", "Mir"), ("4", "Visa"), ("5", "MasterCard"))


def refused_by(reason: str) -> str:
    """Name the party that refuses with this reason."""
    return "yoo_money" if reason in OF_THE_ACQUIRER else "payment_network"


def brand_of(number: str) -> str:
    return next((brand for start, brand in BRANDS if number.startswith(start)), "Unknown")


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0

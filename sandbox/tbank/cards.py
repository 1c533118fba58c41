"""Test cards: what the bank answers is decided by the number alone. No real card is ever accepted."""

from __future__ import annotations

from dataclasses import dataclass

CODE = "123456"  # what the payer's "SMS" always says
CODE_TRIES = 3
LAST_GOOD_YEAR = 99


@dataclass(frozen=True, slots=True)
class TestCard:
    number: str
    title: str
    error: str = "0"  # what the issuer answers when a person pays
    asks_code: bool = False  # 3-D Secure
    later_error: str = "0"  # what the issuer answers to Charge by the saved details
    saves: bool = True  # False: the payment stands, no RebillId is given
    lingers: bool = False  # stays in CONFIRM_CHECKING until told to finish

    @property
    def masked(self) -> str:
        return f"{self.number[:6]}******{self.number[-4:]}"

    @property
    def grouped(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


CARDS = {
    card.number: card
    for card in (
        TestCard("2201382000000013", "Мир: успешно, код из СМС", asks_code=True),
        TestCard("2201382000000021", "Мир: успешно, без кода"),
        TestCard("4300000000000777", "Visa: успешно, код из СМС", asks_code=True),
        TestCard("5469250000000012", "Mastercard: успешно, без кода"),
        TestCard("5000000000000009", "недостаточно средств", error="1051"),
        TestCard("2201382000000039", "карта заблокирована (утеряна)", error="1041"),
        TestCard("2201382000000047", "истёк срок действия", error="1054"),
        TestCard("2201382000000054", "неверный CVC", error="1082"),
        TestCard("2201382000000062", "сумма выше лимита карты", error="1013"),
        TestCard("2201382000000070", "банк отклонил без причины", error="1005"),
        TestCard("2201382000000088", "банк считает платёж подозрительным", error="1059"),
        TestCard("4000000000000994", "иностранная карта", error="76"),
        TestCard("4300000000000017", "банк держателя не отвечает", error="1096"),
        TestCard("2201382000000096", "3-D Secure не проходит никогда", error="101", asks_code=True),
        TestCard(
            "2201382000000104", "сначала успешно, автоплатежи: нет средств", later_error="1051"
        ),
        TestCard(
            "2201382000000112", "сначала успешно, автоплатежи: карта утеряна", later_error="1041"
        ),
        TestCard("2201382000000120", "успешно, но карта не сохраняется", saves=False),
        TestCard("5000000000000108", "результат приходит не сразу", lingers=True),
    )
}


def only_digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def expiry(text: str) -> str | None:
    """Read «12/30» or «1230» as MMYY; None when it is no month."""
    digits = only_digits(text)
    if len(digits) != 4 or not 1 <= int(digits[:2]) <= 12:
        return None
    return digits

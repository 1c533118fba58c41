"""What happens to messages to the numbers kept for tests; to every other number they arrive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    ARRIVES = "arrives"
    NO_SUCH_NUMBER = "no such number"
    TELEPHONE_OFF = "telephone off"
    NEVER_TOLD = "never told"
    REFUSED = "refused"
    NO_ROUTE = "no route"
    NO_MONEY = "no money"
    FORBIDDEN = "forbidden"
    TAKEN_SILENTLY = "taken silently"
    SLOW = "slow"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class TestNumber:
    __test__ = False

    phone: str
    fate: Fate
    words: str


TEST_NUMBERS = (
    TestNumber(
        "79990000001", Fate.NO_SUCH_NUMBER, "принято, но такого абонента нет: не доставлено"
    ),
    TestNumber("79990000002", Fate.TELEPHONE_OFF, "принято, но телефон выключен: срок вышел"),
    TestNumber("79990000003", Fate.NEVER_TOLD, "принято, о доставке ничего не известно"),
    TestNumber("79990000004", Fate.REFUSED, "отказ сразу: номер неверен"),
    TestNumber("79990000005", Fate.NO_ROUTE, "отказ сразу: на этот номер не доставить"),
    TestNumber("79990000006", Fate.NO_MONEY, "отказ: на счёте шлюза нет денег"),
    TestNumber("79990000007", Fate.FORBIDDEN, "отказ: текст или имя отправителя запрещены"),
    TestNumber(
        "79990000008", Fate.TAKEN_SILENTLY, "первый раз принято, но связь оборвалась до ответа"
    ),
    TestNumber("79990000009", Fate.SLOW, "принято, ответ через 15 секунд"),
    TestNumber("79990000010", Fate.BROKEN, "шлюз отвечает ошибкой 500"),
)
_FATES = {one.phone: one.fate for one in TEST_NUMBERS}


def fate_of(phone: str) -> Fate:
    return _FATES.get(phone, Fate.ARRIVES)

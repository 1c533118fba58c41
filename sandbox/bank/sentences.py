"""What the pages say: sums, times and causes in plain Russian."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from sandbox.bank import money

NBSP = "\u00a0"
MOSCOW = timezone(timedelta(hours=3))

CAUSES = {
    "3d_secure_failed": "Код не подошёл или вы отказались его вводить.",
    "call_issuer": "Банк не провёл платёж и просит позвонить ему.",
    "canceled_by_merchant": "Магазин отменил платёж, деньги вернулись.",
    "card_expired": "Срок карты прошёл.",
    "country_forbidden": "Картой этой страны здесь не заплатить.",
    "expired_on_capture": "Магазин не подтвердил платёж вовремя, деньги вернулись.",
    "expired_on_confirmation": "Время на оплату вышло.",
    "fraud_suspected": "Платёж похож на мошенничество.",
    "general_decline": "Платёж отклонён без объяснения причины.",
    "identification_required": "Банк просит подтвердить личность.",
    "insufficient_funds": "На счёте не хватает денег.",
    "internal_timeout": "Никто не ответил вовремя.",
    "invalid_card_number": "Номер карты неверный.",
    "invalid_csc": "Код CVC неверный.",
    "issuer_unavailable": "Банк, выпустивший карту, не отвечает.",
    "payment_method_limit_exceeded": "Исчерпан лимит платежей.",
    "payment_method_restricted": "Операции по карте запрещены.",
    "permission_revoked": "Разрешение на списания отозвано.",
}


def tell_sum(kopecks: int) -> str:
    roubles, rest = money.write_value(kopecks).split(".")
    grouped = f"{int(roubles):,}".replace(",", NBSP)
    return f"{grouped},{rest}{NBSP}₽"


def tell_time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC).astimezone(MOSCOW)
    return f"{moment:%H:%M}{NBSP}мск"


def tell_left(seconds: int) -> str:
    return f"{max(0, seconds) // 60}{NBSP}мин"


def tell_card(number: str) -> str:
    return f"•• {number[-4:]}"


def group_digits(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def tell_tries(left: int) -> str:
    return {1: "Осталась 1 попытка.", 2: "Осталось 2 попытки."}.get(left, "Есть 3 попытки.")

"""Error codes of the real service, as its list of errors words them."""

from __future__ import annotations

OK = "0"
WRONG_STATE = "4"
CUSTOMER_UNKNOWN = "7"
ORDER_REPEATED = "8"
CHARGE_BLOCKED = "10"
CHARGE_FAILED = "104"
CARD_ID_UNKNOWN = "107"
FIELD_EMPTY = "201"
FIELDS_EMPTY = "203"
TOKEN_WRONG = "204"  # noqa: S105 -- an error's number, not a secret
TERMINAL_UNKNOWN = "205"
WRONG_SIZE = "212"
AMOUNT_WRONG = "251"
PAYMENT_UNKNOWN = "255"
RECEIPT_SUMS_DIFFER = "308"
RECEIPT_WRONG = "309"
REFUND_TOO_LARGE = "330"
RECEIPT_IS_NOT_PAYMENT = "334"
ORDER_UNKNOWN = "335"
CARD_BY_KEY_UNKNOWN = "502"
SBP_SUM = "3016"
INTERNAL = "9999"

MESSAGES = {
    WRONG_STATE: "Не получится изменить статус платежа",
    CUSTOMER_UNKNOWN: "Покупатель не найден",
    ORDER_REPEATED: "Неверный статус транзакции",
    CHARGE_BLOCKED: "Метод Charge заблокирован для данного терминала",
    "76": "Операция по иностранной карте недоступна",
    "99": "Попробуйте повторить попытку позже",
    "101": "Не пройдена идентификация 3DS",
    CHARGE_FAILED: "Ошибка выполнения рекуррента",
    CARD_ID_UNKNOWN: "Неверно введен CardId. Проверьте, что такая карта была ранее привязана",
    FIELD_EMPTY: "Неверные параметры",
    FIELDS_EMPTY: "Параметры запроса не должны быть пустыми",
    TOKEN_WRONG: "Неверный токен. Проверьте пару TerminalKey/SecretKey",
    TERMINAL_UNKNOWN: "Неверный токен. Проверьте пару TerminalKey/SecretKey",
    WRONG_SIZE: "Неверные параметры",
    AMOUNT_WRONG: "Неверная сумма. Сумма должна быть больше или равна 100 копеек",
    PAYMENT_UNKNOWN: "Платеж не найден",
    RECEIPT_SUMS_DIFFER: "Сумма всех позиций в чеке должна равняться сумме всех видов оплаты",
    RECEIPT_WRONG: "Неверные параметры объекта Receipt",
    REFUND_TOO_LARGE: "Сумма отмены больше суммы платежа",
    RECEIPT_IS_NOT_PAYMENT: "Суммы в чеке и в платеже не совпадают",
    ORDER_UNKNOWN: "OrderId не найден для TerminalKey",
    CARD_BY_KEY_UNKNOWN: "Карта по requestKey не найдена",
    "508": "Неверный номер карты",
    "600": "Интернет-магазин отклонил операцию по данной карте",
    "1005": "Платеж отклонен банком, выпустившим карту",
    "1013": "Банк, который выпустил карту, отклонил платеж — сумма превышает лимит по карте",
    "1041": "Карта утеряна",
    "1051": "Недостаточно средств на карте",
    "1054": "Истек срок действия карты",
    "1057": "Покупатель запретил такие операции для своей карты",
    "1059": "Банк, который выпустил карту, считает платеж подозрительным",
    "1082": "Неверный CVV",
    "1096": "Системная ошибка",
    SBP_SUM: "Невозможно создать QR",
    "3001": "Оплата через QrPay недоступна",
    "3002": "Недостаточный баланс счёта для отмены",
    "5060": "У покупателя недостаточно денежных средств для проведения операции",
    "5063": "Банк покупателя отклонил операцию как подозрительную",
    INTERNAL: "Внутренняя ошибка системы",
}


class ApiError(Exception):
    """A request is refused: HTTP 200 with Success false, an ErrorCode and a reason, as the service answers."""

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details

    @property
    def message(self) -> str:
        return MESSAGES[self.code]

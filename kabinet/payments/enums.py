from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from django.db import models
from django.utils.translation import gettext_lazy as _


class Origin(models.TextChoices):
    """Where a payment was composed (PAY-01)."""

    CART = "cart", _("корзина")
    ACCOUNT = "account", _("один счёт")
    GUEST = "guest", _("оплата без входа")
    LINK = "link", _("ссылка на оплату")
    AUTOPAY = "autopay", _("автоплатёж")


class PartState(models.TextChoices):
    """One payee's share of a checkout (PAY-45, 49)."""

    OPEN = "open", _("не оплачено")
    PAID = "paid", _("оплачено")
    RETURNED = "returned", _("возвращено")


PART_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    PartState.OPEN: {PartState.PAID},
    PartState.PAID: {PartState.RETURNED},
    PartState.RETURNED: set(),
}


class AttemptState(models.TextChoices):
    """One try to take a part's money at an acquirer (PAY-45).

    CREATED: we have decided to ask, and do not know whether the bank has heard. PENDING: the bank knows of it.
    DISPUTED: what the bank says contradicts what we asked; a person has to look. RETURNED, CLOSED: a person has: its
    money was given back, or was settled outside the cabinet.
    """

    CREATED = "created", _("отправляем в банк")
    PENDING = "pending", _("ждём банк")
    SUCCEEDED = "succeeded", _("оплачено")
    DECLINED = "declined", _("не прошло")
    EXPIRED = "expired", _("время вышло")
    DISPUTED = "disputed", _("разбираемся")
    RETURNED = "returned", _("деньги возвращены")
    CLOSED = "closed", _("закрыто вручную")


ATTEMPT_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    AttemptState.CREATED: {
        AttemptState.PENDING,
        AttemptState.SUCCEEDED,
        AttemptState.DECLINED,
        AttemptState.EXPIRED,
        AttemptState.DISPUTED,
    },
    AttemptState.PENDING: {
        AttemptState.SUCCEEDED,
        AttemptState.DECLINED,
        AttemptState.EXPIRED,
        AttemptState.DISPUTED,
        # People only: the bank knows no such payment.
        AttemptState.CLOSED,
    },
    AttemptState.SUCCEEDED: set(),
    # The bank's word prevails (PAY-45): what it has taken after all is booked, where nothing else holds the part.
    AttemptState.DECLINED: {AttemptState.SUCCEEDED, AttemptState.RETURNED, AttemptState.CLOSED},
    AttemptState.EXPIRED: {AttemptState.SUCCEEDED, AttemptState.RETURNED, AttemptState.CLOSED},
    # People only. Back to PENDING: a second payment of the same order is dealt with, the first goes on.
    AttemptState.DISPUTED: {
        AttemptState.SUCCEEDED,
        AttemptState.RETURNED,
        AttemptState.CLOSED,
        AttemptState.PENDING,
    },
    AttemptState.RETURNED: set(),
    AttemptState.CLOSED: {AttemptState.RETURNED},
}
GIVEN_UP = (AttemptState.DECLINED, AttemptState.EXPIRED)
# People have decided; the payer may pay anew.
RESOLVED = (AttemptState.RETURNED, AttemptState.CLOSED)
UNDER_WAY = (AttemptState.CREATED, AttemptState.PENDING)
# Such an attempt keeps its part from being paid by another one: its money is taken, or may be.
HOLDING = (*UNDER_WAY, AttemptState.SUCCEEDED, AttemptState.DISPUTED)


class Cause(models.TextChoices):
    """Why a payment did not go through, in our words; every acquirer's codes are mapped to these (PAY-40)."""

    TOO_SMALL = "too_small", _("сумма меньше, чем принимает банк")
    TOO_LARGE = "too_large", _("сумма больше, чем разрешено")
    NO_MONEY = "no_money", _("на карте не хватило денег")
    CARD_BLOCKED = "card_blocked", _("карта заблокирована или закрыта для таких платежей")
    CARD_UNSUPPORTED = "card_unsupported", _("такие карты не принимаются")
    CARD_FOREIGN = "card_foreign", _("карта выпущена не в России")
    CARD_EXPIRED = "card_expired", _("срок действия карты закончился")
    CARD_DETAILS = "card_details", _("номер карты или код с оборота не подошли")
    CODE_FAILED = "code_failed", _("код из СМС не подтверждён")
    CALL_ISSUER = "call_issuer", _("банк, выпустивший карту, не разрешил платёж")
    SUSPECTED = "suspected", _("банк счёл платёж подозрительным")
    LIMIT = "limit", _("превышен лимит карты или кошелька")
    SESSION_OVER = "session_over", _("время на оплату вышло")
    CANCELED = "canceled", _("платёж отменён")
    REVOKED = "revoked", _("карта отвязана в банке")
    BANK_DOWN = "bank_down", _("банк сейчас не отвечает")
    DUPLICATE = "duplicate", _("такой платёж уже есть")
    OTHER = "other", _("банк отказал без объяснения")


class EntryKind(models.TextChoices):
    """``payments-out`` uses the same words for its status (XCH-11)."""

    PAID = "paid", _("оплата")
    REFUNDED = "refunded", _("возврат")


class RefundState(models.TextChoices):
    CREATED = "created", _("отправляем в банк")
    PENDING = "pending", _("банк возвращает")
    SUCCEEDED = "succeeded", _("возвращено")
    DECLINED = "declined", _("банк отказал")


REFUND_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    RefundState.CREATED: {RefundState.PENDING, RefundState.SUCCEEDED, RefundState.DECLINED},
    RefundState.PENDING: {RefundState.SUCCEEDED, RefundState.DECLINED},
    RefundState.SUCCEEDED: set(),
    # People only: the bank has made it after all.
    RefundState.DECLINED: {RefundState.SUCCEEDED},
}
REFUND_UNDER_WAY = (RefundState.CREATED, RefundState.PENDING)


class ReceiptState(models.TextChoices):
    """A fiscal receipt on its way through the till (PAY-44, 54-ФЗ). SENT: the bank cannot be asked, but may tell by itself."""

    SENT = "sent", _("передан в кассу")
    WAITING = "waiting", _("готовится")
    REGISTERED = "registered", _("зарегистрирован")
    FAILED = "failed", _("не зарегистрирован")


RECEIPT_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    ReceiptState.SENT: {ReceiptState.REGISTERED, ReceiptState.FAILED},
    ReceiptState.WAITING: {ReceiptState.REGISTERED, ReceiptState.FAILED},
    ReceiptState.REGISTERED: set(),
    # Staff may have the bank asked again; a till may answer late.
    ReceiptState.FAILED: {ReceiptState.WAITING, ReceiptState.REGISTERED},
}


class BindingState(models.TextChoices):
    """Saving a card without paying (PAY-41)."""

    CREATED = "created", _("отправляем в банк")
    PENDING = "pending", _("ждём банк")
    BOUND = "bound", _("карта сохранена")
    FAILED = "failed", _("карта не сохранена")


BINDING_UNDER_WAY = (BindingState.CREATED, BindingState.PENDING)


class AutopayState(models.TextChoices):
    """BINDING waits for the first payment from the card; PAUSED after three failures in a row (PAY-16–18)."""

    BINDING = "binding", _("подключается")
    ON = "on", _("подключён")
    PAUSED = "paused", _("приостановлен")
    OFF = "off", _("отключён")


AUTOPAY_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    AutopayState.BINDING: {AutopayState.ON, AutopayState.OFF},
    AutopayState.ON: {AutopayState.PAUSED, AutopayState.OFF},
    AutopayState.PAUSED: {AutopayState.ON, AutopayState.OFF},
    AutopayState.OFF: set(),
}


class AutopayRunState(models.TextChoices):
    """One account's autopay of one month."""

    PLANNED = "planned", _("запланирован")
    STARTED = "started", _("идёт")
    PAID = "paid", _("оплачено")
    SKIPPED = "skipped", _("пропущен")
    FAILED = "failed", _("не получилось")


class AutopayNote(models.TextChoices):
    """Why a month's automatic payment was not made, or is waited for; kept in ``AutopayRun.told``."""

    NOTHING_DUE = "nothing_due", _("к оплате ничего не было")
    OVER_LIMIT = "over_limit", _("к оплате было больше предела")
    BY_PERSON = "by_person", _("вы пропустили этот месяц")
    CLOSED = "closed", _("оплата этого счёта была закрыта")
    TOO_LATE = "too_late", _("не успели предупредить за сутки")
    SWITCHED_OFF = "switched_off", _("автоплатёж отключён")
    DISPUTED = "disputed", _("ответ банка противоречив, разбираемся")


class AutopayWord(models.TextChoices):
    """What a letter of an autopay tells (PAY-17, 18); kept in ``AutopayLetter.kind``."""

    PLANNED = "planned", _("будет списано")
    OVER_LIMIT = "over_limit", _("больше предела")
    PAID = "paid", _("прошёл")
    FAILED = "failed", _("не прошёл")
    PAUSED = "paused", _("приостановлен")
    UNCLEAR = "unclear", _("проверяется")
    LATE = "late", _("не успели предупредить")
    CONNECTED = "connected", _("подключён")
    UNLINKED = "unlinked", _("отключён: счёт отвязан")
    NOT_SAVED = "not_saved", _("не подключён: карта не сохранилась")
    REVOKED = "revoked", _("отключён: карта отвязана в банке")


class TaxSystem(models.IntegerChoices):
    """Tag 1055 (54-ФЗ), the numbers of YooKassa's ``tax_system_code``."""

    GENERAL = 1, _("общая")
    SIMPLE_INCOME = 2, _("упрощённая, доходы")
    SIMPLE_INCOME_LESS_EXPENSES = 3, _("упрощённая, доходы минус расходы")
    AGRICULTURAL = 5, _("сельскохозяйственный налог")
    PATENT = 6, _("патент")


class VatCode(models.IntegerChoices):
    """Tag 1199 with the rates of 2026 (facts §3.5); the old 20 % is no longer offered."""

    NONE = 1, _("без НДС")
    ZERO = 2, "0 %"
    TEN = 3, "10 %"
    TEN_OF = 5, "10/110"
    FIVE = 7, "5 %"
    SEVEN = 8, "7 %"
    FIVE_OF = 9, "5/105"
    SEVEN_OF = 10, "7/107"
    TWENTY_TWO = 11, "22 %"
    TWENTY_TWO_OF = 12, "22/122"


class DiscrepancyKind(models.TextChoices):
    """What the daily comparison of three books can find (PAY-46, OPX-19)."""

    MISSING_HERE = "missing_here", _("есть в банке, нет у нас")
    MISSING_THERE = "missing_there", _("есть у нас, нет в банке")
    OTHER_SUM = "other_sum", _("суммы с банком расходятся")
    OTHER_STATE = "other_state", _("состояния с банком расходятся")
    NOT_POSTED = "not_posted", _("поставщик не учёл в срок")
    POSTED_OTHER_SUM = "posted_other_sum", _("поставщик учёл другую сумму")
    POSTED_UNKNOWN = "posted_unknown", _("поставщик учёл платёж, которого нет у нас")
    UNKNOWN_THERE = "unknown_there", _("банк не знает платежа")


# Of these the sum that the person sees as due depends on what staff say.
OF_THE_PROVIDER = (DiscrepancyKind.NOT_POSTED, DiscrepancyKind.POSTED_OTHER_SUM)


class Outcome(models.TextChoices):
    """What people have decided about a difference that holds money (PAY-45, OPX-31)."""

    ACCEPTED = "accepted", _("учтено столько, сколько взял банк")
    RETURNED = "returned", _("деньги возвращены плательщику")
    BY_HAND = "by_hand", _("улажено вне кабинета")
    ENDED = "ended", _("возврата в банке не было")
    AGAIN = "again", _("возврат запрошен заново")
    BOOKED = "booked", _("учтено столько, сколько вернул банк")
    LEFT = "left", _("возврат улажен вне кабинета")


OF_A_PAYMENT = (Outcome.ACCEPTED, Outcome.RETURNED, Outcome.BY_HAND)
OF_A_REFUND = (Outcome.ENDED, Outcome.AGAIN)
OF_ANOTHER_REFUND = (Outcome.BOOKED, Outcome.LEFT)

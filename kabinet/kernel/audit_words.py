"""The trail's actions in words, for the people whom they concern: one register, as the trail itself is one.

Every action that is recorded anywhere stands here (``tests/leaving/test_trail.py``); one that a later version has
dropped is still in old rows and is called by ``OTHER``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OTHER = _("Другое действие")

_PEOPLE: Mapping[str, StrOrPromise] = {
    "identity.archive.download": _("Скачан архив данных"),
    "identity.archive.make": _("Собран архив данных"),
    "identity.archive.request": _("Запрошен архив данных"),
    "identity.code.sign_in": _("Вход по коду"),
    "identity.consent.withdraw": _("Отозвано согласие"),
    "identity.contact.change": _("Указана другая почта или телефон"),
    "identity.contact.doubt": _("Снято подтверждение контакта: сообщения до него не доходят"),
    "identity.contact.remove": _("Убрана почта или телефон"),
    "identity.deletion.ask": _("Запрошено удаление учётной записи"),
    "identity.deletion.take_back": _("Отменено удаление учётной записи"),
    "identity.document.publish": _("Опубликован юридический документ"),
    "identity.messenger.link": _("Привязан мессенджер"),
    "identity.messenger.silent": _("Мессенджер перестал принимать сообщения"),
    "identity.messenger.unlink": _("Отвязан мессенджер"),
    "identity.name.change": _("Изменены фамилия, имя или отчество"),
    "identity.onboarding.step": _("Пройден шаг знакомства с кабинетом"),
    "identity.passkey.add": _("Добавлен вход по отпечатку, лицу или ПИН-коду"),
    "identity.passkey.remove": _("Удалён вход по отпечатку, лицу или ПИН-коду"),
    "identity.passkey.rename": _("Переименован ключ входа"),
    "identity.password.set": _("Задан новый пароль"),
    "identity.password.temporary": _("Вход по временному паролю"),
    "identity.person.create": _("Создана учётная запись"),
    "identity.person.delete": _("Удалена учётная запись"),
    "identity.person.look": _("Открыта карточка учётной записи"),
    "identity.qr.confirmed": _("Подтверждён вход по QR-коду"),
    "identity.qr.refused": _("Отклонён вход по QR-коду"),
    "identity.second_step.remove": _("Снят второй шаг при входе"),
    "identity.second_step.turn_off": _("Выключен второй шаг при входе"),
    "identity.second_step.turn_on": _("Включён второй шаг при входе"),
    "identity.service.link": _("Привязан вход через другой сервис"),
    "identity.service.unlink": _("Отвязан вход через другой сервис"),
    "identity.session.end": _("Завершён вход на одном из устройств"),
    "identity.session.end_others": _("Завершены входы на других устройствах"),
    "identity.spare_codes.renew": _("Сделаны новые запасные коды"),
}
_ACCOUNTS: Mapping[str, StrOrPromise] = {
    "accounts.guest.prove": _("Найден лицевой счёт без входа в кабинет"),
    "accounts.link.end": _("Отвязан лицевой счёт"),
    "accounts.link.extend": _("Открыт полный доступ к лицевому счёту"),
    "accounts.link.make_primary": _("Выбран основной лицевой счёт"),
    "accounts.link.open": _("Привязан лицевой счёт"),
    "accounts.link.rename": _("Переименован лицевой счёт"),
    "accounts.link.revoke": _("Закрыт доступ к лицевому счёту"),
    "accounts.request.approve": _("Одобрена просьба о доступе"),
    "accounts.request.look": _("Открыта просьба о доступе"),
    "accounts.request.refuse": _("Отклонена просьба о доступе"),
    "accounts.request.send": _("Отправлена просьба о доступе"),
    "accounts.request.withdraw": _("Отозвана просьба о доступе"),
    "billing.archive.download": _("Скачан архив квитанций"),
    "billing.archive.make": _("Собран архив квитанций"),
    "billing.archive.request": _("Запрошен архив квитанций"),
    "billing.bill.issue_document": _("Выпущена квитанция"),
    "metering.reading.submit": _("Переданы показания"),
    "metering.reading.withdraw": _("Отозваны показания"),
}
_PAYMENTS: Mapping[str, StrOrPromise] = {
    "payments.attempt.begin": _("Начата оплата"),
    "payments.autopay.change": _("Изменён автоплатёж"),
    "payments.autopay.connect": _("Подключается автоплатёж"),
    "payments.autopay.end": _("Отключён автоплатёж"),
    "payments.autopay.on": _("Включён автоплатёж"),
    "payments.autopay.pause": _("Приостановлен автоплатёж"),
    "payments.autopay.restore": _("Возвращено ближайшее списание автоплатежа"),
    "payments.autopay.resume": _("Возобновлён автоплатёж"),
    "payments.autopay.skip": _("Пропущено ближайшее списание автоплатежа"),
    "payments.autopay.start": _("Начато списание автоплатежа"),
    "payments.card.bind": _("Сохраняется карта"),
    "payments.card.bound": _("Карта сохранена"),
    "payments.card.failed": _("Карта не сохранена"),
    "payments.card.forget_refused": _("Удалена карта, которую отклоняет банк"),
    "payments.card.keep": _("Карта сохранена при оплате"),
    "payments.card.make_default": _("Выбрана основная карта"),
    "payments.card.remove": _("Удалена карта"),
    "payments.cart.put": _("Отложено к оплате"),
    "payments.cart.remove": _("Убрано из отложенного"),
    "payments.cart.repeat": _("Повторён платёж"),
    "payments.checkout.open": _("Открыта оплата"),
    "payments.dispute": _("Платёж проверяется: банк и кабинет сообщают разное"),
    "payments.dispute.accept": _("Платёж учтён по сумме банка"),
    "payments.dispute.close": _("Проверка платежа закончена"),
    "payments.dispute.give_back": _("Деньги возвращаются после проверки платежа"),
    "payments.fail": _("Оплата не прошла"),
    "payments.link.create": _("Создана ссылка на оплату"),
    "payments.link.revoke": _("Отозвана ссылка на оплату"),
    "payments.payment.look": _("Открыты сведения о платеже"),
    "payments.receipt.ask_again": _("Кассовый чек запрошен ещё раз"),
    "payments.receipt.failed": _("Касса не зарегистрировала чек"),
    "payments.receipt.registered": _("Касса зарегистрировала чек"),
    "payments.refund.again": _("Возврат запрошен заново"),
    "payments.refund.booked": _("Возврат учтён по сумме банка"),
    "payments.refund.decline": _("Банк отказал в возврате"),
    "payments.refund.ended": _("Возврат закончен: в банке его не было"),
    "payments.refund.left": _("Проверка возврата закончена"),
    "payments.refund.request": _("Запрошен возврат денег"),
    "payments.refund.settle": _("Банк вернул деньги"),
    "payments.settle": _("Банк подтвердил оплату"),
}
# What only people who work here do; it stands in their own archives.
_STAFF: Mapping[str, StrOrPromise] = {
    "desk.admin.add": _("Добавлена запись в служебном разделе"),
    "desk.admin.change": _("Изменена запись в служебном разделе"),
    "desk.admin.delete": _("Удалена запись в служебном разделе"),
    "exchange.export.acknowledge": _("Подтверждён приём выгрузки"),
    "exchange.export.claim": _("Получена выгрузка"),
    "exchange.export.deliver": _("Передана выгрузка"),
    "exchange.import.start": _("Начата загрузка данных"),
    "exchange.rejects.download": _("Скачаны отклонённые строки"),
    "metering.verifications.download": _("Скачан список поверок"),
    "metering.verifications.look": _("Открыт список поверок"),
    "metering.waiting.look": _("Открыт список показаний, которые ждут приёма"),
    "payments.discrepancies.download": _("Скачан список расхождений"),
    "payments.discrepancies.look": _("Открыт список расхождений"),
    "payments.discrepancy.close": _("Закрыто расхождение"),
    "payments.discrepancy.look": _("Открыто расхождение"),
    "payments.merchant.register": _("Зарегистрирован получатель платежей"),
    "payments.reconcile": _("Сверка с банком"),
    "payments.reconcile.again": _("Повторена сверка с банком"),
    "payments.register.download": _("Скачан реестр платежей"),
    "payments.register.look": _("Открыт реестр платежей"),
    "providers.api_key.issue": _("Выпущен ключ обмена"),
    "providers.provider.add": _("Добавлен поставщик"),
    "providers.provider.describe": _("Изменены сведения о поставщике"),
    "providers.provider.remove_logo": _("Удалён логотип поставщика"),
    "providers.provider.set_colour": _("Выбран цвет поставщика"),
    "providers.provider.set_logo": _("Загружен логотип поставщика"),
}
ACTIONS: Mapping[str, StrOrPromise] = {**_PEOPLE, **_ACCOUNTS, **_PAYMENTS, **_STAFF}


def words(action: str) -> str:
    """Say what was done; an action that is no longer known is told of all the same."""
    return str(ACTIONS.get(action, OTHER))

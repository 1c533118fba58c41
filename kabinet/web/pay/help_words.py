"""What stands beside the payment form: the provider's own words, else ours (PAY-14, 15, 25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kabinet.payments.queries.means import HelpRow
from kabinet.providers.queries import ProviderRow
from kabinet.ui import formatting


@dataclass(frozen=True, slots=True)
class Help:
    """Each text is a row of paragraphs; ``steps`` is a list of numbered ones."""

    security: Sequence[str]
    steps: Sequence[str]
    refund: Sequence[str]


def help_for(providers: Sequence[ProviderRow], helps: Mapping[int, HelpRow]) -> Help:
    """One provider's own words where the payment is for it alone; ours where there are several."""
    only = providers[0] if len(providers) == 1 else None
    own = helps.get(only.id, HelpRow()) if only else HelpRow()
    return Help(
        security=_lines(own.security) or _security(),
        steps=_lines(own.steps) or _steps(),
        refund=_lines(own.refund) or _refund(only),
    )


def rules_of(provider: ProviderRow, own: HelpRow) -> Sequence[str]:
    return _lines(own.rules) or _rules(provider)


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _security() -> Sequence[str]:
    return [
        _(
            "Номер карты и код вводятся только на странице банка, по защищённому соединению. Кабинет их не видит и не хранит."
        ),
        _("Платёж подтверждаете вы сами: кодом из СМС или в приложении своего банка."),
        _("Никому не называйте код из СМС: сотрудники поставщика и банка о нём не спрашивают."),
    ]


def _steps() -> Sequence[str]:
    return [
        _("Проверьте адрес и номер лицевого счёта."),
        _("Проверьте суммы за услуги и пени. Их можно изменить."),
        _("Укажите почту: на неё придёт чек."),
        _("Прочитайте правила оплаты и отметьте это."),
        _("Нажмите «Оплатить»: откроется страница банка."),
        _("Введите данные карты и код из СМС."),
    ]


def _refund(provider: ProviderRow | None) -> Sequence[str]:
    whom = (
        _("поставщику (%(name)s)") % {"name": provider.name}
        if provider
        else _("поставщику, которому ушёл платёж")
    )
    return [
        _("Пока вы не подтвердили платёж в банке, его можно просто закрыть: деньги не спишутся."),
        _(
            "Прошедший платёж в кабинете не отменяется. Чтобы вернуть деньги, подайте письменное заявление %(whom)s."
        )
        % {"whom": whom},
    ]


def _rules(provider: ProviderRow) -> Sequence[str]:
    policy = provider.policy
    paragraphs = [
        _(
            "Получатель денег и лицевой счёт указаны на странице оплаты. Проверьте их до того, как платить."
        ),
        _("Одному получателю можно заплатить от %(least)s.")
        % {"least": formatting.money(policy.pay_min)},
        _("Комиссия, если она есть, показана до оплаты, рядом со способом."),
        _(
            "Кабинет учитывает платёж сразу. Поставщик заносит его в свой учёт за %(days)s рабочих дней или раньше."
        )
        % {"days": policy.posting_days},
        _("После оплаты на указанную почту приходит кассовый чек (Федеральный закон № 54-ФЗ)."),
        _("Деньги за ошибочный платёж возвращает поставщик по письменному заявлению."),
    ]
    if policy.pay_max:
        paragraphs.insert(
            2,
            _("За один раз — не больше %(most)s.") % {"most": formatting.money(policy.pay_max)},
        )
    return paragraphs

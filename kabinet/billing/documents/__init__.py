"""The bill on paper: a ``BillPaper`` written out in Russian and set by Typst (BIL-38, 41).

The bill is a Russian legal document (order 43/пр), so its words are not for translation and its bytes do not
depend on the reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from kabinet.billing.documents import table
from kabinet.billing.paper.rows import BillPaper, PaperChange, PaperPayee, PaperRegister, PaperUse
from kabinet.billing.payment_code import PURPOSE_LIMIT, draw, payment_code
from kabinet.kernel import pdf
from kabinet.kernel.pdf import JsonValue
from kabinet.kernel.period import Period
from kabinet.ui import formatting as f

TEMPLATE = Path(__file__).parents[1] / "typst" / "bill.typ"
ZONES = {"T1": "день", "T2": "ночь", "T3": "полупик"}
BAR = 1000
# A payee's card beside another: its text column, told in millimetres of the table's smaller letters.
CARD_WIDTH, CARD_LINES = 45, 7


def render_bill(paper: BillPaper, *, at: datetime) -> tuple[str, bytes]:
    """Return the data as sent beside the PDF; the same paper and moment give the same bytes."""
    return pdf.render(TEMPLATE, bill_data(paper, at=at), made_at=at)


def file_title(period: Period, kind: str, account_number: str) -> str:
    return _joined((f"Счёт за {f.month(period)}", kind, f"ЛС {account_number}"), ", ")


def bill_data(paper: BillPaper, *, at: datetime) -> dict[str, JsonValue]:
    zone = ZoneInfo(paper.provider.timezone)
    return {
        "title": f"Счёт за {f.month(paper.period)}, лицевой счёт {paper.account.number}",
        "provider": {"name": paper.provider.name, "lines": _provider_lines(paper)},
        "period": f"за {f.month(paper.period)} года",
        "number": _number(paper),
        "facts": _facts(paper),
        "due": _due(paper),
        "notes": _notes(paper),
        "change": _change(paper.change),
        **table.charges(paper),
        "opening_is_net": paper.opening_is_net,
        "remarks": _remarks(paper),
        **table.meters([_meter(register) for register in paper.registers]),
        "reference": _reference(paper),
        "recalculations": _recalculations(paper),
        "chart": _chart(paper.use),
        **_payees(paper),
        "contacts": _contacts(paper),
        "footer": f"Сформирован {f.day_year(at.astimezone(zone))} · "
        f"данные поставщика на {f.day_year(paper.as_of.astimezone(zone))}",
    }


def _pairs(rows: Sequence[tuple[str, str]]) -> list[JsonValue]:
    return [[name, value] for name, value in rows if value]


def _joined(parts: Sequence[str], mark: str = " · ") -> str:
    return mark.join(part for part in parts if part)


def _provider_lines(paper: BillPaper) -> list[JsonValue]:
    provider = paper.provider
    inn = f"ИНН {provider.inn}" if provider.inn else ""
    kpp = f"КПП {provider.kpp}" if provider.kpp else ""
    contacts = _joined((_joined((inn, kpp), ", "), provider.phone, provider.hours))
    return [contacts, _joined((provider.address, provider.site))]


def _number(paper: BillPaper) -> str:
    return _joined((f"№ {paper.number}" if paper.number else "", paper.kind), ", ")


def _facts(paper: BillPaper) -> list[JsonValue]:
    account = paper.account
    premises = _joined(
        (
            f.volume(account.area_total, "м²") if account.area_total is not None else "",
            f"проживают {account.residents}" if account.residents is not None else "",
            f"зарегистрированы {account.registered}" if account.registered is not None else "",
            f"собственников {account.owners}" if account.owners is not None else "",
        ),
        ", ",
    )
    gis_id = f" · ЕЛС {account.gis_id}" if account.gis_id else ""
    return _pairs(
        [
            ("Лицевой счёт", account.number + gis_id),
            ("Плательщик", account.payer),
            ("Адрес", account.address),
            ("Помещение", premises),
        ]
    )


def _due(paper: BillPaper) -> dict[str, JsonValue]:
    """The word beside the sum says what it is: a sign alone never does (BIL-01)."""
    amount = paper.due
    if amount.amount > 0:
        return {
            "words": "К оплате до",
            "until": f.day_year(paper.due_on),
            "amount": f.money(amount),
        }
    words = "Переплата, платить не нужно" if amount else "Долга нет, платить не нужно"
    return {"words": words, "until": None, "amount": f.money(abs(amount))}


def _notes(paper: BillPaper) -> list[JsonValue]:
    notes: list[JsonValue] = []
    if not paper.final:
        notes.append("Месяц ещё не закрыт: суммы не окончательные.")
    if paper.preliminary is not None and paper.preliminary:
        ahead = f.money(paper.due + paper.preliminary)
        notes.append(
            f"Предварительно за {f.month_name(paper.period.plus(1))}: {f.money(paper.preliminary)}, "
            f"вместе с ним {ahead}. Эта сумма не окончательная."
        )
    return notes


def _change(change: PaperChange | None) -> dict[str, JsonValue] | None:
    if change is None:
        return None
    more = "больше" if change.difference.amount > 0 else "меньше"
    reasons = [
        _volume_reason(change),
        _tariff_reason(change),
        f"перерасчёт {f.signed_money(change.by_adjusted)}" if change.by_adjusted else "",
        _rest_reason(change),
    ]
    return {
        "headline": f"Начислено на {f.money(abs(change.difference))} {more}, "
        f"чем в {f.month_in(change.previous)}:",
        "reasons": _joined(reasons, ", ") + ".",
    }


def _volume_reason(change: PaperChange) -> str:
    if not change.by_volume or change.volume is None or change.previous_volume is None:
        return ""
    return (
        f"расход {f.volume(change.volume, change.unit)} вместо "
        f"{f.volume(change.previous_volume, change.unit)} ({f.signed_money(change.by_volume)})"
    )


def _tariff_reason(change: PaperChange) -> str:
    if change.tariff is None or change.previous_tariff is None:
        return ""
    if change.tariff == change.previous_tariff:
        return "тариф не менялся"
    if not change.by_tariff:
        return ""
    return (
        f"тариф {table.price(change.tariff)} ₽ вместо {table.price(change.previous_tariff)} ₽ "
        f"({f.signed_money(change.by_tariff)})"
    )


def _rest_reason(change: PaperChange) -> str:
    if not change.by_rest:
        return ""
    alone = not change.by_volume and not change.by_tariff and not change.by_adjusted
    name = "услуги и объёмы" if alone else "другие начисления"
    return f"{name} {f.signed_money(change.by_rest)}"


def _remarks(paper: BillPaper) -> list[JsonValue]:
    known = f.short_date(paper.as_of.astimezone(ZoneInfo(paper.provider.timezone)))
    penalty = paper.penalty.charged
    paid = ""
    if paper.last_payment is not None:
        received_on, amount = paper.last_payment
        paid = f"Последняя оплата: {f.money(amount)}, {f.day_year(received_on)}."
    fines = ""
    if penalty is not None:
        fines = f"Пени за месяц: {f.money(penalty)}." if penalty else "Пени не начислены."
    return [_joined((f"Учтены платежи по {known}.", paid, fines), " ")]


def _meter(register: PaperRegister) -> list[str]:
    zone = f", {ZONES.get(register.zone, register.zone)}" if register.zone else ""
    until = register.next_verification_on
    model = f"{register.model} " if register.model else ""
    return [
        register.service + zone,
        f"{model}№\u00a0{register.serial}",
        _reading(register.previous, register.previous_on, register.digits),
        _reading(register.current, register.current_on, register.digits),
        f.volume(register.use, register.unit) if register.use is not None else f.NOTHING,
        f.short_date(until) if until else f.NOTHING,
    ]


def _reading(value: Decimal | None, taken_on: date | None, digits: int) -> str:
    if value is None or taken_on is None:
        return f.NOTHING
    return f"{_dial(value, digits)} на {f.short_date(taken_on)}"


def _dial(value: Decimal, digits: int) -> str:
    """Write a reading as the meter shows it: «01734», «00012,5»."""
    whole, _point, rest = f"{value:f}".partition(".")
    rest = rest.rstrip("0")
    return whole.zfill(digits) + (f",{rest}" if rest else "")


def _reference(paper: BillPaper) -> list[JsonValue]:
    norms: dict[str, str] = {line.service: line.norm for line in paper.lines if line.norm}
    rows = [(f"Норматив, {service}", norm) for service, norm in norms.items()]
    rows += [(f"Тариф, {service}", document) for service, document in paper.tariff_documents]
    if paper.use is not None:
        rows += _use_reference(paper.use, paper)
    return _pairs(rows)


def _use_reference(use: PaperUse, paper: BillPaper) -> list[tuple[str, str]]:
    rows = []
    if use.average is not None and use.average_months > 1:
        months = f.plural(use.average_months, "месяц,месяца,месяцев")
        rows.append((f"Среднее за {months}", f"{f.volume(use.average, use.unit)} в месяц"))
    if use.year_ago is not None and use.year_ago_charged is not None:
        rows.append(
            (
                f"Год назад, {f.month_name(paper.period)}",
                f"{f.volume(use.year_ago, use.unit)}, {f.money(use.year_ago_charged)}",
            )
        )
    return rows


def _recalculations(paper: BillPaper) -> list[JsonValue]:
    return _pairs(
        [
            (
                _joined((line.service, line.operation), ", "),
                f.signed_money(line.sums.adjusted),
            )
            for line in paper.lines
            if line.sums.adjusted
        ]
    )


def _chart(use: PaperUse | None) -> dict[str, JsonValue] | None:
    if use is None:
        return None
    top = max((volume for _month, volume in use.months if volume), default=None)
    last = use.months[-1][0]
    return {
        "title": _joined(("Расход за 12 месяцев", use.unit), ", "),
        "bars": [
            {
                "value": f.NOTHING if volume is None else f.number(volume),
                "month": f.month_name(month)[:3],
                "height": int(max(volume, 0) / top * BAR) if top and volume and top > 0 else 0,
                "now": month == last,
            }
            for month, volume in use.months
        ],
    }


def _payees(paper: BillPaper) -> dict[str, JsonValue]:
    payees = [_payee(payee, paper) for payee in paper.payees]
    heights = [
        [table.lines(text, CARD_WIDTH) for text in (f"Получатель: {name}", details, purpose)]
        for name, details, purpose in (
            (str(card["name"]), str(card["details"] or ""), str(card["purpose"])) for card in payees
        )
    ]
    short = all(sum(lines or CARD_LINES + 1 for lines in card) <= CARD_LINES for card in heights)
    return {"payees": list[JsonValue](payees), "short_payees": short}


def _payee(payee: PaperPayee, paper: BillPaper) -> dict[str, JsonValue]:
    usable = payee.details is not None and payee.details.are_usable
    alone = len(paper.payees) == 1
    what = f.month(paper.period) if alone else _positions(payee.positions)
    words = "Сумма"
    if payee.amount.amount <= 0:
        words = "Переплата" if payee.amount else "Долга нет"
    return {
        "name": payee.details.name if payee.details else "не указан",
        "details": _requisites(payee) if usable else None,
        "purpose": _joined((f"Лицевой счёт {paper.account.number}", what)),
        "words": words,
        "amount": f.money(abs(payee.amount)),
        "code": _code(payee, paper),
    }


def _requisites(payee: PaperPayee) -> str:
    details = payee.details
    assert details is not None  # noqa: S101 -- asked only for usable details
    corr = f"к/с {details.corr_account}" if details.corr_account else ""
    inn = f"ИНН {details.inn}" if details.inn else ""
    kpp = f"КПП {details.kpp}" if details.kpp else ""
    return _joined(
        (f"р/с {details.bank_account} в {details.bank}", f"БИК {details.bic}", corr, inn, kpp), ", "
    )


def _positions(positions: Sequence[int]) -> str:
    """«услуги 1–3, 5»: runs of numbers are joined (BIL-38)."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and runs[-1][-1] == position - 1:
            runs[-1][1:] = [position]
        else:
            runs.append([position])
    if not runs:
        return ""
    word = "услуга" if len(positions) == 1 else "услуги"
    return f"{word} " + ", ".join("–".join(str(end) for end in run) for run in runs)


def _code(payee: PaperPayee, paper: BillPaper) -> list[JsonValue] | None:
    if payee.details is None:
        return None
    code = payment_code(
        payee.details,
        amount=payee.amount,
        account_number=paper.account.number,
        period=paper.period,
        purpose=purpose(paper),
    )
    return list(draw(code)) if code is not None else None


def purpose(paper: BillPaper) -> str:
    month = f"{paper.period.month:02d}.{paper.period.year}"
    return f"Оплата услуг за {month}, ЛС {paper.account.number}"[:PURPOSE_LIMIT]


def _contacts(paper: BillPaper) -> list[JsonValue]:
    provider = paper.provider
    emergency = (
        f"Сообщить об аварии: {provider.emergency_phone}." if provider.emergency_phone else ""
    )
    ask = _joined((provider.phone, provider.email), ", ")
    error = f"Ошибка в счёте? {ask}." if ask else ""
    line = _joined((emergency, error), " ")
    return [line] if line else []

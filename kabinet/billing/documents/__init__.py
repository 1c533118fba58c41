"""The bill on paper: a ``BillPaper`` written out in Russian and set by Typst (BIL-38, 41).

The bill is a Russian legal document (order 43/пр), so its words are not for translation and its bytes do not
depend on the reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kabinet.billing.documents import cards, meters, reference, table
from kabinet.billing.documents.table import joined
from kabinet.billing.paper.rows import BillPaper, PaperChange, PaperHouse, PaperUse
from kabinet.kernel import pdf
from kabinet.kernel.pdf import JsonValue
from kabinet.kernel.period import Period
from kabinet.ui import formatting as f

TEMPLATE = Path(__file__).parents[1] / "typst" / "bill.typ"
BAR = 1000
# Millimetres: of a page, of all that every bill has on it, and of the parts that not every bill has.
PAGE, FRAME = 270, 115
ROW, TWO_LINES, PAIR, CARD, CHART = 5, 9, 5, 46, 33
SHORT_SERVICE = 30


def render_bill(paper: BillPaper, *, at: datetime) -> tuple[str, bytes]:
    """Return the data as sent beside the PDF; the same paper and moment give the same bytes."""
    return pdf.render(TEMPLATE, bill_data(paper, at=at), made_at=at)


def file_title(period: Period, kind: str, account_number: str) -> str:
    return joined((f"Счёт за {f.month(period)}", kind, f"ЛС {account_number}"), ", ")


def bill_data(paper: BillPaper, *, at: datetime) -> dict[str, JsonValue]:
    zone = ZoneInfo(paper.provider.timezone)
    return {
        "title": f"Счёт за {f.month(paper.period)}, лицевой счёт {paper.account.number}",
        "provider": {"name": paper.provider.name, "lines": _provider_lines(paper)},
        "period": f"за {f.month(paper.period)} года",
        "number": _number(paper),
        "account": [
            paper.account.number,
            f"ЕЛС {paper.account.gis_id}" if paper.account.gis_id else None,
        ],
        "facts": _facts(paper),
        "due": _due(paper),
        "notes": _notes(paper),
        "change": _change(paper.change),
        **table.charges(paper),
        "opening_is_net": paper.opening_is_net,
        "remarks": _remarks(paper),
        "numbered": _may_need_pages(paper),
        "meters": meters.readings(paper.registers),
        "reference": _pairs(reference.rows(paper)),
        "recalculations": _recalculations(paper),
        "chart": _chart(paper.use),
        **cards.payees(paper),
        "contacts": _contacts(paper),
        "footer": f"Сформирован {f.day_year(at.astimezone(zone))} · "
        f"данные поставщика на {f.day_year(paper.as_of.astimezone(zone))}",
    }


def _may_need_pages(paper: BillPaper) -> bool:
    """Tell in millimetres, rather too many: counting pages costs a second setting of the whole paper."""
    rows = sum(ROW if len(line.service) < SHORT_SERVICE else TWO_LINES for line in paper.lines)
    pairs = len(reference.rows(paper)) + len(_recalculations(paper))
    used = FRAME + rows + ROW * len(paper.registers) + PAIR * pairs
    used += TWO_LINES if _house(paper.account.house) else 0
    used += CARD * ((len(paper.payees) + 1) // 2) + (CHART if paper.use else 0)
    return used > PAGE


def _pairs(rows: Sequence[tuple[str, str]]) -> list[JsonValue]:
    return [[name, value] for name, value in rows if value]


def _provider_lines(paper: BillPaper) -> list[JsonValue]:
    provider = paper.provider
    inn = f"ИНН {provider.inn}" if provider.inn else ""
    kpp = f"КПП {provider.kpp}" if provider.kpp else ""
    site = provider.site.removeprefix("https://").removeprefix("http://").rstrip("/")
    phone = _in_one_line(provider.phone)
    return [
        line
        for line in (
            joined((joined((inn, kpp), ", "), site)),
            joined((phone, provider.hours)),
            provider.address,
        )
        if line
    ]


def _number(paper: BillPaper) -> str:
    return joined((f"№{f.NBSP}{paper.number}" if paper.number else "", paper.kind), ", ")


def _facts(paper: BillPaper) -> list[JsonValue]:
    account = paper.account
    premises = joined(
        (
            f.volume(account.area_total, "м²") if account.area_total is not None else "",
            f"проживают {account.residents}" if account.residents is not None else "",
            f"зарегистрированы {account.registered}" if account.registered is not None else "",
            f"собственников {account.owners}" if account.owners is not None else "",
        ),
        ", ",
    )
    return _pairs(
        [
            ("Плательщик", account.payer),
            ("Адрес", account.address),
            ("Помещение", premises),
            ("Дом", _house(account.house)),
        ]
    )


def _house(house: PaperHouse) -> str:
    """What the provider gave, in the order of the printed receipt (BIL-38)."""
    named = (
        ("общая площадь", house.total),
        ("жилая", house.living),
        ("нежилая", house.nonliving),
        ("ОИ всего", house.common),
        ("ОИ з/з", house.common_counted),
    )
    given = [f"{name} {f.volume(area, 'м²')}" for name, area in named if area is not None]
    return joined(given, ", ")


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
        "reasons": joined(reasons, ", ") + ".",
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
    if penalty is not None or len(paper.lines) > len(table.shown_lines(paper)):
        fines = f"Пени за месяц: {f.money(penalty)}." if penalty else "Пени не начислены."
    return [joined((f"Учтены платежи по {known}.", paid, fines), " ")]


def _recalculations(paper: BillPaper) -> list[JsonValue]:
    return _pairs(
        [
            (
                joined((line.service, line.operation), ", "),
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
        "title": joined(("Расход за 12 месяцев", use.unit), ", "),
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


def _contacts(paper: BillPaper) -> list[JsonValue]:
    provider = paper.provider
    emergency = (
        f"Сообщить об аварии: {_in_one_line(provider.emergency_phone)}."
        if provider.emergency_phone
        else ""
    )
    ask = joined((_in_one_line(provider.phone), provider.email), ", ")
    error = f"Ошибка в счёте? {ask}." if ask else ""
    line = joined((emergency, error), " ")
    return [line] if line else []


def _in_one_line(phone: str) -> str:
    """A telephone number is read as a whole."""
    return phone.replace(" ", f.NBSP)

"""The part «Справочно»: norms, documents of the tariffs, use of other months."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from kabinet.billing.documents.meters import is_narrow
from kabinet.billing.documents.table import bound, positions, shown_lines
from kabinet.billing.paper.rows import BillPaper, PaperUse
from kabinet.ui import formatting as f

# Letters of a service for which the column of names has room, beside the meters and alone.
SHORT_NAME, LONG_NAME = 10, 28
AVERAGE_STEP = Decimal("0.001")


def rows(paper: BillPaper) -> list[tuple[str, str]]:
    use = _use(paper.use, paper) if paper.use is not None else []
    return [*_norms(paper), *_tariffs(paper), *use]


def _norms(paper: BillPaper) -> list[tuple[str, str]]:
    norms = {line.service: line.norm for line in paper.lines if line.norm}
    if len(norms) == 1 and len({line.service for line in shown_lines(paper)}) <= 2:  # noqa: PLR2004 -- no doubt whose it is
        return [("Норматив", bound(norm)) for norm in norms.values()]
    if len(paper.payees) == 1:
        return [(f"Норматив, {service}", bound(norm)) for service, norm in norms.items()]
    room = SHORT_NAME if is_narrow(paper.registers) else LONG_NAME
    services: dict[str, list[str]] = defaultdict(list)
    for service, norm in norms.items():
        services[bound(norm)].append(service)
    return [
        (f"Норматив, {_name_or_numbers(names, room, paper)}", norm)
        for norm, names in services.items()
    ]


def _name_or_numbers(services: list[str], room: int, paper: BillPaper) -> str:
    short = len(services) == 1 and len(services[0]) <= room
    return services[0] if short else _numbers(services, paper)


def _tariffs(paper: BillPaper) -> list[tuple[str, str]]:
    """Name each document once, with the services it is for."""
    services: dict[str, list[str]] = defaultdict(list)
    for service, document in paper.tariff_documents:
        services[bound(document)].append(service)
    if len(services) == 1 and len(paper.payees) == 1:
        title = "Тариф утверждён" if len(paper.tariff_documents) == 1 else "Тарифы утверждены"
        return [(title, document) for document in services]
    return [(_title(names, paper), document) for document, names in services.items()]


def _title(services: list[str], paper: BillPaper) -> str:
    if len(services) == 1:
        return f"Тариф, {services[0]}"
    if len(paper.payees) == 1:
        # Rows have numbers only where payees name them.
        return "Тарифы: " + ", ".join(services)
    return f"Тарифы на {_numbers(services, paper)}"


def _numbers(services: list[str], paper: BillPaper) -> str:
    return positions([line.position for line in shown_lines(paper) if line.service in services])


def _use(use: PaperUse, paper: BillPaper) -> list[tuple[str, str]]:
    found = []
    if use.average is not None and use.average_months > 1:
        months = f.plural(use.average_months, "месяц,месяца,месяцев")
        average = f.volume(use.average.quantize(AVERAGE_STEP), use.unit)
        found.append((f"Среднее за {months}", f"{average} в месяц"))
    if use.year_ago is not None and use.year_ago_charged is not None:
        value = f"{f.volume(use.year_ago, use.unit)}, {f.money(use.year_ago_charged)}"
        found.append((f"Год назад, {f.month_name(paper.period)}", value))
    return found

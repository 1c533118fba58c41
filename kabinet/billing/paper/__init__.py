"""A bill as its paper shows it: read for many bills at once, put together without further questions."""

from __future__ import annotations

from collections.abc import Sequence

from kabinet.accounts.models import Account
from kabinet.accounts.queries import short_address
from kabinet.billing import calculations
from kabinet.billing.models import Bill
from kabinet.billing.paper import payees, reads, use
from kabinet.billing.paper.reads import LineValues, Material, ReadingPair
from kabinet.billing.paper.rows import (
    BillPaper,
    PaperAccount,
    PaperHouse,
    PaperLine,
    PaperRegister,
    PaperSums,
)
from kabinet.billing.queries.rows import money
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.metering.calculations import mask_serial
from kabinet.providers.enums import Feature, MeterMask
from kabinet.providers.queries import PolicyRow

__all__ = ["BillPaper", "get_bill_papers"]


def get_bill_papers(bills: Sequence[Bill]) -> Sequence[BillPaper]:
    """Give the papers of bills that the caller found through its scope, ``account`` loaded with them.

    The number of queries does not depend on the number of bills.
    """
    material = reads.gather(bills)
    return [_to_paper(bill, material) for bill in bills]


def _to_paper(bill: Bill, material: Material) -> BillPaper:
    provider = material.providers[bill.account.provider_id]
    period = Period.of(bill.period)
    lines = _lines(material.lines.get(bill.pk, ()))
    due = Money(bill.total) + calculations.or_nothing(money(bill.penalty_total))
    main = use.main_service(lines)
    months = material.months.get(bill.pk, ())
    last = material.payments.get(bill.pk)
    return BillPaper(
        bill_id=bill.pk,
        public_id=bill.public_id,
        revision=bill.revision,
        number=bill.number,
        kind=bill.kind,
        period=period,
        as_of=bill.as_of,
        final=bill.final,
        due_on=calculations.due_date(period, due_day=provider.policy.due_day),
        opening_is_net=bill.opening_is_net,
        provider=provider,
        account=_account(bill.account),
        lines=lines,
        sums=_main_sums(bill),
        penalty=_penalty_sums(bill),
        due=due,
        preliminary=calculations.sum_known(
            (money(bill.preliminary), money(bill.penalty_preliminary))
        ),
        payees=payees.group(
            lines,
            material.suppliers.get(provider.id, ()),
            due=due,
            clamp=provider.policy.clamp_negative_rows,
        ),
        registers=_registers(period, provider.policy, material.readings.get(bill.pk, ())),
        use=use.year_of(main, period, months, provider.policy.average_months),
        change=use.change_of(main, period, months),
        last_payment=(last.received_on, Money(last.amount)) if last else None,
        tariff_documents=use.tariff_documents(lines, period, material.tariffs),
    )


def _main_sums(bill: Bill) -> PaperSums:
    return PaperSums(
        opening=money(bill.opening),
        charged=money(bill.charged),
        adjusted=money(bill.adjusted),
        benefit=money(bill.benefit),
        paid=money(bill.paid),
        total=money(bill.total),
    )


def _penalty_sums(bill: Bill) -> PaperSums:
    return PaperSums(
        opening=money(bill.penalty_opening),
        charged=money(bill.penalty_charged),
        adjusted=None,
        benefit=None,
        paid=money(bill.penalty_paid),
        total=money(bill.penalty_total),
    )


def _account(account: Account) -> PaperAccount:
    region = f"{account.region}, " if account.region else ""
    return PaperAccount(
        number=account.number,
        gis_id=account.gis_id,
        payer=_initials(account),
        address=region + short_address(account),
        area_total=account.area_total,
        residents=account.residents,
        registered=account.registered,
        owners=account.owners,
        house=PaperHouse(
            total=account.house_area_total,
            living=account.house_area_living,
            nonliving=account.house_area_nonliving,
            common=account.house_area_common,
            common_counted=account.house_area_common_counted,
        ),
    )


def _initials(account: Account) -> str:
    """«Абрамов Б. В.»: a paper lies in a mailbox and says no more of a person than it must (BIL-38)."""
    letters = [f"{part[0]}." for part in (account.name, account.patronymic) if part]
    return "\u00a0".join([account.surname, *letters] if account.surname else letters)


def _lines(values: Sequence[LineValues]) -> Sequence[PaperLine]:
    """Services first, penalties after them, each in the order of the provider's line numbers."""
    ordered = sorted(values, key=lambda line: (line["is_penalty"], _natural(line["line"])))
    return [_line(position, line) for position, line in enumerate(ordered, start=1)]


def _natural(line: str) -> tuple[int, str]:
    return (int(line), "") if line.isascii() and line.isdigit() else (10**64, line)


def _line(position: int, line: LineValues) -> PaperLine:
    return PaperLine(
        position=position,
        service_id=line["service_id"],
        service=line["service__name"],
        operation=line["operation"],
        supplier_id=line["supplier_id"],
        tariff=line["tariff"],
        norm=line["norm"],
        volume=line["volume"],
        unit=line["unit"],
        basis=line["basis"],
        calc_period=Period.of(line["calc_period"]) if line["calc_period"] else None,
        quality=money(line["quality"]),
        is_penalty=line["is_penalty"],
        sums=PaperSums(
            opening=money(line["opening"]),
            charged=money(line["charged"]),
            adjusted=money(line["adjusted"]),
            benefit=money(line["benefit"]),
            paid=money(line["paid"]),
            total=money(line["closing"]),
        ),
    )


def _registers(
    period: Period, policy: PolicyRow, readings: Sequence[ReadingPair]
) -> Sequence[PaperRegister]:
    masked = _hides_serials(policy)
    return [_register(period, reading, masked=masked) for reading in readings]


def _hides_serials(policy: PolicyRow) -> bool:
    """A paper that a limited link opens may not tell the number that proves the account (MET-03, ACC-16)."""
    return (
        policy.meter_mask == MeterMask.LIMITED
        and Feature.BILLS in policy.limited_features
        and Feature.SERIALS not in policy.limited_features
    )


def _register(period: Period, reading: ReadingPair, *, masked: bool) -> PaperRegister:
    # Two sources may tell of one day: the first of each day counts.
    newest: dict[object, int] = {}
    for index, taken_on in enumerate(reading.taken):
        newest.setdefault(taken_on, index)
    days = list(newest.values())
    in_month = reading.accounted[0] >= period.first_day
    current, previous = (days[0], next(iter(days[1:]), None)) if in_month else (None, days[0])
    return PaperRegister(
        service=reading.service,
        unit=reading.unit,
        model=reading.model,
        serial=mask_serial(reading.serial) if masked else reading.serial,
        zone=reading.zone,
        previous_on=None if previous is None else reading.taken[previous],
        previous=None if previous is None else reading.values[previous],
        current_on=None if current is None else reading.taken[current],
        current=None if current is None else reading.values[current],
        digits=reading.digits,
        next_verification_on=reading.next_verification_on,
    )

"""The life of one account: month after month of charges and payments, down to today's balance."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from demo.books import Arrears, Books, Charge, Issue
from demo.bundle import BundleWriter, Row
from demo.cards import write_card
from demo.households import Household, Payer, amount_to_pay, opening_factor
from demo.housing import SUPPLEMENT, Housing
from demo.months import Month, Timeline
from demo.providers import GAS_A, HOUSING, POWER, ProviderSpec
from demo.utilities import Gas, Power, Utility

WAYS_TO_PAY = (
    ("Личный кабинет", ""),
    ("Банк", "мобильное приложение банка"),
    ("Банк", "отделение № 12, ул. Мира, д. 40"),
    ("Почта", "отделение связи 991012"),
    ("Касса", "абонентский пункт"),
    ("Автоплатёж", ""),
)
WAY_WEIGHTS = (34, 30, 10, 8, 10, 8)
HOUSING_WAYS = (
    ("оплата «Город»", "терминал, ТЦ «Озёрный»"),
    ("Личный кабинет", ""),
    ("Банк", "мобильное приложение банка"),
    ("Почта", "отделение связи 991012"),
)
HOUSING_WEIGHTS = (40, 28, 22, 10)


@dataclass(slots=True)
class Life:
    """Everything that moves while the months go by."""

    spec: ProviderSpec
    home: Household
    timeline: Timeline
    utility: Utility
    books: Books
    arrears: Arrears = field(default_factory=Arrears)
    capital: Arrears = field(default_factory=Arrears)
    payments: list[Row] = field(default_factory=list)

    def run(self) -> None:
        home, months = self.home, self.timeline.months
        for index in range(home.first, home.last + 1):
            self._month(index, months[index])
        if home.closed:
            if home.last + 1 < len(months):
                self._settle_after_closing(months[home.last + 1])
            return
        self._pay_in_open_month()
        self.utility.finish()

    def _month(self, index: int, month: Month) -> None:
        charges = self.utility.charges(index, month)
        if index == self.home.first and not self.home.opened:
            self._open(month, charges)
        shares = self._pay(month)
        charges += self._penalties(month)
        months = self.timeline.months
        following = months[index + 1] if index + 1 < len(months) else self.timeline.current
        housing = self.utility if isinstance(self.utility, Housing) else None
        issue = Issue(
            issued_on=following.days[1],
            as_of=self.timeline.moment(following.year, following.month, 1),
            preliminary=housing.preliminary(following) if housing else 0,
        )
        self.books.close_month(month, charges, shares, issue)
        self._owe(month, charges)
        if housing and following is not self.timeline.current:
            self._supplement(housing, month, following)

    def _supplement(self, housing: Housing, month: Month, following: Month) -> None:
        extra = housing.supplement(month)
        if extra is None:
            return
        issued = self.timeline.moment(following.year, following.month, 5)
        issue = Issue(issued_on=following.days[5], as_of=issued, prefix="Д")
        self.books.supplement(month, SUPPLEMENT, extra, issue)
        self._owe(month, [extra])

    def _open(self, month: Month, charges: list[Charge]) -> None:
        """Start from what such people would owe: one usual month, several, or a payment ahead."""
        factor = opening_factor(self.home.payer)
        for charge in charges:
            if not charge.extra:
                charge.slot.balance += charge.amount * factor // 100
        for slot in self.books.main:
            debts = self.capital if slot.service == "kapremont" else self.arrears
            debts.owe(month.first_ordinal + self.spec.due_day - 1, slot.balance)

    def _owe(self, month: Month, charges: list[Charge]) -> None:
        due_ordinal = month.first_ordinal + month.length + self.spec.due_day - 1
        totals = {True: 0, False: 0}
        for charge in charges:
            if not charge.slot.is_penalty:
                totals[charge.slot.service == "kapremont"] += charge.net
        self.arrears.owe(due_ordinal, totals[False])
        if totals[True]:
            self.capital.owe(due_ordinal, totals[True])

    def _penalties(self, month: Month) -> list[Charge]:
        found = []
        for slot in self.books.penalties:
            debts = self.capital if slot.service == "kapremont" else self.arrears
            amount = debts.penalty(month)
            if amount:
                found.append(Charge(slot, amount, operation="пени"))
        return found

    def _pay(self, month: Month) -> dict[int, int]:
        rng, books = self.home.rng, self.books
        amount = amount_to_pay(rng, self.home.payer, books.owed)
        if not amount:
            return {}
        penalty = 0
        if amount >= books.owed and books.penalty_owed > 0 and rng.random() < 0.8:
            penalty = books.penalty_owed
        day = self._pay_day(rng)
        self._write_payment(month, day, (amount, penalty), month.days[min(day + 2, month.length)])
        return self._share(amount, penalty)

    def _share(self, amount: int, penalty: int) -> dict[int, int]:
        shares = self.books.spread(amount, penalty)
        to_capital = sum(
            shares.get(id(slot), 0) for slot in self.books.main if slot.service == "kapremont"
        )
        self.capital.pay(to_capital)
        self.arrears.pay(amount - to_capital)
        return shares

    def _pay_day(self, rng: Random) -> int:
        late = self.home.payer in {Payer.LATE, Payer.DEBTOR, Payer.PARTIAL}
        return rng.randrange(16, 27) if late else rng.randrange(4, self.spec.due_day)

    def _write_payment(
        self, month: Month, day: int, sums: tuple[int, int], processed_on: str
    ) -> None:
        amount, penalty = sums
        money = self.timeline.dialect.money
        rng = self.home.rng
        housing = self.spec is HOUSING
        ways, weights = (HOUSING_WAYS, HOUSING_WEIGHTS) if housing else (WAYS_TO_PAY, WAY_WEIGHTS)
        source, place = rng.choices(ways, weights)[0]
        self.payments.append(
            (
                self.home.number,
                f"{month.year % 100:02d}{month.month:02d}-{len(self.payments) + 1}",
                month.days[day],
                processed_on,
                money(amount + penalty),
                money(penalty) if self.books.layout.penalty else "",
                "",
                "",
                source,
                place,
                "",
            )
        )

    def _settle_after_closing(self, month: Month) -> None:
        self._take_off(self._pay(month))

    def _pay_in_open_month(self) -> None:
        """Pay the last bill, if the day of it has come; the newest payments are not processed yet."""
        rng, timeline, books = self.home.rng, self.timeline, self.books
        amount = amount_to_pay(rng, self.home.payer, books.owed)
        day = self._pay_day(rng)
        if not amount or self.home.silent or day > timeline.today:
            return
        processed = day + 2
        processed_on = timeline.current.days[processed] if processed <= timeline.today else ""
        self._write_payment(timeline.current, day, (amount, 0), processed_on)
        self._take_off(books.spread(amount, 0))

    def _take_off(self, shares: dict[int, int]) -> None:
        for slot in self.books.slots:
            slot.balance -= shares.get(id(slot), 0)

    def balances(self) -> list[Row]:
        """What is owed now, per service and supplier, penalties apart."""
        owed: dict[tuple[str, str], list[int]] = {}
        for slot in self.books.slots:
            owed.setdefault((slot.service, slot.supplier), [0, 0])[slot.is_penalty] += slot.balance
        due = self.timeline.dialect.due
        return [
            (
                self.home.number,
                service,
                supplier,
                due(amount),
                due(penalty) if self.books.layout.penalty else "",
                self.timeline.as_of,
            )
            for (service, supplier), (amount, penalty) in owed.items()
        ]


def connect(spec: ProviderSpec, home: Household, timeline: Timeline) -> Utility:
    if spec is POWER:
        return Power(spec, home, timeline)
    if spec is HOUSING:
        return Housing(home, timeline)
    return Gas(spec, home, timeline)


def write_account(
    writer: BundleWriter, spec: ProviderSpec, home: Household, timeline: Timeline
) -> None:
    """Live one account's life and write all its rows."""
    utility = connect(spec, home, timeline)
    books = Books(home.number, utility.slots, utility.layout, timeline.dialect)
    life = Life(spec, home, timeline, utility, books)
    life.run()
    write_card(writer, spec, home, utility, timeline)
    for point in utility.points:
        writer.add("meters", point.meters)
        writer.add("readings", point.readings)
    writer.add("bills", books.bills)
    writer.add("bill_lines", books.lines)
    writer.add("payments", life.payments)
    writer.add("balances", life.balances())


def kind_of(spec: ProviderSpec, home: Household) -> str:
    """Choose what is connected, by the sort of building."""
    luck = home.rng.random()
    if spec is POWER:
        return "stove" if home.in_block and luck < 0.5 else "electric" if luck > 0.92 else ""
    if spec is HOUSING:
        return ""
    return "heating" if not home.in_block and (spec is GAS_A or luck < 0.9) else "stove"

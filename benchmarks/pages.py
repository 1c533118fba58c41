"""The heaviest pages, warm, one worker: at 100,000 accounts against 1,000, and statistics against the home page.

The visitors have three years of nine services; everybody else has thirteen months of them.
``python -m benchmarks.pages [FEW] [MANY] [ROUNDS]`` calls the WSGI application in this process, in a database of its own.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import site
from benchmarks.site import Wsgi, connected, timed

ROUNDS = 200
VISITORS = 40
SERVICES = 9
MONTHS = 36
AT_MOST_GROWTH = 1.2
AT_MOST_HOME = 1.5
PAGES = ("settlements/", "forecast/", "events/", "bills/", "charges/", "statistics/")
HOME = ""

# Over the accounts that ``site.FILL`` has just made.
LINES_AND_PAYMENTS = """
INSERT INTO billing_billline (bill_id, line, service_id, operation, tariff, norm, volume, unit, basis, opening, charged,
    paid, closing, is_penalty)
SELECT bill.id, service.id::text, service.id, '', 7.12, '', 10 + n %% 20, '', 'meter', 20, bill.charged / %(services)s,
    20, 20, false
FROM fresh JOIN billing_bill bill ON bill.account_id = fresh.id, providers_service service
WHERE service.provider_id = %(provider)s;

INSERT INTO billing_postedpayment (account_id, external_id, received_on, amount, source, place)
SELECT id, 'p' || m, date_trunc('month', now()) - make_interval(months => m) + interval '12 days', 100 + n %% 900,
    'Личный кабинет', ''
FROM fresh, generate_series(1, 13) m;
"""
# The months before, for those who come to look.
YEARS_BEFORE = """
CREATE TEMPORARY TABLE visitor ON COMMIT DROP AS
    SELECT id FROM accounts_account WHERE number::int <= %(visitors)s;

INSERT INTO billing_bill (public_id, account_id, period, kind, number, as_of, opening, paid, charged, total,
    opening_is_net, final, revision)
SELECT gen_random_uuid(), id, date_trunc('month', now()) - make_interval(months => m), 'общая', '', now(),
    100, 100, 540, 540, false, true, 1
FROM visitor, generate_series(14, %(months)s) m;

INSERT INTO billing_billline (bill_id, line, service_id, operation, tariff, norm, volume, unit, basis, opening, charged,
    paid, closing, is_penalty)
SELECT bill.id, service.id::text, service.id, '', 7.12, '', 12, '', 'meter', 20, 60, 20, 20, false
FROM billing_bill bill JOIN visitor ON visitor.id = bill.account_id, providers_service service
WHERE service.provider_id = %(provider)s
    AND bill.period < date_trunc('month', now()) - make_interval(months => 13);

INSERT INTO metering_reading (meter_id, zone, taken_on, value, source, status, reason, route)
SELECT meter.id, '', date_trunc('month', now()) - make_interval(months => m) + interval '20 days', 5000 - m * 100,
    'inspector', 'accepted', '', ''
FROM metering_meter meter JOIN visitor ON visitor.id = meter.account_id, generate_series(14, %(months)s) m;
"""


@dataclass(frozen=True)
class Visitor:
    session: str
    account: str


@dataclass(frozen=True)
class Times:
    """Medians in milliseconds of one page in both databases."""

    small: float
    large: float

    @property
    def growth(self) -> float:
        return self.large / self.small


def main(few: int, many: int, rounds: int = ROUNDS) -> int:
    return site.measure_in_own_database(lambda folder: _measure(folder, few, many, rounds))


def _measure(folder: str, few: int, many: int, rounds: int) -> int:
    application = site.serve(folder)
    values = {**_provider(), "visitors": VISITORS, "services": SERVICES, "months": MONTHS}
    few_values = {**values, "first": 1, "last": few}
    site.fill(few_values, LINES_AND_PAYMENTS, YEARS_BEFORE)
    visitors = _visitors()
    with site.copy_of_database() as small:
        site.fill({**values, "first": few + 1, "last": many}, LINES_AND_PAYMENTS)
        times = _race(application, visitors, small, rounds)
    for page, taken in times.items():
        print(
            f"{page or 'home'}: {taken.small:.2f} ms at {few:,}, {taken.large:.2f} ms at {many:,}"
        )
    return _judge(times)


def _judge(times: Mapping[str, Times]) -> int:
    growth = max(times[page].growth for page in PAGES)
    against_home = times["statistics/"].large / times[HOME].large
    print(f"the page that grew most: {growth:.2f} (target: at most {AT_MOST_GROWTH})")
    print(f"statistics / home: {against_home:.2f} (target: at most {AT_MOST_HOME})")
    return 0 if growth <= AT_MOST_GROWTH and against_home <= AT_MOST_HOME else 1


def _provider() -> dict[str, int]:
    from tests.factories import ProviderFactory, ServiceFactory, TariffFactory

    provider = ProviderFactory(code="bench", policy__max_data_age_hours=1000)
    services = [ServiceFactory(provider=provider, name=f"Услуга {n}") for n in range(SERVICES)]
    for service in services:
        TariffFactory(service=service)
    return {"provider": provider.pk, "service": services[0].pk}


def _visitors() -> Sequence[Visitor]:
    from kabinet.accounts.models import Account

    accounts = Account.objects.order_by("pk")[:VISITORS]
    return [Visitor(site.sign_in(account), str(account.public_id)) for account in accounts]


def _race(
    application: Wsgi, visitors: Sequence[Visitor], small: Any, rounds: int
) -> Mapping[str, Times]:
    """Pages and databases take turns, so that all meet the same state of the machine; first visits only warm."""
    databases = {"small": small, "large": site.usual_connection()}
    pages = (HOME, *PAGES)
    taken: dict[tuple[str, str], list[float]] = {
        (page, name): [] for page in pages for name in databases
    }
    for number in range(len(visitors) + rounds):
        visitor = visitors[number % len(visitors)]
        for (page, name), times in taken.items():
            with connected(databases[name]):
                seconds = timed(application, f"/a/{visitor.account}/{page}", visitor.session)
            if number >= len(visitors):
                times.append(seconds)
    return {
        page: Times(*(statistics.median(taken[page, name]) * 1000 for name in databases))
        for page in pages
    }


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(numbers or [1_000, 100_000])))

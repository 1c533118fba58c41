"""Bill PDFs per second of one core, in batches: reading the data, drawing the codes and setting the pages.

``python -m benchmarks.bill_pdf [COUNT]`` makes COUNT bills of each kind in a database of its own.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import sys
import time

from kabinet.config.embedded import ensure_database

BATCH = 50
TARGET = 100
AT = dt.datetime(2026, 11, 1, 6, 0, tzinfo=dt.UTC)


def main(count: int) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kabinet.config.settings")
    ensure_database()
    import django
    from django.test.utils import setup_databases, teardown_databases

    django.setup()
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        speeds = [_measure(name, count) for name in ("gas", "electricity", "housing")]
    finally:
        teardown_databases(databases, verbosity=0)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"memory: {memory} MiB; target: {TARGET} PDFs a second per core")
    return 0 if speeds[0] >= TARGET else 1


def _measure(name: str, count: int) -> float:
    from kabinet.billing.documents import render_bill
    from kabinet.billing.models import Bill
    from kabinet.billing.paper import get_bill_papers
    from tests.billing import papers

    make = {
        "gas": papers.gas_bill,
        "electricity": papers.electricity_bill,
        "housing": papers.housing_bill,
    }[name]
    made = [make(number=f"{name}{number}").pk for number in range(count)]
    bills = list(Bill.objects.filter(pk__in=made).select_related("account").order_by("pk"))
    render_bill(get_bill_papers(bills[:1])[0], at=AT)

    reading = setting = 0.0
    size = 0
    for start in range(0, len(bills), BATCH):
        started = time.perf_counter()
        batch = get_bill_papers(bills[start : start + BATCH])
        reading += time.perf_counter() - started
        # A core's time, so that whatever else runs on the machine does not count; reading also waits for the database.
        started = time.process_time()
        size += sum(len(render_bill(paper, at=AT)[1]) for paper in batch)
        setting += time.process_time() - started
    speed = len(bills) / (reading + setting)
    print(
        f"{name:12} {speed:6.1f} PDFs/s per core   {1000 / speed:5.2f} ms each, of them reading "
        f"{1000 * reading / len(bills):.2f} ms; {size // len(bills) // 1024} KiB a file"
    )
    return speed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))

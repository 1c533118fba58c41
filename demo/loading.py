"""Bring an empty installation to the state that the demo shows, through the real import, once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from demo import logos, merchants
from demo.generator import Order, write_bundles
from demo.mark import is_demo, is_loaded, set_mark
from demo.providers import PROVIDERS, register
from demo.readings import send_readings
from demo.seed import SignIn, seed
from kabinet.exchange.enums import ImportMode
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.kernel.actors import SYSTEM
from kabinet.providers.models import Provider

SEED = 2026
MONTHS = 24


class NotTheDemo(Exception):  # noqa: N818 -- a fact, not an error
    """This database holds somebody's real providers; the demo keeps away from it."""


def load(*, folder: Path, accounts: int, at: datetime, say: Callable[[str], None]) -> list[SignIn]:
    """Generate and import the bundles unless an earlier start did, and give the people who can sign in.

    A start that was cut off is simply repeated: importing a bundle twice changes nothing.

    :raises NotTheDemo: the database has providers that the demo did not make.
    """
    if not is_demo(folder):
        if Provider.objects.exists():
            raise NotTheDemo
        set_mark(folder, loaded=False)
    if not is_loaded(folder):
        _import_all(folder / "demo", accounts, at, say)
        set_mark(folder, loaded=True)
    merchants.register(at=at)
    logos.register(at=at)
    sign_ins = seed(at=at)
    send_readings(at=at)
    return sign_ins


def _import_all(out: Path, accounts: int, at: datetime, say: Callable[[str], None]) -> None:
    register(at=at)
    shutil.rmtree(out, ignore_errors=True)
    order = Order(accounts, MONTHS, SEED, at.date(), PROVIDERS)
    for made in write_bundles(order, out, zipped=True):
        started = time.monotonic()
        report = import_bundle(
            actor=SYSTEM,
            path=made.path,
            provider_code=made.provider,
            options=Options(mode=ImportMode.STRICT),
            at=at,
        )
        if report.exit_status:
            raise RuntimeError(f"{made.path}: {report.as_json()}")
        rows = sum(made.rows.values())
        seconds = time.monotonic() - started
        say(f"  {made.provider}: {made.rows['accounts']} счетов, {rows} строк, {seconds:.1f} с")

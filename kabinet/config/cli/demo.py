"""`kabinet demo`: a working installation with invented providers, in one command."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kabinet.config.cli import bots, gosuslugi, networks, sandboxes, serve, telephones, worker
from kabinet.config.cli.children import run_together
from kabinet.config.cli.statics import collect_static
from kabinet.config.cli.words import Subparsers
from kabinet.config.paths import var_folder

if TYPE_CHECKING:
    from demo.seed import SignIn

ACCOUNTS = 1200
START_SECONDS = 60


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("demo", help="показать Кабинет на выдуманных поставщиках")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument(
        "--reset", action="store_true", help="стереть данные показа и начать заново"
    )
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help="счетов у всех поставщиков")
    parser.add_argument("--no-serve", action="store_true", help="только подготовить данные")
    return parser


def prepare(args: argparse.Namespace) -> None:
    """Demo mode is decided here and nowhere else; the children inherit it."""
    os.environ["KABINET_DEMO"] = "on"
    os.environ["KABINET_URL"] = f"http://localhost:{args.port}"
    sandboxes.point_at_sandboxes(args.port)
    telephones.point_at_telephones(args.port)
    networks.point_at_networks(port=args.port)
    bots.point_at_messengers(port=args.port)
    if args.reset:
        _forget()
    gosuslugi.point_at_gosuslugi(port=args.port, folder=var_folder())


def run(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from demo.loading import NotTheDemo, load
    from demo.payments import make_payments
    from kabinet.config.cli.migrate import migrate

    print("Готовим базу…", flush=True)
    migrate(verbosity=0)
    try:
        sign_ins = load(folder=var_folder(), accounts=args.accounts, at=timezone.now(), say=_say)
    except NotTheDemo:
        print("В этой базе настоящие поставщики: для показа укажите другую папку в KABINET_VAR.")
        return 1
    collect_static()
    banks = sandboxes.commands(site=f"http://127.0.0.1:{args.port}", folder=var_folder())
    make_payments(folder=var_folder(), commands=banks, at=timezone.now())
    if args.no_serve:
        return 0
    commands = [
        serve.command(host="127.0.0.1", port=args.port, workers=1),
        *worker.commands(concurrency=2),
        *banks,
        *gosuslugi.commands(folder=var_folder()),
        *networks.commands(),
        *bots.commands(site=f"http://127.0.0.1:{args.port}"),
        *telephones.commands(folder=var_folder()),
    ]
    return run_together(commands, on_started=lambda: _announce(args.port, sign_ins))


def _say(line: str) -> None:
    print(line, flush=True)


def _forget() -> None:
    """Erase the database and the files that the demo made, and only those."""
    from demo.mark import MARK, is_demo
    from kabinet.config.embedded import drop_embedded_database

    folder = var_folder()
    if os.environ.get("DATABASE_URL"):
        sys.exit("Стереть можно только встроенную базу: уберите DATABASE_URL.")
    if not is_demo(folder) and (folder / "pg").exists():
        sys.exit(f"В папке {folder} не показ: стирать её не будем.")
    drop_embedded_database()
    for name in ("files", "demo", sandboxes.FOLDER):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / MARK).unlink(missing_ok=True)


def _announce(port: int, sign_ins: Sequence[SignIn]) -> None:
    """Wait until the site answers, then say where it is and who can sign in."""
    address = f"http://localhost:{port}"
    _wait_until_ready(f"http://127.0.0.1:{port}/readyz")
    _say(f"\nКабинет открыт: {address}")
    _say(f"Письма и СМС показа: {address}/demo/mailbox/")
    _say("Тестовые карты — на странице оплаты: банки показа тоже здесь, деньги не настоящие.")
    _say(f"Пароль у всех один: {sign_ins[0].password}\n")
    for row in sign_ins:
        _say(f"  {row.login:<34} {row.tries}")
    _say("\nОстановить: Ctrl-C. Начать заново: make demo-reset.")


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 -- our own loopback address
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    _say("Сервер ещё не ответил: посмотрите сообщения выше.")

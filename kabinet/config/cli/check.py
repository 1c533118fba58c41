from __future__ import annotations

import argparse
import sys

from kabinet.config.cli.words import Subparsers


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    return subparsers.add_parser("check", help="проверить настройки, базу и очередь")


def run(_args: argparse.Namespace) -> int:
    """Run Django's deployment checks and ours; exit status 1 when Kabinet cannot serve."""
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    from kabinet.config.health import readiness, sign_up_state

    try:
        call_command("check", deploy=True)
    except SystemCheckError as error:
        print(error, file=sys.stderr)
        return 1
    words = {"database": "база данных", "migrations": "миграции", "queue": "очередь"}
    state = readiness()
    for name, fine in state.items():
        print(f"{words[name]}: {'в порядке' if fine else 'не готово'}")
    if not all(state.values()):
        return 1
    if sign_up_state() != "open":
        print(
            "регистрация закрыта: нет текста согласия; kabinet migrate опубликует тексты из поставки"
        )
    return 0

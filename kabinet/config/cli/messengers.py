"""`kabinet messengers`: tell each messenger where to bring its bot's news."""

from __future__ import annotations

import argparse
import sys

from kabinet.config.cli.words import Subparsers


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    return subparsers.add_parser(
        "messengers", help="сообщить мессенджерам, куда присылать новости ботов"
    )


def run(_args: argparse.Namespace) -> int:
    from kabinet.channels.connectors.base import NotSent
    from kabinet.channels.connectors.registering import NotRegistered
    from kabinet.identity.messengers.hooks import register_hook
    from kabinet.identity.messengers.offered import offered_messengers

    offered = offered_messengers()
    if not offered:
        sys.stdout.write(
            "Мессенджеры не подключены: KABINET_MESSENGERS пуст или вход по коду выключен.\n"
        )
        return 1
    failed = 0
    for messenger in offered:
        try:
            said = f"новости бота придут на {register_hook(messenger)}"
        except (NotSent, NotRegistered) as refusal:
            failed, said = 1, f"не вышло: {refusal}"
        sys.stdout.write(f"{messenger.label}: {said}\n")
    return failed

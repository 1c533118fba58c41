"""The sandbox bank while the demo's past is made: its clock stands back, and this hand plays the payers."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from kabinet.payments.gateways.registry import address

LOOPBACK = "http://127.0.0.1:"
SECONDS = 10
# Numbers of the sandbox's own test cards.
PAYS, NO_MONEY = "2202474301322987", "2200000000000053"


@dataclass
class Bank:
    """``now`` is what its clock says; it goes forward only."""

    base: str
    now: datetime

    def turn_to(self, moment: datetime) -> None:
        if moment > self.now:
            self._order("clock", seconds=(moment - self.now).total_seconds())
            self.now = moment

    def give_card(self, payment_id: str, number: str, *, keep: bool = False) -> None:
        """Type a card in on the bank's page; ``keep`` is its tick to remember it."""
        self._order("pay", payment_id=payment_id, card=number, keep=keep)

    def pay_by_phone(self, payment_id: str) -> None:
        """Confirm in the app of a bank."""
        self._order("pay", payment_id=payment_id, bank="100000000901")

    def _order(self, what: str, **content: object) -> None:
        request = urllib.request.Request(  # noqa: S310 -- the sandbox on this machine
            f"{self.base}/control/{what}",
            data=json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            answer.read()


def is_a_sandbox() -> bool:
    """Nothing is ever paid at a bank that is not on this machine."""
    return address("yookassa").startswith(LOOPBACK)


@contextmanager
def opened(command: Sequence[str], *, since: datetime, at: datetime) -> Iterator[Bank]:
    """Run the sandbox with its clock at ``since`` while it is ``at``; it keeps its books as the command says."""
    behind = str((at - since) // timedelta(seconds=1))
    quiet = _without(command, "--webhook")
    with subprocess.Popen(  # noqa: S603 -- our own program
        [*quiet, "--behind", behind], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 -- it is piped
            process.stdout.readline()
            yield Bank(address("yookassa").removesuffix("/v3"), since)
        finally:
            process.terminate()


def _without(command: Sequence[str], option: str) -> list[str]:
    """Leave an option with its value out: there is no site yet that could be told anything."""
    dropped = {at for at, word in enumerate(command) if word == option}
    return [word for at, word in enumerate(command) if at not in dropped and at - 1 not in dropped]

"""Presses of «Оплатить» by people who have not signed in."""

from __future__ import annotations

from datetime import datetime, timedelta

from kabinet.kernel import limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.limits import Claim, Rule

HOUR = timedelta(hours=1)
# Every checkout is kept for ever and asks a bank, so a program may not open them without end; it bars guests only.
ONE_ACCOUNT = Rule("guest.pay", tries=20, quiet=HOUR, blocks=(HOUR,))


def count_guests_press(*, actor: Actor, at: datetime) -> None:
    """Call before the checkout is opened, outside any transaction.

    :raises TooManyAttempts: guests have pressed too often for this account.
    """
    limits.take(Claim(ONE_ACCOUNT, str(actor.account_id)), at=at)

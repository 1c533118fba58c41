"""What a guest has proved, kept in the session and nowhere else: never in an address, never for long."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from kabinet.accounts.guests import Pass, PassOver
from kabinet.kernel.actors import Actor, Errand

# A place of its own for each errand: what was proved for one opens nothing for another.
SESSION_KEYS = {Errand.READINGS: "guest_pass", Errand.PAYING: "guest_pay_pass"}


def keep(request: HttpRequest, proved: Pass) -> None:
    """Under a new session key, so that a key planted before opens nothing."""
    request.session.cycle_key()
    request.session[SESSION_KEYS[proved.errand]] = [proved.account_id, proved.until.isoformat()]


def forget(request: HttpRequest, errand: Errand = Errand.READINGS) -> bool:
    """Say whether there was anything to forget."""
    return request.session.pop(SESSION_KEYS[errand], None) is not None


def guest_of(request: HttpRequest, *, at: datetime, errand: Errand = Errand.READINGS) -> Actor:
    """Give the guest as an actor.

    :raises PassOver: nothing was proved in this session, or too long ago.
    """
    kept = request.session.get(SESSION_KEYS[errand])
    if kept is None:
        raise PassOver
    account_id, until = kept
    proved = Pass(account_id, datetime.fromisoformat(until), errand)
    if proved.until <= at:
        raise PassOver
    return proved.actor(address=request.META.get("REMOTE_ADDR", ""))

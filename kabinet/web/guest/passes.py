"""What a guest has proved, kept in the session and nowhere else: never in an address, never for long."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from kabinet.accounts.guests import Pass, PassOver
from kabinet.kernel.actors import Actor

SESSION_KEY = "guest_pass"


def keep(request: HttpRequest, proved: Pass) -> None:
    """Under a new session key, so that a key planted before opens nothing."""
    request.session.cycle_key()
    request.session[SESSION_KEY] = [proved.account_id, proved.until.isoformat()]


def forget(request: HttpRequest) -> bool:
    """Say whether there was anything to forget."""
    return request.session.pop(SESSION_KEY, None) is not None


def guest_of(request: HttpRequest, *, at: datetime) -> Actor:
    """Give the guest as an actor.

    :raises PassOver: nothing was proved in this session, or too long ago.
    """
    kept = request.session.get(SESSION_KEY)
    if kept is None:
        raise PassOver
    account_id, until = kept
    proved = Pass(account_id, datetime.fromisoformat(until))
    if proved.until <= at:
        raise PassOver
    return proved.actor(address=request.META.get("REMOTE_ADDR", ""))

"""How many guesses at accounts a person and an address get (ACC-13, IDN-31)."""

from __future__ import annotations

from datetime import timedelta

from kabinet.kernel.actors import Actor
from kabinet.kernel.limits import Claim, Rule, network

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

ONE_ACCOUNT = Rule("accounts.proof", tries=5, quiet=DAY, blocks=(DAY,))
# Wider counts, against going through numbers. A whole house may sit behind one address.
ONE_PERSON = Rule("accounts.person", tries=20, quiet=DAY, blocks=(HOUR, DAY))
ONE_ADDRESS = Rule("accounts.address", tries=100, quiet=HOUR, blocks=(HOUR, 6 * HOUR, DAY))
# Everybody about one account: a crowd of made-up people gets no further into a six-digit PIN than this. The blocks are
# short, so that it delays the owner and does not keep them out.
ONE_NUMBER = Rule("accounts.number", tries=50, quiet=DAY, blocks=(HOUR, 6 * HOUR))


def about_account(actor: Actor, provider_id: int | None, number: str) -> Claim:
    """This person about this account, whether or not it exists; linking and upgrading share the count."""
    return Claim(ONE_ACCOUNT, f"{actor.user_id}:{provider_id}:{number}")


def wider(actor: Actor, provider_id: int | None, number: str) -> tuple[Claim, ...]:
    """The counts that others share: the person's at all accounts, the address's, and everybody's at this account."""
    claims = [
        Claim(ONE_PERSON, str(actor.user_id)),
        Claim(ONE_NUMBER, f"{provider_id}:{number}"),
    ]
    if actor.address:
        claims.append(Claim(ONE_ADDRESS, network(actor.address)))
    return tuple(claims)

"""What autopays do when something happens below."""

from __future__ import annotations

from kabinet.accounts.events import AccountUnlinked
from kabinet.kernel import events
from kabinet.payments.messages import autopay, cards


def subscribe() -> None:
    """Called once, when the app is ready."""
    autopay.register_writers()
    cards.register_writers()
    events.subscribe(AccountUnlinked, _end_with_link)


def _end_with_link(event: AccountUnlinked) -> None:
    from kabinet.payments.operations.autopay import changing

    changing.end_with_link(account_id=event.account_id, user_id=event.user_id, at=event.at)

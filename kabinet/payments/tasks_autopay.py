"""Tasks of autopays and saved cards; ``tasks`` imports them, which is where the queue looks for tasks."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app


@app.periodic(cron="*/10 * * * *")
@app.task(name="payments.plan_autopays", queueing_lock="payments.plan_autopays")
def plan_autopays(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations.autopay import planning

    planning.plan_runs(at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="payments.start_autopays", queueing_lock="payments.start_autopays")
def start_autopays(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations.autopay import starting

    starting.start_due_runs(at=timezone.now(), senders=starting.SENDERS)


@app.periodic(cron="* * * * *")
@app.task(name="payments.finish_autopays", queueing_lock="payments.finish_autopays")
def finish_autopays(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations.autopay import connecting, finishing

    finishing.finish_runs(at=timezone.now())
    connecting.settle_bindings(at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="payments.poll_bindings", queueing_lock="payments.poll_bindings")
def poll_bindings(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations import bindings

    bindings.poll_bindings(at=timezone.now())


@app.task(name="payments.forget_cards", retry=False)
def forget_cards(**_from_newer_senders: object) -> None:
    from kabinet.payments.operations import cards

    cards.forget_cards(at=timezone.now())


@app.periodic(cron="*/15 * * * *")
@app.task(name="payments.forget_cards_again", queueing_lock="payments.forget_cards_again")
def forget_cards_again(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    """What a bank did not hear, it is told again."""
    from kabinet.payments.operations import cards

    cards.forget_cards(at=timezone.now())


@app.periodic(cron="7 9 * * *")
@app.task(name="payments.tell_expiring_cards", queueing_lock="payments.tell_expiring_cards")
def tell_expiring_cards(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations import cards

    cards.tell_expiring_cards(at=timezone.now())

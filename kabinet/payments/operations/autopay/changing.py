"""What a person does with an autopay that exists: change it, skip a month, resume it, switch it off (PAY-17, 18)."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy

from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.payments import scopes
from kabinet.payments.enums import AutopayNote, AutopayRunState, AutopayState, AutopayWord
from kabinet.payments.messages import autopay as letters
from kabinet.payments.models import Autopay, AutopayRun
from kabinet.payments.operations.autopay.connecting import (
    AutopayNotOffered,
    AutopayTerms,
    check_terms,
    own_card,
    require_offered,
)
from kabinet.payments.operations.autopay.ending import end_autopays, end_locked, move
from kabinet.payments.operations.autopay.planning import turn_of
from kabinet.payments.queries.merchants import MerchantRow


class AutopayNotFound(NotVisible):
    pass


class NotConnected(Refused):
    message = gettext_lazy("Автоплатёж не подключён.")


class NotPaused(Refused):
    message = gettext_lazy("Автоплатёж не приостановлен.")


class ChargeUnderWay(Refused):
    message = gettext_lazy(
        "Платёж этого месяца уже идёт, пропустить его нельзя. Результат придёт вам на почту."
    )


class NothingSkipped(Refused):
    message = gettext_lazy("Этот месяц не пропущен.")


@transaction.atomic
def change_autopay(
    *,
    actor: Actor,
    account_id: uuid.UUID,
    terms: AutopayTerms,
    card_id: uuid.UUID,
    at: datetime,
) -> None:
    """Change limit, day, address, card or what happens above the limit; a month not begun is told of anew.

    Another day counts from the next time that it comes.

    :raises AutopayNotFound: the person has none on this account.
    :raises NotConnected: it is not connected yet.
    :raises TermsRefused: a limit, a day or an address that can't be.
    :raises CardNotFound: no such card of this person works with the payee.
    """
    autopay = _lock_own(actor, account_id)
    if autopay.state == AutopayState.BINDING:
        raise NotConnected
    check_terms(terms, autopay.account.provider.policy)
    payee = _payee(actor, autopay, at=at)
    if terms.day != autopay.day:
        autopay.counted_from = at
    autopay.card = own_card(actor, card_id, payee)
    autopay.limit, autopay.day, autopay.email = terms.limit.amount, terms.day, terms.email
    autopay.pays_up_to_limit = terms.pays_up_to_limit
    autopay.save()
    AutopayRun.objects.filter(autopay=autopay, state=AutopayRunState.PLANNED, tries=0).delete()
    audit.record(
        actor,
        "payments.autopay.change",
        autopay,
        at=at,
        limit=str(terms.limit.amount),
        day=terms.day,
    )


@transaction.atomic
def switch_off(*, actor: Actor, account_id: uuid.UUID, at: datetime) -> bool:
    """Switch the autopay off at once, without a reason (PAY-18).

    Gives True when a payment is with the bank at this moment: that one ends first, and nothing follows it.

    :raises AutopayNotFound: the person has none on this account.
    """
    autopay = _lock_own(actor, account_id)
    is_under_way = autopay.runs.filter(state=AutopayRunState.STARTED).exists()
    end_locked(autopay, actor=actor, why="by the person", at=at)
    return is_under_way


@transaction.atomic
def skip_month(*, actor: Actor, account_id: uuid.UUID, at: datetime) -> date:
    """Leave out the next month; gives its first day. The month after is paid as usual.

    :raises AutopayNotFound: the person has none on this account.
    :raises NotConnected: it is not in force.
    :raises ChargeUnderWay: the payment is with the bank already.
    """
    autopay = _lock_in_force(actor, account_id)
    if autopay.runs.filter(state=AutopayRunState.STARTED).exists():
        raise ChargeUnderWay
    run = _planned(autopay) or _next_run(autopay, at=at)
    run.state, run.told = AutopayRunState.SKIPPED, AutopayNote.BY_PERSON
    run.finished_at = at
    run.save()
    audit.record(actor, "payments.autopay.skip", autopay, at=at, period=str(run.period))
    return run.period


@transaction.atomic
def restore_month(*, actor: Actor, account_id: uuid.UUID, at: datetime) -> None:
    """Take the skipping back, as long as the month can still be told of and paid.

    :raises AutopayNotFound: the person has none on this account.
    :raises NotConnected: it is not in force.
    :raises NothingSkipped: no month to come is skipped.
    """
    autopay = _lock_in_force(actor, account_id)
    skipped = AutopayRun.objects.filter(
        autopay=autopay, state=AutopayRunState.SKIPPED, told=AutopayNote.BY_PERSON, tries=0
    )
    run = skipped.order_by("-period").first()
    turn = turn_of(autopay, taken=(), at=at)
    if run is None or run.period < turn.period:
        raise NothingSkipped
    audit.record(actor, "payments.autopay.restore", autopay, at=at, period=str(run.period))
    run.delete()


@transaction.atomic
def resume_autopay(*, actor: Actor, account_id: uuid.UUID, at: datetime) -> None:
    """Go on after three failures; the count of failures starts anew.

    :raises AutopayNotFound: the person has none on this account.
    :raises NotPaused: it is not paused.
    :raises AutopayNotOffered: the provider or its bank no longer does it.
    """
    autopay = _lock_own(actor, account_id)
    if autopay.state != AutopayState.PAUSED:
        raise NotPaused
    _payee(actor, autopay, at=at)
    move(autopay, AutopayState.ON)
    autopay.failures, autopay.counted_from = 0, at
    autopay.save(update_fields=["state", "failures", "counted_from"])
    audit.record(actor, "payments.autopay.resume", autopay, at=at)


def end_with_link(*, account_id: int, user_id: int, at: datetime) -> None:
    """The person no longer holds the account: their autopay goes off with the link, in its transaction (PAY-17)."""
    own = Autopay.objects.filter(account=account_id, user=user_id)
    for autopay in end_autopays(own, actor=SYSTEM, why="account unlinked", at=at):
        if autopay.connected_at is not None:
            letters.tell_ended(autopay, why=AutopayWord.UNLINKED, at=at)


def _lock_own(actor: Actor, account_id: uuid.UUID) -> Autopay:
    """Whether or not the account is open for paying now: switching off is always possible."""
    autopay = (
        scopes.own_autopays(actor)
        .filter(account__public_id=account_id)
        .exclude(state=AutopayState.OFF)
        .select_related("account__provider__policy")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if autopay is None:
        raise AutopayNotFound
    return autopay


def _payee(actor: Actor, autopay: Autopay, *, at: datetime) -> MerchantRow:
    if not scopes.payable_accounts(actor).filter(pk=autopay.account_id).exists():
        raise AutopayNotOffered
    return require_offered(autopay.account, at=at)


def _lock_in_force(actor: Actor, account_id: uuid.UUID) -> Autopay:
    autopay = _lock_own(actor, account_id)
    if autopay.state != AutopayState.ON:
        raise NotConnected
    return autopay


def _planned(autopay: Autopay) -> AutopayRun | None:
    """The autopay's lock keeps the workers away from it."""
    return (
        autopay.runs.filter(state=AutopayRunState.PLANNED)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )


def _next_run(autopay: Autopay, *, at: datetime) -> AutopayRun:
    taken = AutopayRun.objects.filter(account=autopay.account_id).order_by("-period")
    turn = turn_of(autopay, taken=list(taken.values_list("period", flat=True)[:24]), at=at)
    return AutopayRun(
        autopay=autopay,
        account_id=autopay.account_id,
        period=turn.period,
        due_at=turn.due_at or at,
    )

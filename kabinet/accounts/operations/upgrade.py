"""From limited to full access by one right answer (ACC-15)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import guesses, messages, proofs
from kabinet.accounts.enums import AccessLevel, LinkEventKind
from kabinet.accounts.events import AccessExtended
from kabinet.accounts.models import Account, AccountLink
from kabinet.accounts.operations.links import (
    close_waiting,
    lock_person,
    own_link,
    tell_provider,
)
from kabinet.accounts.queries import AccountNotFound, get_linked_accounts
from kabinet.identity.models import User
from kabinet.kernel import audit, events, limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import Proof


class AlreadyExtended(Refused):
    message = _("Полный доступ к этому счёту уже открыт.")


class ProofNotOffered(Refused):
    message = _(
        "Этот вопрос сейчас задать нельзя: поставщик не передал нужных данных. Выберите другой."
    )


class WrongAnswer(Refused):
    """Compared and not right; ``tries_left`` says how many more there are."""

    def __init__(self, tries_left: int, block: timedelta) -> None:
        self.tries_left = tries_left
        super().__init__(
            f"{_t('Ответ не подошёл, доступ не изменился.')} {say_left(tries_left, block)}"
        )


def say_left(tries_left: int, block: timedelta) -> str:
    if tries_left:
        return _t("Осталось попыток: %(n)s.") % {"n": tries_left}
    wait = limits.spoken_wait(block)
    return _t("Попытки закончились, снова ответить можно через %(wait)s.") % {"wait": wait}


def warn_holders(account: Account, *, actor: Actor, tries_left: int, at: datetime) -> None:
    """With the last try gone, tell those who hold the account; once for each block."""
    if not tries_left:
        messages.tell_of_guesses(account, by=actor.user_id, at=at)


def extend_access(
    *, actor: Actor, public_id: uuid.UUID, proof: Proof, answer: str, at: datetime
) -> None:
    """Compare one answer and open full access; a wrong one is counted and changes nothing.

    Not one transaction: the attempt is counted before the answer is looked at (kernel.limits).

    :raises AccountNotFound: the account is not linked to this person, or its provider is switched off.
    :raises AlreadyExtended: there is nothing to open.
    :raises ProofNotOffered: not one of the provider's questions, or it has no data for it.
    :raises BadAnswer: not of the asked kind; not counted.
    :raises TooManyAttempts: the person is blocked for this account, or altogether.
    :raises WrongAnswer: it was counted.
    """
    row = next((r for r in get_linked_accounts(actor=actor) if r.public_id == public_id), None)
    if row is None or not row.provider.is_active:
        raise AccountNotFound
    if row.is_extended:
        raise AlreadyExtended
    account = own_link(actor, public_id).account
    today = row.local_date(at)
    if proof not in proofs.offered(row.provider.policy.upgrade_proofs, account, today=today):
        raise ProofNotOffered
    proofs.require_answerable(proof, answer)

    claim = guesses.about_account(actor, row.provider.id, row.number)
    wider = guesses.wider(actor, row.provider.id, row.number)
    left = limits.take(claim, *wider, at=at)
    if not proofs.accepts(proof, account, answer=answer, today=today):
        warn_holders(account, actor=actor, tries_left=left, at=at)
        raise WrongAnswer(left, guesses.ONE_ACCOUNT.blocks[0])
    with transaction.atomic():
        user = lock_person(actor)
        open_fully(own_link(actor, public_id), user, actor=actor, proof=proof, at=at)
        limits.forget(claim, *wider)


def open_fully(link: AccountLink, user: User, *, actor: Actor, proof: Proof, at: datetime) -> None:
    """Raise a limited link in the caller's transaction; harmless when it is full already."""
    if link.level == AccessLevel.EXTENDED:
        return
    link.level, link.extended_at = AccessLevel.EXTENDED, at
    link.save(update_fields=["level", "extended_at"])
    tell_provider(link, user, LinkEventKind.EXTENDED, at)
    close_waiting(link, actor=actor, at=at)
    audit.record(actor, "accounts.link.extend", link, at=at, proof=proof.value)
    messages.tell_holders(link, proof=proof, is_new=False, at=at)
    events.publish(AccessExtended(account_id=link.account_id, user_id=user.pk, at=at))

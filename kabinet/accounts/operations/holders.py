"""Ending somebody else's access to one's account, after proving anew that it is one's own (ACC-27)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _t

from kabinet.accounts import guesses, messages, proofs, scopes
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import AccountLink
from kabinet.accounts.operations.finding import local_day
from kabinet.accounts.operations.links import end_link
from kabinet.accounts.operations.upgrade import ProofNotOffered, say_left, warn_holders
from kabinet.accounts.queries import HolderNotFound
from kabinet.accounts.queries.holders import ownership_questions
from kabinet.identity.models import User
from kabinet.kernel import audit, limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import Proof
from kabinet.providers.queries import to_provider_row


class OwnershipNotProved(Refused):
    """The answer was wrong and is counted; nobody's access has changed."""

    def __init__(self, tries_left: int) -> None:
        self.tries_left = tries_left
        words = _t("Ответ не подошёл, доступ того человека не изменился.")
        super().__init__(f"{words} {say_left(tries_left, guesses.ONE_ACCOUNT.blocks[0])}")


def revoke_holder(
    *,
    actor: Actor,
    public_id: uuid.UUID,
    holder_id: uuid.UUID,
    proof: Proof,
    answer: str,
    at: datetime,
) -> None:
    """End another person's link to the account, and tell them.

    Not one transaction: the attempt is counted before the answer is looked at (kernel.limits).

    :raises HolderNotFound: the actor has no full access to the account, or nobody else such holds it.
    :raises ProofNotOffered: not one of the provider's questions, or it has no data for it.
    :raises BadAnswer: not of the asked kind; not counted.
    :raises TooManyAttempts: the person is blocked for this account, or altogether.
    :raises OwnershipNotProved: it was counted.
    """
    account = _held_by_other(actor, public_id, holder_id).account
    provider = to_provider_row(account.provider)
    today = local_day(provider, at)
    if proof not in proofs.offered(ownership_questions(provider.policy), account, today=today):
        raise ProofNotOffered
    proofs.require_answerable(proof, answer)

    claim = guesses.about_account(actor, provider.id, account.number)
    wider = guesses.wider(actor, provider.id, account.number)
    left = limits.take(claim, *wider, at=at)
    if not proofs.accepts(proof, account, answer=answer, today=today):
        warn_holders(account, actor=actor, tries_left=left, at=at)
        raise OwnershipNotProved(left)
    with transaction.atomic():
        _lock_both(actor, holder_id)
        link = _held_by_other(actor, public_id, holder_id)
        end_link(link, link.user, actor=actor, at=at)
        audit.record(
            actor,
            "accounts.link.revoke",
            link,
            at=at,
            proof=proof.value,
            level=AccessLevel(link.level).value,
        )
        messages.tell_revoked(link, at=at)
        limits.forget(claim, *wider)


def _lock_both(actor: Actor, holder_id: uuid.UUID) -> None:
    """Lock both people in one order, so that two who shut each other out don't wait in a ring: one of them wins."""
    people = User.objects.filter(Q(pk=actor.user_id) | Q(public_id=holder_id))
    list(people.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _held_by_other(actor: Actor, public_id: uuid.UUID, holder_id: uuid.UUID) -> AccountLink:
    """:raises HolderNotFound: the actor's full access or the other's link is not in force."""
    links = scopes.other_links(actor).select_related("account__provider__policy", "user")
    link = links.filter(account__public_id=public_id, user__public_id=holder_id).first()
    if link is None:
        raise HolderNotFound
    return link

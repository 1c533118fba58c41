"""Linking an account: find it by number and search proofs, then link with the proof the provider asks for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import proofs
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.operations.finding import (
    AccountNotMatched,
    Wanted,
    clean_number,
    identify,
    local_day,
    require_room,
)
from kabinet.accounts.operations.links import lock_person, mark_primary
from kabinet.accounts.operations.opening import open_link
from kabinet.accounts.operations.upgrade import warn_holders
from kabinet.kernel import limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import Proof
from kabinet.providers.queries import (
    PolicyRow,
    ProviderRow,
    get_active_provider,
    to_provider_row,
)


class ProofRequired(Refused):
    message = _("Выберите, чем подтвердить, что счёт ваш, и ответьте на вопрос.")


class ConsentRequired(Refused):
    message = _("Без согласия на обработку данных счёта привязать его нельзя.")


class NoProofAvailable(Refused):
    message = _(
        "Поставщик пока не передал данных, по которым можно подтвердить, что счёт ваш. Обратитесь к нему."
    )


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account that fits the number and the search proofs; nothing of its content.

    ``proofs`` are the questions to choose from; ``may_be_limited`` when it may be linked without an answer;
    ``asks_staff`` when the provider's people may be asked to confirm instead.
    """

    provider: ProviderRow
    number: str
    proofs: tuple[Proof, ...]
    may_be_limited: bool
    asks_staff: bool


@dataclass(frozen=True, slots=True)
class Linked:
    public_id: uuid.UUID
    level: AccessLevel


def find_account(*, actor: Actor, wanted: Wanted, at: datetime) -> FoundAccount:
    """Look for an account by number and the provider's search proofs, and say what else must be proved.

    Counts as an attempt where something could be guessed, and gives it back when everything fits. Where staff
    confirm by the number alone nothing is looked up: any number goes on to the request.

    :raises ProviderNotFound: no such provider takes part.
    :raises NumberMalformed: not a number of this provider.
    :raises BadAnswer: a search proof is empty or of another kind.
    :raises TooManyAccounts: the person may link no more.
    :raises TooManyAttempts: too many guesses.
    :raises AccountNotMatched: nothing fits; counted.
    :raises NoProofAvailable: it fits, but the provider gave nothing to prove it by.
    """
    provider = get_active_provider(code=wanted.provider_code) if wanted.provider_code else None
    if provider is not None and by_staff_alone(provider.policy):
        number = clean_number(provider.policy, wanted.number)
        require_room(actor, provider, number)
        return FoundAccount(provider, number, (), may_be_limited=False, asks_staff=True)
    account, claims, _left = identify(actor, provider, wanted, at)
    limits.give_back(*claims)
    provider = to_provider_row(account.provider)
    policy = provider.policy
    found = FoundAccount(
        provider=provider,
        number=account.number,
        proofs=proofs.offered(policy.link_proofs, account, today=local_day(provider, at)),
        may_be_limited=_may_be_limited(policy),
        asks_staff=Proof.MANUAL in policy.link_proofs,
    )
    if not found.proofs and not found.may_be_limited and not found.asks_staff:
        raise NoProofAvailable
    return found


def link_account(*, actor: Actor, wanted: Wanted, at: datetime) -> Linked:
    """Link an account to the person: full access with a proof, limited without one where the provider allows it.

    Linking again what is linked changes nothing, save that a proof raises the level. Not one transaction: the
    attempt is counted before anything is compared (kernel.limits).

    :raises ProviderNotFound: no such provider takes part.
    :raises NumberMalformed: not a number of this provider.
    :raises ProofRequired: this provider wants a proof, or another one than was given.
    :raises ConsentRequired: this provider wants the person's consent, and it was not given (ACC-07).
    :raises BadAnswer: an answer is empty or of another kind; not counted.
    :raises TooManyAccounts: the person may link no more.
    :raises TooManyHolders: the account has as many people as its provider allows.
    :raises TooManyAttempts: too many guesses.
    :raises AccountNotMatched: the account or an answer does not fit; counted.
    """
    provider = get_active_provider(code=wanted.provider_code)
    _require_proof(provider.policy, wanted)
    require_consent(provider.policy, wanted)
    account, claims, left = identify(actor, provider, wanted, at)
    if wanted.proof is not None and not proofs.accepts(
        wanted.proof, account, answer=wanted.answer, today=local_day(provider, at)
    ):
        warn_holders(account, actor=actor, tries_left=left, at=at)
        raise AccountNotMatched(left)

    with transaction.atomic():
        user = lock_person(actor)
        link = open_link(actor=actor, user=user, account=account, wanted=wanted, at=at)
        if wanted.make_primary and not link.is_primary:
            mark_primary(link)
        if wanted.proof is None:
            limits.give_back(*claims)
        else:
            limits.forget(*claims)
    return Linked(account.public_id, AccessLevel(link.level))


def by_staff_alone(policy: PolicyRow) -> bool:
    """Nothing but the number is asked, and staff decide: an answer about the number would be one for the asking."""
    return (
        policy.link_proofs == (Proof.MANUAL,) and not policy.search_proofs and not policy.two_tier
    )


def require_consent(policy: PolicyRow, wanted: Wanted) -> None:
    """:raises ConsentRequired: this provider wants the person's consent, and it was not given (ACC-07)."""
    if policy.consent_at_linking and not wanted.consents:
        raise ConsentRequired


def _may_be_limited(policy: PolicyRow) -> bool:
    # A provider without any proof gives limited access only, never full (ACC-13).
    return policy.two_tier or not policy.link_proofs


def _require_proof(policy: PolicyRow, wanted: Wanted) -> None:
    if wanted.proof is None:
        if not _may_be_limited(policy):
            raise ProofRequired
        return
    # Staff confirm by a request of its own: no answer typed here can stand for them.
    if wanted.proof is Proof.MANUAL or wanted.proof not in policy.link_proofs:
        raise ProofRequired
    proofs.require_answerable(wanted.proof, wanted.answer)

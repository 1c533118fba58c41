"""Asking the provider's staff to confirm that an account is one's own (ACC-11, 13), and taking it back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import scopes
from kabinet.accounts.enums import REQUEST_TRANSITIONS, AccessLevel, RequestState
from kabinet.accounts.models import Account, LinkRequest
from kabinet.accounts.operations.finding import (
    Wanted,
    accounts_of,
    clean_number,
    count_attempt,
    identify,
    require_room,
)
from kabinet.accounts.operations.linking import (
    ProofRequired,
    by_staff_alone,
    require_consent,
)
from kabinet.accounts.operations.links import lock_person, own_link
from kabinet.accounts.operations.upgrade import AlreadyExtended, ProofNotOffered
from kabinet.accounts.queries import AccountNotFound, RequestNotFound, get_linked_accounts
from kabinet.kernel import audit, limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.workflow import require_transition
from kabinet.providers.enums import Proof
from kabinet.providers.queries import ProviderRow, get_active_provider

REQUESTS_A_DAY = 3
DAY = timedelta(days=1)


class AlreadyRequested(Refused):
    message = _("Вы уже попросили подтвердить этот счёт. Когда поставщик ответит, мы вам сообщим.")


class TooManyRequests(Refused):
    def __init__(self) -> None:
        words = _t("За сутки можно отправить не больше %(limit)s просьб. Попробуйте завтра.")
        super().__init__(words % {"limit": REQUESTS_A_DAY})


class ApplicantUnnamed(Refused):
    message = _("Напишите своё имя: по нему поставщик поймёт, кто просит.")


@dataclass(frozen=True, slots=True)
class Application:
    """The person's own words: the name by which the provider knows them, and what else may help."""

    name: str
    comment: str = ""


def request_confirmation(
    *, actor: Actor, wanted: Wanted, application: Application, at: datetime
) -> uuid.UUID:
    """Ask staff to confirm an account that is not linked yet; the search proofs must fit as they do for linking.

    Where nothing but the number is asked, a number that nobody has is taken like any other: only staff learn of it.
    The attempt is counted all the same.

    :raises ProviderNotFound, NumberMalformed, BadAnswer, ConsentRequired, TooManyAccounts, TooManyAttempts,
        AccountNotMatched: as ``link_account``.
    :raises ProofRequired: this provider's staff do not confirm.
    :raises ApplicantUnnamed, AlreadyExtended, AlreadyRequested, TooManyRequests: see there; nothing is counted.
    """
    provider = get_active_provider(code=wanted.provider_code)
    if Proof.MANUAL not in provider.policy.link_proofs:
        raise ProofRequired
    require_consent(provider.policy, wanted)
    number = clean_number(provider.policy, wanted.number)
    _require_new(actor, provider, number, application, at)
    account: Account | None
    if by_staff_alone(provider.policy):
        require_room(actor, provider, number)
        found = accounts_of(provider, number, wanted.branch_code)
        count_attempt(actor, provider, number, at)
        account = found.first()
    else:
        account, claims, _left = identify(actor, provider, wanted, at)
        limits.give_back(*claims)
    return _file(
        LinkRequest(
            provider_id=provider.id, account=account, number=number, consents=wanted.consents
        ),
        actor=actor,
        application=application,
        at=at,
    )


def request_extension(
    *, actor: Actor, public_id: uuid.UUID, application: Application, at: datetime
) -> uuid.UUID:
    """Ask staff for full access to an account that is linked with limited access (ACC-15).

    :raises AccountNotFound: the account is not linked to this person, or its provider is switched off.
    :raises AlreadyExtended: there is nothing to open.
    :raises ProofNotOffered: this provider's staff do not confirm.
    :raises ApplicantUnnamed, AlreadyRequested, TooManyRequests: see there.
    """
    row = next((r for r in get_linked_accounts(actor=actor) if r.public_id == public_id), None)
    if row is None or not row.provider.is_active:
        raise AccountNotFound
    if row.is_extended:
        raise AlreadyExtended
    if Proof.MANUAL not in row.provider.policy.upgrade_proofs:
        raise ProofNotOffered
    _require_new(actor, row.provider, row.number, application, at)
    account = own_link(actor, public_id).account
    return _file(
        LinkRequest(provider_id=row.provider.id, account=account, number=row.number, consents=True),
        actor=actor,
        application=application,
        at=at,
    )


@transaction.atomic
def withdraw_request(*, actor: Actor, public_id: uuid.UUID, at: datetime) -> None:
    """Take a request back before staff have decided.

    :raises RequestNotFound: the person has sent no such request.
    :raises TransitionRefused: it is decided or withdrawn already.
    """
    lock_person(actor)
    mine = scopes.own_link_requests(actor).select_for_update(of=("self",))
    request = mine.filter(public_id=public_id).first()
    if request is None:
        raise RequestNotFound
    require_transition(REQUEST_TRANSITIONS, current=request.state, target=RequestState.WITHDRAWN)
    request.state, request.decided_at = RequestState.WITHDRAWN, at
    request.save(update_fields=["state", "decided_at"])
    audit.record(actor, "accounts.request.withdraw", request, at=at)


@transaction.atomic
def _file(
    request: LinkRequest, *, actor: Actor, application: Application, at: datetime
) -> uuid.UUID:
    user = lock_person(actor)
    _require_free(actor, request.provider_id, request.number, at)
    request.user, request.created_at = user, at
    request.applicant = " ".join(application.name.split())[:150]
    request.comment = application.comment.strip()[:500]
    request.save()
    audit.record(actor, "accounts.request.send", request, at=at, consents=request.consents)
    return request.public_id


def _require_new(
    actor: Actor, provider: ProviderRow, number: str, application: Application, at: datetime
) -> None:
    """Everything that can be said from the person's own rows, before anything is looked up."""
    if not application.name.strip():
        raise ApplicantUnnamed
    full = scopes.visible_links(actor).filter(
        user=actor.user_id,
        level=AccessLevel.EXTENDED,
        account__provider=provider.id,
        account__number=number,
    )
    if full.exists():
        raise AlreadyExtended
    _require_free(actor, provider.id, number, at)


def _require_free(actor: Actor, provider_id: int, number: str, at: datetime) -> None:
    mine = scopes.own_link_requests(actor)
    if mine.filter(provider=provider_id, number=number, state=RequestState.WAITING).exists():
        raise AlreadyRequested
    if mine.filter(created_at__gt=at - DAY).count() >= REQUESTS_A_DAY:
        raise TooManyRequests

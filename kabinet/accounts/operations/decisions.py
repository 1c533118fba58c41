"""What a provider's staff do with a request for confirmation: look, approve, refuse (ACC-13)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import messages, scopes
from kabinet.accounts.enums import REQUEST_TRANSITIONS, RequestState
from kabinet.accounts.models import Account, LinkRequest
from kabinet.accounts.operations.finding import Wanted
from kabinet.accounts.operations.opening import open_link
from kabinet.accounts.queries import RequestNotFound
from kabinet.identity.models import User
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.workflow import require_transition
from kabinet.providers.enums import Proof


class AccountUnknown(Refused):
    message = _("Счёта с таким номером сейчас нет в данных поставщика: открыть доступ не к чему.")


class OwnRequest(Refused):
    message = _("Это ваша просьба: ответить на неё может только другой сотрудник.")


class ReasonMissing(Refused):
    message = _("Напишите причину отказа: её увидит человек.")


def record_look(*, actor: Actor, public_id: uuid.UUID, at: datetime) -> None:
    """Leave a trace of who read an applicant's and an account's personal data.

    :raises RequestNotFound: the actor may not manage such a request.
    """
    request = scopes.manageable_link_requests(actor).filter(public_id=public_id).first()
    if request is None:
        raise RequestNotFound
    audit.record(actor, "accounts.request.look", request, at=at)


@transaction.atomic
def approve_request(*, actor: Actor, public_id: uuid.UUID, at: datetime) -> None:
    """Open full access for the applicant, and tell them.

    :raises RequestNotFound: the actor may not manage such a request.
    :raises OwnRequest: the actor has sent it.
    :raises TransitionRefused: it is decided or withdrawn already.
    :raises AccountUnknown: the provider has no such account, or has withdrawn it.
    :raises TooManyAccounts: the applicant may link no more.
    :raises TooManyHolders: the account has as many people as its provider allows.
    """
    request, user = _lock(actor, public_id, RequestState.APPROVED)
    account = _account(request)
    request.account = account
    _close(request, RequestState.APPROVED, at)
    wanted = Wanted(
        provider_code=account.provider.code,
        number=account.number,
        proof=Proof.MANUAL,
        consents=request.consents,
    )
    open_link(actor=actor, user=user, account=account, wanted=wanted, at=at)
    audit.record(actor, "accounts.request.approve", request, at=at)
    messages.tell_request_approved(request, at=at)


@transaction.atomic
def refuse_request(*, actor: Actor, public_id: uuid.UUID, reason: str, at: datetime) -> None:
    """Refuse, and tell the applicant why.

    :raises RequestNotFound: the actor may not manage such a request.
    :raises OwnRequest: the actor has sent it.
    :raises TransitionRefused: it is decided or withdrawn already.
    :raises ReasonMissing: no reason was given.
    """
    words = " ".join(reason.split())[:300]
    if not words:
        raise ReasonMissing
    request, _user = _lock(actor, public_id, RequestState.REFUSED)
    request.reason = words
    _close(request, RequestState.REFUSED, at)
    audit.record(actor, "accounts.request.refuse", request, at=at)
    messages.tell_request_refused(request, at=at)


def _lock(actor: Actor, public_id: uuid.UUID, target: RequestState) -> tuple[LinkRequest, User]:
    """Lock the applicant, then the request: the order of everything that writes a person's links."""
    manageable = scopes.manageable_link_requests(actor).filter(public_id=public_id)
    owner = manageable.values_list("user", flat=True).first()
    if owner is None:
        raise RequestNotFound
    if owner == actor.user_id:
        raise OwnRequest
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=owner)
    request = (
        manageable.select_related("provider", "account__provider__policy", "user")
        .select_for_update(of=("self",))
        .get()
    )
    require_transition(REQUEST_TRANSITIONS, current=request.state, target=target)
    return request, user


def _account(request: LinkRequest) -> Account:
    """The account as it is now: it may have come with a bundle after the request, or have gone."""
    accounts = scopes.linkable_accounts().select_related("provider__policy")
    account = accounts.filter(provider=request.provider_id, number=request.number).first()
    if account is None:
        raise AccountUnknown
    return account


def _close(request: LinkRequest, state: RequestState, at: datetime) -> None:
    request.state, request.decided_at = state, at
    request.save(update_fields=["state", "decided_at", "reason", "account"])

"""The frame of every signed-in page: whose page it is, which account is open, what it may show."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kabinet.accounts.queries import AccountNotFound, LinkedAccountRow, get_linked_accounts
from kabinet.kernel.actors import Actor
from kabinet.providers.enums import Feature

CURRENT = "current_account"


@dataclass(frozen=True, slots=True)
class Portal:
    """``account`` is the open one, None on pages about no account; ``accounts`` fills the switcher."""

    actor: Actor
    accounts: Sequence[LinkedAccountRow]
    account: LinkedAccountRow | None


def actor_of(request: HttpRequest) -> Actor:
    assert request.user.pk is not None  # noqa: S101 -- LoginRequiredMiddleware let the request through
    return Actor.customer(
        request.user.pk,
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )


def open_portal(request: HttpRequest, public_id: uuid.UUID | None = None) -> Portal:
    """Load the person's accounts (one query) and find the one that the page is about.

    Without ``public_id`` it is the one opened last, else the primary, else the oldest (ACC-24, 25). What the session
    names counts only while it is linked.

    :raises AccountNotFound: ``public_id`` names an account that is not linked to this person.
    """
    actor = actor_of(request)
    accounts = get_linked_accounts(actor=actor)
    by_id = {str(account.public_id): account for account in accounts}
    first = next(iter(accounts), None)
    current = by_id.get(str(request.session.get(CURRENT)), first)
    if public_id is not None:
        if str(public_id) not in by_id:
            raise AccountNotFound
        chosen = by_id[str(public_id)]
        if chosen is not current:
            # The whole cabinet follows (ACC-24); staying with an account writes nothing.
            request.session[CURRENT] = str(public_id)
        current = chosen
    portal = Portal(actor, accounts, current)
    # The base template reads it for the switcher and the menu.
    request.portal = portal  # type: ignore[attr-defined]
    return portal


def open_own_account(request: HttpRequest, public_id: uuid.UUID) -> tuple[Portal, LinkedAccountRow]:
    """Open an account for a page about the link itself, which no section switch and no level closes.

    :raises AccountNotFound: it is not linked to this person.
    """
    portal = open_portal(request, public_id)
    if portal.account is None:
        raise AccountNotFound
    return portal, portal.account


def account_page(
    feature: Feature,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Open the account named in the address for a view ``(request, portal, account, …)``.

    A person without any account is shown the way to linking, a foreign account does not exist (404 both).
    A section that the provider has switched off does not exist (404, ACC-29). One that the limited level does
    not reach answers 403 with the offer of full access (ACC-14, 15).
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def opened(request: HttpRequest, account_id: uuid.UUID, **kwargs: Any) -> HttpResponse:
            try:
                portal, account = open_own_account(request, account_id)
            except AccountNotFound:
                if get_linked_accounts(actor=actor_of(request)):
                    raise
                # Somebody without any account, by an old bookmark: the way to linking, not an error (ACC-02).
                open_portal(request)
                return render(request, "web/accounts/no_account.html", status=404)
            if not account.offers(feature):
                raise AccountNotFound
            if not account.opens(feature):
                return render(
                    request,
                    "web/accounts/upgrade_offer.html",
                    {"account": account, "feature": feature},
                    status=403,
                )
            return view(request, portal, account, **kwargs)

        opened.feature = feature  # type: ignore[attr-defined]
        return opened

    return decorate

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
    return Actor.customer(request.user.pk, address=request.META.get("REMOTE_ADDR", ""))


def open_portal(request: HttpRequest, public_id: uuid.UUID | None = None) -> Portal:
    """Load the person's accounts (one query) and find the one that the page is about.

    Without ``public_id`` it is the last one opened on the home page, else the primary, else the oldest (ACC-24, 25).

    :raises AccountNotFound: ``public_id`` names an account that is not linked to this person.
    """
    actor = actor_of(request)
    accounts = get_linked_accounts(actor=actor)
    by_id = {account.public_id: account for account in accounts}
    if public_id is not None:
        if public_id not in by_id:
            raise AccountNotFound
        return _remember(request, Portal(actor, accounts, by_id[public_id]))

    chosen = request.session.get(CURRENT)
    remembered = by_id.get(uuid.UUID(chosen)) if chosen else None
    return _remember(request, Portal(actor, accounts, remembered or next(iter(accounts), None)))


def _remember(request: HttpRequest, portal: Portal) -> Portal:
    # The base template reads it for the switcher and the menu.
    request.portal = portal  # type: ignore[attr-defined]
    return portal


def account_page(
    feature: Feature,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Open the account named in the address for a view ``(request, portal, account, …)``.

    A section that the provider has switched off does not exist (404, ACC-29). One that the limited level does
    not reach answers 403 with the offer of full access (ACC-14, 15).
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def opened(request: HttpRequest, account_id: uuid.UUID, **kwargs: Any) -> HttpResponse:
            portal = open_portal(request, account_id)
            account = portal.account
            assert account is not None  # noqa: S101 -- open_portal raises instead
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

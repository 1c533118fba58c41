"""Contracts and acts of completed work (ACC-38–40)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kabinet.accounts.enums import ContractState
from kabinet.accounts.queries import ContractRow, LinkedAccountRow, get_acts, get_contracts
from kabinet.providers.enums import Feature
from kabinet.ui.asked import page_number
from kabinet.web.portal import Portal, account_page
from kabinet.web.tabs import Tab

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGES: Sequence[tuple[str, Feature, StrOrPromise]] = (
    ("contracts", Feature.CONTRACTS, _("Договоры")),
    ("acts", Feature.ACTS, _("Акты")),
)


@require_safe
@account_page(Feature.CONTRACTS)
def show_contracts(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """Those in force; the archive on request (ACC-38)."""
    at = timezone.now()
    contracts = get_contracts(
        actor=portal.actor, account_id=account.id, today=account.local_date(at)
    )
    shows_archive = "archive" in request.GET
    shown = [row for row in contracts if row.is_in_force is not shows_archive]
    return render(
        request,
        "web/accounts/contracts.html",
        {
            "account": account,
            "tabs": _tabs(account, "contracts"),
            "contracts": [(row, term_words(row)) for row in shown],
            "shows_archive": shows_archive,
            "ended": sum(not row.is_in_force for row in contracts),
            "is_stale": account.is_stale(at),
        },
    )


@require_safe
@account_page(Feature.ACTS)
def show_acts(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """What was done at the address, with its price (ACC-40)."""
    page = page_number(request)
    acts = get_acts(
        actor=portal.actor,
        account_id=account.id,
        timezone=account.provider.timezone,
        page=page,
    )
    return render(
        request,
        "web/accounts/acts.html",
        {
            "account": account,
            "tabs": _tabs(account, "acts"),
            "acts": acts.acts,
            "earlier": page + 1 if acts.has_earlier else None,
            "later": page - 1 if page > 1 else None,
            "is_stale": account.is_stale(timezone.now()),
        },
    )


def _tabs(account: LinkedAccountRow, here: str) -> Sequence[Tab]:
    """One page needs no tabs."""
    opened = [
        Tab(reverse(name, kwargs={"account_id": account.public_id}), text, is_here=name == here)
        for name, feature, text in PAGES
        if account.opens(feature)
    ]
    return opened if len(opened) > 1 else []


def term_words(contract: ContractRow) -> tuple[str, str]:
    """The kind of its tag and the phrase of its state: concluded, prolonged, ended (ACC-38)."""
    if contract.is_in_force:
        word = contract.state.label if contract.state else _("действует")
        return "done", str(word)
    terminated = contract.state is ContractState.TERMINATED
    return "plain", str(ContractState.TERMINATED.label if terminated else _("срок истёк"))

"""Finding the one account that a number and the provider's search proofs fit, with every attempt counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _t

from kabinet.accounts import guesses, proofs, scopes
from kabinet.accounts.calculations import without_spaces
from kabinet.accounts.models import Account
from kabinet.accounts.operations.upgrade import say_left
from kabinet.kernel import limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import LinkStep, Proof
from kabinet.providers.queries import (
    PolicyRow,
    ProviderRow,
    get_active_providers,
    get_branch_family,
    to_provider_row,
)

LONGEST_NUMBER = 64


class NumberMalformed(Refused):
    """The number does not follow the provider's pattern; nothing was looked up (ACC-04)."""


class AccountNotMatched(Refused):
    """No such account, or an answer was wrong: the words do not tell which (ACC-06, 07, 12)."""

    def __init__(self, tries_left: int) -> None:
        self.tries_left = tries_left
        advice = _t(
            "Не нашли такой лицевой счёт. Проверьте, что вы ввели. Если всё верно, обратитесь к поставщику: "
            "возможно, он ещё не передал данные этого счёта."
        )
        super().__init__(f"{advice} {say_left(tries_left, guesses.ONE_ACCOUNT.blocks[0])}")


class TooManyAccounts(Refused):
    def __init__(self, limit: int) -> None:
        words = _t(
            "Больше лицевых счетов привязать нельзя: предел — %(limit)s. Отвяжите ненужный счёт."
        )
        super().__init__(words % {"limit": limit})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person typed to link an account. Without ``provider_code`` it is looked for by number and address.

    With ``branch_code`` an account of another branch is not found (ACC-11).
    """

    provider_code: str
    number: str
    search: Mapping[Proof, str] = field(default_factory=dict)
    proof: Proof | None = None
    answer: str = ""
    make_primary: bool = False
    consents: bool = False
    branch_code: str = ""


def clean_number(policy: PolicyRow, number: str) -> str:
    """Take the spaces out and hold the number against the provider's pattern (ACC-04).

    :raises NumberMalformed: with the provider's hint.
    """
    plain = without_spaces(number)
    fits = re.fullmatch(policy.account_pattern, plain, re.ASCII) is not None
    if not fits or len(plain) > LONGEST_NUMBER or "\0" in plain:
        raise NumberMalformed(
            _t("Номер не похож на лицевой счёт этого поставщика: %(hint)s.")
            % {"hint": policy.account_hint}
        )
    return plain


def identify(
    actor: Actor, provider: ProviderRow | None, wanted: Wanted, at: datetime
) -> tuple[Account, tuple[limits.Claim, ...], int]:
    """Count the attempt, then find the one account that the number and every search proof fit.

    :raises NumberMalformed, BadAnswer: typed wrong; not counted.
    :raises BranchNotFound: the provider has no such branch.
    :raises TooManyAccounts: the person may link no more.
    :raises TooManyAttempts: too many guesses.
    :raises AccountNotMatched: nothing fits; counted.
    """
    if provider is None:
        number = without_spaces(wanted.number)[:LONGEST_NUMBER].replace("\0", "")
        asked: tuple[Proof, ...] = (Proof.ADDRESS,)
    else:
        number = clean_number(provider.policy, wanted.number)
        asked = provider.policy.search_proofs
    for proof in asked:
        proofs.require_answerable(proof, wanted.search.get(proof, ""))
    require_room(actor, provider, number)

    claims, left = count_attempt(actor, provider, number, at)
    fitting = [
        account
        for account in _candidates(provider, number, wanted.branch_code)
        if proofs.accepts_all(
            {proof: wanted.search[proof] for proof in asked},
            account,
            today=local_day(to_provider_row(account.provider), at),
        )
    ]
    if len(fitting) != 1:
        raise AccountNotMatched(left)
    return fitting[0], claims, left


def count_attempt(
    actor: Actor, provider: ProviderRow | None, number: str, at: datetime
) -> tuple[tuple[limits.Claim, ...], int]:
    """Take one attempt at this number; the first claim is the person's about this account.

    :raises TooManyAttempts: too many guesses.
    """
    provider_id = provider.id if provider else None
    claim = guesses.about_account(actor, provider_id, number)
    claims = (claim, *guesses.wider(actor, provider_id, number))
    return claims, limits.take(*claims, at=at)


def accounts_of(provider: ProviderRow, number: str, branch_code: str) -> QuerySet[Account]:
    """The account of this number as a stranger may come to it; of the branch's, or of none that is known.

    :raises BranchNotFound: the provider has no such branch.
    """
    accounts = scopes.linkable_accounts().filter(provider=provider.id, number=number)
    if branch_code:
        family = get_branch_family(provider_id=provider.id, code=branch_code)
        accounts = accounts.filter(Q(branch=None) | Q(branch__in=family))
    return accounts.select_related("provider__policy")


def require_room(actor: Actor, provider: ProviderRow | None, number: str) -> None:
    """:raises TooManyAccounts: one more would pass the installation's or the provider's limit (ACC-21)."""
    held = list(
        scopes.visible_links(actor)
        .filter(user=actor.user_id)
        .values_list("account__provider_id", "account__number")
    )
    at_provider = [held_number for pk, held_number in held if provider and pk == provider.id]
    if number in at_provider:
        return
    if len(held) >= settings.LINK_MAX_ACCOUNTS:
        raise TooManyAccounts(settings.LINK_MAX_ACCOUNTS)
    if provider and len(at_provider) >= provider.policy.max_accounts:
        raise TooManyAccounts(provider.policy.max_accounts)


def local_day(provider: ProviderRow, at: datetime) -> date:
    return at.astimezone(ZoneInfo(provider.timezone)).date()


def _candidates(provider: ProviderRow | None, number: str, branch_code: str) -> list[Account]:
    if provider is not None:
        return list(accounts_of(provider, number, branch_code))
    # Where linking begins with the address, it finds every provider's accounts; elsewhere those found so anyway.
    is_first = settings.LINK_FIRST_STEP == LinkStep.NONE
    by_address = [
        row.id
        for row in get_active_providers()
        if is_first or Proof.ADDRESS in row.policy.search_proofs
    ]
    accounts = scopes.linkable_accounts().select_related("provider__policy")
    return list(accounts.filter(number=number, provider__in=by_address))

"""Linking an account: find it by number and search proofs, then link with the proof the provider asks for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import guesses, messages, proofs, scopes
from kabinet.accounts.calculations import without_spaces
from kabinet.accounts.enums import AccessLevel, LinkEventKind
from kabinet.accounts.events import AccountLinked
from kabinet.accounts.models import Account, AccountLink
from kabinet.accounts.operations.links import lock_person, mark_primary, tell_provider
from kabinet.accounts.operations.upgrade import open_fully, say_left
from kabinet.identity.models import User
from kabinet.kernel import audit, events, limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import Proof
from kabinet.providers.queries import (
    PolicyRow,
    ProviderRow,
    get_active_provider,
    get_active_providers,
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


class ProofRequired(Refused):
    message = _("Выберите, чем подтвердить, что счёт ваш, и ответьте на вопрос.")


class ConsentRequired(Refused):
    message = _("Без согласия на обработку данных счёта привязать его нельзя.")


class NoProofAvailable(Refused):
    message = _(
        "Поставщик пока не передал данных, по которым можно подтвердить, что счёт ваш. Обратитесь к нему."
    )


class TooManyAccounts(Refused):
    def __init__(self, limit: int) -> None:
        words = _t(
            "Больше лицевых счетов привязать нельзя: предел — %(limit)s. Отвяжите ненужный счёт."
        )
        super().__init__(words % {"limit": limit})


class TooManyHolders(Refused):
    message = _("Этот лицевой счёт уже привязало наибольшее число людей. Обратитесь к поставщику.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person typed to link an account. Without ``provider_code`` it is looked for by number and address."""

    provider_code: str
    number: str
    search: Mapping[Proof, str] = field(default_factory=dict)
    proof: Proof | None = None
    answer: str = ""
    make_primary: bool = False
    consents: bool = False


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account that fits the number and the search proofs; nothing of its content.

    ``proofs`` are the questions to choose from; ``may_be_limited`` when it may be linked without an answer.
    """

    provider: ProviderRow
    number: str
    proofs: tuple[Proof, ...]
    may_be_limited: bool


@dataclass(frozen=True, slots=True)
class Linked:
    public_id: uuid.UUID
    level: AccessLevel


def find_account(*, actor: Actor, wanted: Wanted, at: datetime) -> FoundAccount:
    """Look for an account by number and the provider's search proofs, and say what else must be proved.

    Counts as an attempt where something could be guessed, and gives it back when everything fits.

    :raises ProviderNotFound: no such provider takes part.
    :raises NumberMalformed: not a number of this provider.
    :raises BadAnswer: a search proof is empty or of another kind.
    :raises TooManyAccounts: the person may link no more.
    :raises TooManyAttempts: too many guesses.
    :raises AccountNotMatched: nothing fits; counted.
    :raises NoProofAvailable: it fits, but the provider gave nothing to prove it by.
    """
    provider = get_active_provider(code=wanted.provider_code) if wanted.provider_code else None
    account, claims, _left = _identify(actor, provider, wanted, at)
    limits.give_back(*claims)
    provider = to_provider_row(account.provider)
    policy = provider.policy
    found = FoundAccount(
        provider=provider,
        number=account.number,
        proofs=proofs.offered(policy.link_proofs, account, today=_today(provider, at)),
        may_be_limited=_may_be_limited(policy),
    )
    if not found.proofs and not found.may_be_limited:
        raise NoProofAvailable
    return found


def link_account(*, actor: Actor, wanted: Wanted, at: datetime) -> Linked:
    """Link an account to the person: full access with a proof, limited without one where the provider allows it.

    Linking again what is linked changes nothing, save that a proof raises the level. Not one transaction: the
    attempt is counted before anything is compared (kernel.limits).

    :raises ProviderNotFound: no such provider takes part.
    :raises NumberMalformed: not a number of this provider.
    :raises ProofRequired: this provider wants an answer, and there is none to a question of its choice.
    :raises ConsentRequired: this provider wants the person's consent, and it was not given (ACC-07).
    :raises BadAnswer: an answer is empty or of another kind; not counted.
    :raises TooManyAccounts: the person may link no more.
    :raises TooManyHolders: the account has as many people as its provider allows.
    :raises TooManyAttempts: too many guesses.
    :raises AccountNotMatched: the account or an answer does not fit; counted.
    """
    provider = get_active_provider(code=wanted.provider_code)
    _require_proof(provider.policy, wanted)
    if provider.policy.consent_at_linking and not wanted.consents:
        raise ConsentRequired
    account, claims, left = _identify(actor, provider, wanted, at)
    if wanted.proof is not None and not proofs.accepts(
        wanted.proof, account, answer=wanted.answer, today=_today(provider, at)
    ):
        raise AccountNotMatched(left)

    with transaction.atomic():
        user = lock_person(actor)
        link = _open_link(actor, user, account, wanted, at)
        if wanted.make_primary and not link.is_primary:
            mark_primary(link)
        if wanted.proof is None:
            limits.give_back(*claims)
        else:
            limits.forget(*claims)
    return Linked(account.public_id, AccessLevel(link.level))


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


def _may_be_limited(policy: PolicyRow) -> bool:
    # A provider without any proof gives limited access only, never full (ACC-13).
    return policy.two_tier or not policy.link_proofs


def _require_proof(policy: PolicyRow, wanted: Wanted) -> None:
    if wanted.proof is None:
        if not _may_be_limited(policy):
            raise ProofRequired
        return
    if wanted.proof not in policy.link_proofs:
        raise ProofRequired
    proofs.require_answerable(wanted.proof, wanted.answer)


def _identify(
    actor: Actor, provider: ProviderRow | None, wanted: Wanted, at: datetime
) -> tuple[Account, tuple[limits.Claim, ...], int]:
    """Count the attempt, then find the one account that the number and every search proof fit."""
    if provider is None:
        number = without_spaces(wanted.number)[:LONGEST_NUMBER].replace("\0", "")
        asked: tuple[Proof, ...] = (Proof.ADDRESS,)
    else:
        number = clean_number(provider.policy, wanted.number)
        asked = provider.policy.search_proofs
    for proof in asked:
        proofs.require_answerable(proof, wanted.search.get(proof, ""))
    _require_room(actor, provider, number)

    provider_id = provider.id if provider else None
    claim = guesses.about_account(actor, provider_id, number)
    claims = (claim, *guesses.wider(actor, provider_id, number))
    left = limits.take(*claims, at=at)
    fitting = [
        account
        for account in _candidates(provider, number)
        if proofs.accepts_all(
            {proof: wanted.search[proof] for proof in asked},
            account,
            today=_today(to_provider_row(account.provider), at),
        )
    ]
    if len(fitting) != 1:
        raise AccountNotMatched(left)
    return fitting[0], claims, left


def _candidates(provider: ProviderRow | None, number: str) -> list[Account]:
    accounts = scopes.linkable_accounts().select_related("provider__policy").filter(number=number)
    if provider is not None:
        return list(accounts.filter(provider=provider.id))
    by_address = [
        row.id for row in get_active_providers() if Proof.ADDRESS in row.policy.search_proofs
    ]
    return list(accounts.filter(provider__in=by_address))


def _require_room(actor: Actor, provider: ProviderRow | None, number: str) -> None:
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


def _open_link(
    actor: Actor, user: User, account: Account, wanted: Wanted, at: datetime
) -> AccountLink:
    """Find or make the link in force; the person is locked, so a double click makes one."""
    link = AccountLink.objects.filter(user=user, account=account, ended_at=None).first()
    if link is not None:
        if wanted.proof is not None:
            open_fully(link, user, actor=actor, proof=wanted.proof, at=at)
        return link

    provider = to_provider_row(account.provider)
    _require_room(actor, provider, account.number)
    _require_place(account, provider.policy)
    is_first = not AccountLink.objects.filter(user=user, ended_at=None).exists()
    level = AccessLevel.LIMITED if wanted.proof is None else AccessLevel.EXTENDED
    link = AccountLink.objects.create(
        user=user,
        account=account,
        level=level,
        is_primary=is_first,
        linked_at=at,
        extended_at=at if level is AccessLevel.EXTENDED else None,
    )
    tell_provider(link, user, LinkEventKind.LINKED, at)
    if level is AccessLevel.EXTENDED:
        tell_provider(link, user, LinkEventKind.EXTENDED, at)
    audit.record(
        actor,
        "accounts.link.open",
        link,
        at=at,
        level=level.value,
        proof=wanted.proof.value if wanted.proof else None,
        consents=wanted.consents,
    )
    messages.tell_holders(link, at=at)
    events.publish(AccountLinked(account_id=account.pk, user_id=user.pk, level=level, at=at))
    return link


def _require_place(account: Account, policy: PolicyRow) -> None:
    """:raises TooManyHolders: two people at the last place would both see it free, so one waits for the other.

    An advisory lock, because an import holds the account's row for as long as it runs.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"accounts.holders:{account.pk}"],
        )
    if AccountLink.objects.filter(account=account, ended_at=None).count() >= policy.max_holders:
        raise TooManyHolders


def _today(provider: ProviderRow, at: datetime) -> date:
    return at.astimezone(ZoneInfo(provider.timezone)).date()

"""Guests: who knows an account's number and one more fact may act for it, narrowly and not for long (MET-15–18, PAY-19).

Whatever guests may do begins with ``prove_account``, so that every way shares the same counts (MET-16).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import proofs, scopes
from kabinet.accounts.calculations import fold, without_spaces
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import Account
from kabinet.accounts.queries import AccountNotFound, LinkedAccountRow
from kabinet.kernel import audit, limits
from kabinet.kernel.actors import Actor, Errand
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim, Rule
from kabinet.providers.enums import Feature, GuestCheck, Proof
from kabinet.providers.models import Provider
from kabinet.providers.queries import to_provider_row

PASS_LIFETIME = timedelta(minutes=15)
LONGEST_NUMBER = 64
# A surname alone would be one letter, guessed in a few tries.
FEWEST_INITIALS = 2

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# Three wrong fillings in a row (MET-16, IDN-31). The numbers may differ, so the key is the place they come from.
IN_A_ROW = Rule("guest.row", tries=3, quiet=DAY, blocks=(HOUR / 4, HOUR / 2, HOUR, 6 * HOUR))
# Success clears the count in a row, so somebody with an account of his own could guess on for ever: these stay.
ONE_ADDRESS = Rule("guest.address", tries=30, quiet=HOUR, blocks=(HOUR, 6 * HOUR, DAY))
# Everybody about one number. It bars guests only, never the owner who signs in.
ONE_NUMBER = Rule("guest.number", tries=15, quiet=DAY, blocks=(HOUR, 6 * HOUR, DAY))


class NumberMalformed(Refused):
    """The number fits no provider that could be meant; nothing was looked up (ACC-04)."""

    def __init__(self, hint: str) -> None:
        words = _t("Номер не похож на лицевой счёт: в нём %(hint)s.")
        super().__init__(words % {"hint": hint})


class GuestNotMatched(Refused):
    """No such account, a wrong fact, or a provider that takes nothing from guests: the words do not tell which.

    ``until`` is set when this was the last try.
    """

    def __init__(self, *, tries_left: int, until: datetime | None, at: datetime) -> None:
        self.tries_left, self.until = tries_left, until
        advice = _t("По этим данным счёт не нашёлся. Сверьте их со счётом за услуги.")
        left = _t("Осталось попыток: %(n)s.") % {"n": tries_left}
        if until is not None:
            wait = {"wait": limits.spoken_wait(until - at)}
            left = _t("Попытки закончились, снова можно через %(wait)s.") % wait
        super().__init__(f"{advice} {left}")


class PassOver(Refused):
    message = _("Время вышло. Введите номер счёта ещё раз.")


@dataclass(frozen=True, slots=True)
class GuestProvider:
    """A provider that lets guests do what they came for, and what it asks them (MET-18, PAY-19)."""

    id: int
    name: str
    phone: str
    check: GuestCheck
    regions: tuple[str, ...]
    number_pattern: str
    number_hint: str


@dataclass(frozen=True, slots=True)
class Filling:
    """What a guest typed: region and initials, or house and flat, by ``check``."""

    check: GuestCheck
    number: str
    region: str = ""
    initials: str = ""
    house: str = ""
    flat: str = ""

    @property
    def proof(self) -> tuple[Proof, str]:
        if self.check is GuestCheck.INITIALS:
            return Proof.INITIALS, self.initials
        return Proof.ADDRESS, f"{self.house} {self.flat}"


@dataclass(frozen=True, slots=True)
class Pass:
    """One account, for one errand, until a moment; all that a guest has proved."""

    account_id: int
    until: datetime
    errand: Errand = Errand.READINGS

    def actor(self, *, address: str) -> Actor:
        return Actor.guest(self.account_id, until=self.until, errand=self.errand, address=address)


@dataclass(frozen=True, slots=True)
class GuestAccountRow(LinkedAccountRow):
    """The proved account: no name, no address, and nothing but what the guest came for."""

    errand: Errand = Errand.READINGS

    def opens(self, feature: Feature) -> bool:
        return feature is scopes.ERRAND_FEATURES[self.errand] and self.offers(feature)


def get_guest_providers(errand: Errand = Errand.READINGS) -> Sequence[GuestProvider]:
    """Give the providers that let people in without signing in, by name; two queries, or one without such."""
    providers = _taking_guests(errand).select_related("policy").prefetch_related("branches")
    return [_to_guest_provider(provider, errand) for provider in providers.order_by("name", "pk")]


def _taking_guests(errand: Errand) -> QuerySet[Provider]:
    return Provider.objects.filter(scopes.takes_guests("policy__", errand), is_active=True)


def _to_guest_provider(provider: Provider, errand: Errand) -> GuestProvider:
    named = [provider.region, *(branch.region for branch in provider.branches.all())]
    return GuestProvider(
        id=provider.pk,
        name=provider.name,
        phone=provider.phone,
        check=scopes.guest_check(provider.policy, errand),
        # A provider that has told no region stands in the list by its name.
        regions=tuple(dict.fromkeys(filter(None, named))) or (provider.name,),
        number_pattern=provider.policy.account_pattern,
        number_hint=provider.policy.account_hint,
    )


def require_unblocked(*, actor: Actor, at: datetime) -> None:
    """Count nothing; a page asks before it has anything to prove.

    :raises TooManyAttempts: guests from this place are blocked.
    """
    until = limits.blocked_until(*_of_place(actor), at=at)
    if until is not None:
        raise limits.TooManyAttempts(until=until, at=at)


def is_suspect(*, actor: Actor, number: str, at: datetime) -> bool:
    """Whether this place, or anybody about this number, has earned a block within the day (MET-17, IDN-30)."""
    return limits.was_blocked(*_claims(actor, without_spaces(number)[:LONGEST_NUMBER]), at=at)


def prove_account(
    *, actor: Actor, filling: Filling, at: datetime, errand: Errand = Errand.READINGS
) -> Pass:
    """Let a guest act for the one account that the number and the fact fit, for a quarter of an hour.

    Whatever the errand, the counts are the same ones (MET-16).
    Not one transaction: the attempt is counted before anything is compared (kernel.limits).

    :raises NumberMalformed: not a number of any provider that could be meant; not counted.
    :raises BadAnswer: the fact is empty or of another kind; not counted.
    :raises TooManyAttempts: blocked; nothing was looked up, and the block grows no longer.
    :raises GuestNotMatched: nothing fits; counted.
    """
    proof, answer = filling.proof
    number, meant = _clean(filling, errand)
    proofs.require_answerable(proof, answer)
    claims = _claims(actor, number)
    left = _count(claims, at)
    fitting = [
        account
        for account in scopes.guest_accounts(errand).filter(number=number, provider__in=meant)
        if _is_provable(proof, account)
        and proofs.accepts(proof, account, answer=answer, today=at.date())
    ]
    if len(fitting) != 1:
        until = None if left else limits.blocked_until(*claims, at=at)
        raise GuestNotMatched(tries_left=left, until=until, at=at)
    with transaction.atomic():
        audit.record(
            actor,
            "accounts.guest.prove",
            fitting[0],
            at=at,
            check=filling.check.value,
            errand=errand.value,
        )
        limits.forget(*claims)
    return Pass(fitting[0].pk, at + PASS_LIFETIME, errand)


def get_guest_account(*, actor: Actor, at: datetime) -> GuestAccountRow:
    """Give the account that the guest has proved; one query.

    :raises PassOver: that was too long ago, or the actor is no guest.
    :raises AccountNotFound: its provider takes nothing from guests any more.
    """
    require_valid(actor, at)
    errand = actor.errand or Errand.READINGS
    accounts = scopes.accounts_open_for(actor, scopes.ERRAND_FEATURES[errand])
    account = accounts.select_related("provider__policy").first()
    if account is None:
        raise AccountNotFound
    return GuestAccountRow(
        id=account.pk,
        public_id=account.public_id,
        number=account.number,
        alias="",
        address="",
        level=AccessLevel.LIMITED,
        is_primary=False,
        linked_at=at,
        closed_on=account.closed_on,
        missing_since=account.missing_since,
        as_of=account.as_of,
        provider=to_provider_row(account.provider),
        errand=errand,
    )


def require_valid(actor: Actor, at: datetime) -> None:
    """:raises PassOver: the actor is no guest, or not any more."""
    if actor.until is None or actor.until <= at:
        raise PassOver


def _clean(filling: Filling, errand: Errand) -> tuple[str, list[int]]:
    """Give the number without spaces, and the providers whose pattern it fits."""
    number = without_spaces(filling.number)[:LONGEST_NUMBER].replace("\0", "")
    meant = [
        provider
        for provider in get_guest_providers(errand)
        if provider.check is filling.check
        and (filling.check is GuestCheck.ADDRESS or filling.region in provider.regions)
    ]
    fitting = [row.id for row in meant if re.fullmatch(row.number_pattern, number, re.ASCII)]
    if not fitting:
        hints = dict.fromkeys(row.number_hint for row in meant)
        raise NumberMalformed(_t(" или ").join(hints) or _t("только цифры"))
    return number, fitting


def _is_provable(proof: Proof, account: Account) -> bool:
    """Whether the provider told enough for the fact to be worth anything."""
    if proof is not Proof.INITIALS:
        return True
    known = [part for part in (account.surname, account.name, account.patronymic) if fold(part)]
    return len(known) >= FEWEST_INITIALS


def _of_place(actor: Actor) -> tuple[Claim, Claim]:
    place = limits.network(actor.address)
    return Claim(IN_A_ROW, place), Claim(ONE_ADDRESS, place)


def _claims(actor: Actor, number: str) -> tuple[Claim, ...]:
    return (*_of_place(actor), Claim(ONE_NUMBER, number))


def _count(claims: Sequence[Claim], at: datetime) -> int:
    """Take one attempt under each claim and say how many are left.

    One after the other: a request during a block must not fill the wider counts, which would make the wait longer.
    """
    left: list[int] = []
    for claim in claims:
        try:
            left.append(limits.take(claim, at=at))
        except limits.TooManyAttempts:
            if left:
                limits.give_back(*claims[: len(left)])
            raise
    return min(left)

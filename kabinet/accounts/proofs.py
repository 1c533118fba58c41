"""Ways to show that an account is one's own (ACC-13). Those over meters, bills and payments come from upper apps."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import calculations
from kabinet.accounts.models import Account
from kabinet.accounts.pins import pin_digest
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import Proof


class BadAnswer(Refused):
    """Could not be an answer at all; it is not compared and costs no try."""

    message = _("Ответ не похож на нужный. Проверьте, что вы ввели.")


class ProofCheck(Protocol):
    """One question. It is asked only where ``has_data``, so a question never stands without an answer (OPX-10)."""

    def require_answerable(self, answer: str) -> None:
        """:raises BadAnswer: with a hint in words."""

    def has_data(self, account: Account, *, today: date) -> bool: ...

    def accepts(self, account: Account, *, answer: str, today: date) -> bool: ...


_checks: dict[Proof, ProofCheck] = {}


def register(proof: Proof, check: ProofCheck) -> None:
    """Called from ``AppConfig.ready()`` of the app that owns the data."""
    _checks[proof] = check


def require_answerable(proof: Proof, answer: str) -> None:
    """:raises BadAnswer: the answer is empty or of another kind."""
    if not answer.strip() or "\0" in answer:
        raise BadAnswer(_("Ответьте на вопрос."))
    if proof in _checks:
        _checks[proof].require_answerable(answer)


def accepts(proof: Proof, account: Account, *, answer: str, today: date) -> bool:
    """Say whether the answer is right; where there are no data, no answer is."""
    check = _checks.get(proof)
    return (
        check is not None
        and check.has_data(account, today=today)
        and check.accepts(account, answer=answer, today=today)
    )


def offered(proofs: Iterable[Proof], account: Account, *, today: date) -> tuple[Proof, ...]:
    """Keep the proofs that can be asked about this account (ACC-16, OPX-10)."""
    return tuple(
        proof
        for proof in proofs
        if proof in _checks and _checks[proof].has_data(account, today=today)
    )


def accepts_all(answers: Mapping[Proof, str], account: Account, *, today: date) -> bool:
    # Every answer is compared, so that the time taken does not tell which one was wrong.
    verdicts = [
        accepts(proof, account, answer=answer, today=today) for proof, answer in answers.items()
    ]
    return all(verdicts)


class _Surname:
    def require_answerable(self, answer: str) -> None:
        if not calculations.fold(answer):
            raise BadAnswer(_("Введите фамилию буквами, как в квитанции."))

    def has_data(self, account: Account, *, today: date) -> bool:  # noqa: ARG002 -- the protocol's shape
        return bool(calculations.fold(account.surname))

    def accepts(self, account: Account, *, answer: str, today: date) -> bool:  # noqa: ARG002 -- same
        return calculations.fold(answer) == calculations.fold(account.surname)


class _Initials:
    def require_answerable(self, answer: str) -> None:
        if not calculations.fold(answer):
            raise BadAnswer(_("Введите первые буквы фамилии, имени и отчества, например АБВ."))

    def has_data(self, account: Account, *, today: date) -> bool:  # noqa: ARG002 -- same
        return bool(calculations.fold(account.surname))

    def accepts(self, account: Account, *, answer: str, today: date) -> bool:  # noqa: ARG002 -- same
        known = calculations.initials(account.surname, account.name, account.patronymic)
        return calculations.fold(answer) == known


class _Address:
    def require_answerable(self, answer: str) -> None:
        if not calculations.address_pieces(answer):
            raise BadAnswer(_("Введите номер дома, например 12 или 12 корп. 1."))

    def has_data(self, account: Account, *, today: date) -> bool:  # noqa: ARG002 -- same
        return bool(account.house)

    def accepts(self, account: Account, *, answer: str, today: date) -> bool:  # noqa: ARG002 -- same
        known = calculations.address_pieces(account.house, account.building, account.flat)
        return calculations.address_pieces(answer) == known


class _Pin:
    def require_answerable(self, answer: str) -> None:
        """A PIN may be any text."""

    def has_data(self, account: Account, *, today: date) -> bool:  # noqa: ARG002 -- same
        return bool(account.pin_digest)

    def accepts(self, account: Account, *, answer: str, today: date) -> bool:  # noqa: ARG002 -- same
        given = pin_digest(key=settings.PIN_KEY, account_number=account.number, pin=answer.strip())
        return hmac.compare_digest(given, account.pin_digest)


register(Proof.SURNAME, _Surname())
register(Proof.INITIALS, _Initials())
register(Proof.ADDRESS, _Address())
register(Proof.PIN, _Pin())

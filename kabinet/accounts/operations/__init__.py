"""Writes about accounts. Names are imported here so that callers see one module."""

from __future__ import annotations

from kabinet.accounts.operations.linking import (
    AccountNotMatched,
    ConsentRequired,
    FoundAccount,
    Linked,
    NoProofAvailable,
    NumberMalformed,
    ProofRequired,
    TooManyAccounts,
    TooManyHolders,
    Wanted,
    find_account,
    link_account,
)
from kabinet.accounts.operations.links import make_primary, rename_link, unlink_account
from kabinet.accounts.operations.upgrade import AlreadyExtended, WrongAnswer, extend_access
from kabinet.accounts.proofs import BadAnswer
from kabinet.kernel.limits import TooManyAttempts

__all__ = [
    "AccountNotMatched",
    "AlreadyExtended",
    "BadAnswer",
    "ConsentRequired",
    "FoundAccount",
    "Linked",
    "NoProofAvailable",
    "NumberMalformed",
    "ProofRequired",
    "TooManyAccounts",
    "TooManyAttempts",
    "TooManyHolders",
    "Wanted",
    "WrongAnswer",
    "extend_access",
    "find_account",
    "link_account",
    "make_primary",
    "rename_link",
    "unlink_account",
]

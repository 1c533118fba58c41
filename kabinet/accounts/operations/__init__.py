"""Writes about accounts. Names are imported here so that callers see one module."""

from __future__ import annotations

from kabinet.accounts.operations.decisions import (
    AccountUnknown,
    OwnRequest,
    ReasonMissing,
    approve_request,
    record_look,
    refuse_request,
)
from kabinet.accounts.operations.finding import (
    AccountNotMatched,
    NumberMalformed,
    TooManyAccounts,
    Wanted,
)
from kabinet.accounts.operations.holders import OwnershipNotProved, revoke_holder
from kabinet.accounts.operations.linking import (
    ConsentRequired,
    FoundAccount,
    Linked,
    NoProofAvailable,
    ProofRequired,
    find_account,
    link_account,
)
from kabinet.accounts.operations.links import make_primary, rename_link, unlink_account
from kabinet.accounts.operations.opening import TooManyHolders
from kabinet.accounts.operations.requests import (
    AlreadyRequested,
    ApplicantUnnamed,
    Application,
    TooManyRequests,
    request_confirmation,
    request_extension,
    withdraw_request,
)
from kabinet.accounts.operations.upgrade import (
    AlreadyExtended,
    ProofNotOffered,
    WrongAnswer,
    extend_access,
)
from kabinet.accounts.proofs import BadAnswer
from kabinet.kernel.limits import TooManyAttempts

__all__ = [
    "AccountNotMatched",
    "AccountUnknown",
    "AlreadyExtended",
    "AlreadyRequested",
    "ApplicantUnnamed",
    "Application",
    "BadAnswer",
    "ConsentRequired",
    "FoundAccount",
    "Linked",
    "NoProofAvailable",
    "NumberMalformed",
    "OwnRequest",
    "OwnershipNotProved",
    "ProofNotOffered",
    "ProofRequired",
    "ReasonMissing",
    "TooManyAccounts",
    "TooManyAttempts",
    "TooManyHolders",
    "TooManyRequests",
    "Wanted",
    "WrongAnswer",
    "approve_request",
    "extend_access",
    "find_account",
    "link_account",
    "make_primary",
    "record_look",
    "refuse_request",
    "rename_link",
    "request_confirmation",
    "request_extension",
    "revoke_holder",
    "unlink_account",
    "withdraw_request",
]

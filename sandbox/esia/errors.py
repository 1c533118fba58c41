"""ESIA's refusals: OAuth's word, ESIA's number, and the sentence that goes with it."""

from __future__ import annotations

MESSAGES = {
    "007002": "The client system does not match the certificate, or has none registered",
    "007003": "The request contains an invalid parameter value, or a parameter several times",
    "007004": "The resource owner or authorization server denied the request",
    "007006": "The requested scope is invalid, unknown, or malformed",
    "007009": "The authorization server does not support obtaining a token using this method",
    "007011": "The authorization code is invalid, expired, revoked or was issued to another client",
    "007012": "The authorization grant type is not supported by the authorization server",
    "007013": "The request does not contain the scope",
    "007014": "The request doesn't contain the mandatory parameter",
    "007015": "The request time is invalid",
    "007019": "No access permission",
    "007023": "The redirect_uri is not among those allowed for the client system",
    "007039": "The initial request to /v2/ac did not contain code_challenge",
    "007040": "code_verifier does not match code_challenge",
    "007053": "client_secret is malformed, or does not match the certificate of the client system",
    "007055": "The sign-in is by an account that is not confirmed",
}


class Refusal(Exception):  # noqa: N818 -- a fact, not an error
    """``error`` is OAuth's word for it; ``about`` names the parameter, where one is to blame."""

    def __init__(self, error: str, number: str, about: str = "") -> None:
        self.error, self.number = error, number
        self.description = f"ESIA-{number}: {MESSAGES[number]}" + (f" [{about}]" if about else "")
        super().__init__(self.description)

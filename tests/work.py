"""A browser's part of the proof of work, for tests without a browser."""

from __future__ import annotations

import json

import altcha


def solve(challenge: str) -> str:
    """Find the number that the challenge asks for, as the widget does."""
    given = altcha.Challenge.from_dict(json.loads(challenge))
    solution = altcha.solve_challenge(given)
    assert solution is not None
    return altcha.Payload(given, solution).to_base64()

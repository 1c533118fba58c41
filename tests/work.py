"""A browser's part of the proof of work, for tests without a browser."""

from __future__ import annotations

import html
import json
import re

import altcha


def solve(challenge: str) -> str:
    """Find the number that the challenge asks for, as the widget does."""
    given = altcha.Challenge.from_dict(json.loads(challenge))
    solution = altcha.solve_challenge(given)
    assert solution is not None
    return altcha.Payload(given, solution).to_base64()


def challenge_of(response) -> str:
    """Give the challenge that a page shows, or nothing."""
    shown = re.search(r'data-captcha="([^"]*)"', response.content.decode())
    return html.unescape(shown[1]) if shown else ""


def stamp_of(response) -> str:
    """Give the page's note of when it was opened, for whom no script works."""
    return re.search(r'name="captcha-opened" value="([^"]+)"', response.content.decode())[1]

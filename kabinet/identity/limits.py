"""How often identity's doors may be tried (IDN-31); the counting itself is the kernel's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kabinet.identity.enums import CodePurpose
from kabinet.identity.identifiers import Identifier
from kabinet.kernel.limits import Claim, Rule, network

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GROWING = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)

# Somebody who tries one identifier from one place meets the first rule. The second, far wider, stops many places at
# once and is too wide to keep its owner out; the third stops one place that tries many identifiers.
SIGN_IN = Rule("sign-in", 5, DAY, GROWING)
SIGN_IN_IDENTIFIER = Rule("sign-in identifier", 100, HOUR, (15 * MINUTE,))
SIGN_IN_ADDRESS = Rule("sign-in address", 100, 10 * MINUTE, (10 * MINUTE, HOUR))
# What a browser by which its person is known has for itself when others have used those up: a stranger with many places
# may shut out whoever comes from elsewhere for a while, and never the owner at home (``queries.known_device``).
SIGN_IN_KNOWN = Rule("sign-in known device", 5, DAY, GROWING)
SIGN_UP_ADDRESS = Rule("sign-up address", 30, HOUR, (15 * MINUTE, HOUR))
ASKED_CODE_ADDRESS = Rule("asked code address", 30, HOUR, (15 * MINUTE, HOUR))
# One signed-in person can't have strangers written to without end.
ASKED_CONTACT = Rule("asked contact", 10, HOUR, (HOUR,))
CODE_ADDRESS = Rule("code address", 100, 10 * MINUTE, (10 * MINUTE, HOUR))
# Each code has its own few tries; these are all that one contact's codes have together, from wherever they are tried.
# Else a guesser who asks for new ones all day, from a new place each time, would have six digits within a year.
CODE_CONTACT = Rule("code contact", 30, DAY, (HOUR, 6 * HOUR, DAY))
QR_ADDRESS = Rule("qr address", 60, HOUR, (15 * MINUTE, HOUR))
MESSENGER_LINK = Rule("messenger link", 20, HOUR, (HOUR,))
MESSENGER_CHAT = Rule("messenger chat", 20, HOUR, (HOUR,))
PASSWORD = Rule("own password", 5, DAY, GROWING)
SECOND_STEP = Rule("second step", 5, DAY, GROWING)
PASSKEY_ADDRESS = Rule("passkey address", 100, 10 * MINUTE, (10 * MINUTE, HOUR))

# After so many wrong passwords in a row the page asks for a captcha (IDN-30).
CAPTCHA_AFTER = 3


def sign_in_needs_captcha(left: int) -> bool:
    """Say whether the attempt that leaves so many tries is one that a captcha goes with."""
    return left < SIGN_IN.tries - CAPTCHA_AFTER


def sign_in_pair(identifier: str, address: str) -> Claim:
    return Claim(SIGN_IN, f"{identifier}\0{network(address)}")


def sign_in_wide(identifier: str, address: str) -> tuple[Claim, ...]:
    return Claim(SIGN_IN_IDENTIFIER, identifier), Claim(SIGN_IN_ADDRESS, network(address))


@dataclass(frozen=True, slots=True)
class CodeLine:
    """Codes that are counted together: all for one purpose to one contact, whoever asks.

    ``device`` parts from these the codes of a browser by which the contact's owner is known: what strangers ask for
    and guess at takes nothing from them.
    """

    purpose: CodePurpose
    identifier: Identifier
    device: str = ""

    @property
    def guesses(self) -> Claim:
        """The count of tries at all codes of this line."""
        named = f"{self.purpose.value}\0{self.identifier.value}\0{self.device}"
        return Claim(CODE_CONTACT, named)


def sign_in_known(identifier: str, device: str) -> Claim:
    return Claim(SIGN_IN_KNOWN, f"{identifier}\0{device}")


def of_address(rule: Rule, address: str) -> Claim:
    return Claim(rule, network(address))

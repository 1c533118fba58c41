"""No page pays for a long history, many services or many accounts: one walk over the whole URL map.

A new page needs no new test here; a new kind of parameter needs a line in ``busy_person.addresses_of``.
"""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from kabinet.providers.enums import Style
from tests.web.busy_person import addresses_of, make_busy_person
from tests.web.entry import prove_now

MOST_QUERIES = 8

# Not pages: files that are made when they are asked for.
FILES = {"bill-pdf", "archive-zip", "payment-receipt", "checkout-code"}
# Without what came before them in the same session these lead elsewhere; so do the readings of all accounts of a
# person who has one.
LEADING = {
    "account-link-ask",
    "account-link-proof",
    "account-upgrade",
    "account-upgrade-ask",
    "all-readings",
    "autopay-change",
    "autopay-connect",
    "checkout-back",
}
PART = {"HX-Request": "true"}
ENTRY = "kabinet.web.entry"


def _patterns(resolver, prefix=""):
    for entry in resolver.url_patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield here, entry
        elif isinstance(entry, URLResolver):
            yield from _patterns(entry, here)


def _pages():
    """Everything of the customer's pages but the entry and what guests open without signing in."""
    return {
        pattern.name: route
        for route, pattern in _patterns(get_resolver("kabinet.web.urls"))
        if pattern.callback.__module__.startswith("kabinet.web.")
        and not pattern.callback.__module__.startswith(ENTRY)
        and not route.startswith("guest/")
        and pattern.name not in FILES
    }


def _address(route, samples):
    """Fill an address; None where the person has nothing of this kind (no test knows it yet)."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    if any(name not in samples for name in names):
        return None
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(samples[found[1]]), route)


def _counts(client, user, style):
    """How many queries each page takes, warm; actions that answer no GET are left out.

    What leads elsewhere by itself may be a part of another page, and is counted as such.
    """
    client.force_login(user)
    prove_now(client, user)
    samples = addresses_of(user, style)
    client.post(_address(_pages()["archive-request"], samples))
    counts, leading = {}, set()
    for name, route in _pages().items():
        address = _address(route, samples)
        first = client.get(address).status_code if address else 405
        if first == 405:
            continue
        headers = PART if first == 302 else {}
        with CaptureQueriesContext(connection) as queries:
            status = client.get(address, headers=headers).status_code
        if status == 302:
            leading.add(name)
        else:
            assert status == 200, (name, status)
            counts[name] = len(queries)
    assert leading <= LEADING
    return counts


@pytest.mark.slow
@pytest.mark.django_db
def test_no_page_takes_more_than_a_few_queries_however_much_there_is(client):
    busy = make_busy_person(accounts=20, months=36, services=9)
    # The only page that nobody with one account has.
    several = _counts(client, make_busy_person(accounts=2, months=3, services=1), Style.A)
    growing, heavy = {}, {}
    for style in Style:
        newcomer = make_busy_person(accounts=1, months=3, services=1, styles=[style])
        few = _counts(client, newcomer, style)
        for name, count in _counts(client, busy, style).items():
            # Nobody with one account has readings of all, nor a card to save where its payee takes none. A page may
            # take fewer: nothing more can be linked to twenty accounts.
            least = max(few.get(name, 0), several.get(name, 0))
            if count > least:
                growing[style, name] = (least, count)
            if count > MOST_QUERIES:
                heavy[style, name] = count

    assert len(several) > 25
    assert growing == {}
    assert heavy == {}

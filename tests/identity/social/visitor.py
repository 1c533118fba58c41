"""Somebody with a browser between Kabinet and the stand-in for VK ID and Yandex ID."""

from __future__ import annotations

import http.client
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.test import Client
from django.urls import reverse

from tests.identity.esia.visitor import asked, onward

SITE = "http://localhost:8000"
__all__ = ["SITE", "Visitor", "asked", "choose", "onward"]


class Visitor:
    """A browser of its own, unless one is given."""

    def __init__(self, service, client=None):
        self.service, self.client = service, client or Client()

    def begin(self, **fields):
        """Press the button; give the address at the service."""
        return onward(self.client.post(reverse(f"{self.service}_login"), fields))

    def sign_in(self, person, **fields):
        """The whole way: give what Kabinet answers to the return."""
        return self.back(choose(self.begin(**fields), person=person.number))

    def back(self, address, **changed):
        """Come back to the address that the service has sent the browser to; None leaves a field out."""
        parts = urlsplit(address)
        query = {**dict(parse_qsl(parts.query)), **changed}
        query = {name: text for name, text in query.items() if text is not None}
        return self.client.get(f"{parts.path}?{urlencode(query)}")


def choose(address, **form):
    """Be the person on the sign-in page; give the address of the return."""
    parts = urlsplit(address)
    status, _headers, page = _request(parts.netloc, "GET", f"{parts.path}?{parts.query}")
    assert status == 200, page
    ticket = re.search('name="ticket" value="([^"]+)"', page)[1]
    sent = urlencode({"ticket": ticket, **form})
    return _request(parts.netloc, "POST", "/choose", sent)[1]["Location"]


def _request(host, verb, path, body=None):
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(verb, path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()

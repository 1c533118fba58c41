"""Somebody with a browser between Kabinet and the stand-in for Gosuslugi."""

from __future__ import annotations

import http.client
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from tests.sandbox.esia.client import ticket_in

SITE = "http://localhost:8000"
CALLBACK = f"{SITE}/esia/login/callback/"


class Visitor:
    """A browser of its own, unless one is given."""

    def __init__(self, client=None):
        self.client = client or Client()

    def begin(self, **fields):
        """Press the button; give the address at Gosuslugi."""
        response = self.client.post(reverse("esia_login"), fields)
        return onward(response)

    def sign_in(self, person, **fields):
        """The whole way: give what Kabinet answers to the return."""
        return self.back(choose(self.begin(**fields), person=person.oid))

    def back(self, address, **changed):
        """Come back to the address that Gosuslugi has sent the browser to."""
        parts = urlsplit(address)
        query = {**dict(parse_qsl(parts.query)), **changed}
        query = {name: text for name, text in query.items() if text is not None}
        return self.client.get(f"{parts.path}?{urlencode(query)}")


def onward(response):
    """Where the browser goes on to by itself."""
    assert response.status_code == 200, response.content.decode()
    address = response.context["address"]
    assert f'content="0;url={escape(address)}"' in response.content.decode()
    return address


def asked(address):
    return dict(parse_qsl(urlsplit(address).query))


def choose(address, **form):
    """Be the person on the sign-in page; give the address of the return."""
    parts = urlsplit(address)
    status, headers, page = _request(parts.netloc, "GET", f"{parts.path}?{parts.query}")
    if status == 303:
        return headers["Location"]
    assert status == 200, page
    sent = urlencode({"ticket": ticket_in(page), **form})
    return _request(parts.netloc, "POST", "/login", sent)[1]["Location"]


def _request(host, verb, path, body=None):
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(verb, path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()

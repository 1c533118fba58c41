"""Steps that the tests of the entry pages share."""

from __future__ import annotations

import datetime as dt
import time

from django.urls import reverse

from kabinet.identity import operations
from kabinet.identity.enums import ConsentChannel
from kabinet.identity.models import User
from kabinet.identity.queries import required_documents
from kabinet.kernel.actors import SYSTEM

PASSWORD = "соловей поёт в саду"
EMAIL, PHONE = "ivan@example.ru", "+79123456789"


def make_person(*, email=EMAIL, phone=PHONE, password=PASSWORD, consents=True):
    """Somebody who has signed up before, with all documents accepted."""
    accepted = frozenset(row.pk for row in required_documents()) if consents else frozenset()
    pk = operations.create_person(
        actor=SYSTEM,
        person=operations.NewPerson(email=email, phone=phone),
        password=password,
        at=dt.datetime.now(tz=dt.UTC),
        acceptance=operations.Acceptance(document_ids=accepted, channel=ConsentChannel.DEMO),
    )
    return User.objects.get(pk=pk)


def ticks(*slugs):
    return {
        f"{row.slug}-{row.version}": "on"
        for row in required_documents()
        if row.slug in slugs or not slugs
    }


def sign_up(client, identifier=EMAIL, password=PASSWORD, **data):
    form = {"identifier": identifier, "password": password, **ticks(), **data}
    return client.post(reverse("account_signup"), form)


def sign_in(client, login=EMAIL, password=PASSWORD, **data):
    return client.post(reverse("account_login"), {"login": login, "password": password, **data})


def prove_now(client, user):
    """As if the person of a forced session had just signed in by a password."""
    session = client.session
    record = {"method": "password", "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def is_signed_in(client):
    return "_auth_user_id" in client.session

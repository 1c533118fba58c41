from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from django.db import IntegrityError, transaction

from kabinet.identity import operations, queries
from kabinet.identity.enums import ConsentChannel, DocumentKind
from kabinet.identity.models import Consent, LegalDocument
from kabinet.kernel.actors import SYSTEM, Actor
from tests.identity.conftest import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=1)


def _accept(person, documents, at=NOON):
    operations.give_consents(
        actor=Actor.customer(person, address="203.0.113.7"),
        acceptance=operations.Acceptance(
            document_ids=frozenset(documents),
            channel=ConsentChannel.CONSENT_PAGE,
            user_agent="X" * 999,
        ),
        at=at,
    )


def _missing(person):
    return [row.slug for row in queries.get_missing_documents(actor=Actor.customer(person))]


def test_a_new_database_has_the_three_texts_each_with_its_hash(db):
    rows = queries.get_current_documents()

    assert [(row.slug, row.kind, row.version) for row in rows] == [
        ("personal-data-consent", DocumentKind.CONSENT, 1),
        ("user-agreement", DocumentKind.AGREEMENT, 1),
        ("personal-data-policy", DocumentKind.POLICY, 1),
    ]
    for row in rows:
        assert row.text_hash == hashlib.sha256(row.text.encode()).hexdigest()
        assert "{operator}" not in row.text


def test_the_initial_texts_are_published_once(db):
    operations.publish_initial_documents(at=LATER)

    assert LegalDocument.objects.count() == 3


def test_accepting_leaves_proof_of_who_when_where_and_which_text(person, ticked):
    _accept(person, ticked)

    given = Consent.objects.get(user_id=person, document__slug="user-agreement")
    assert (given.given_at, given.address, len(given.user_agent)) == (NOON, "203.0.113.7", 300)
    assert _missing(person) == []


def test_accepting_twice_keeps_the_first_proof(person, ticked):
    _accept(person, ticked)
    _accept(person, ticked, at=LATER)

    assert set(Consent.objects.values_list("given_at", flat=True)) == {NOON}


def test_the_policy_is_read_and_not_accepted(person, ticked):
    policy = queries.get_document(slug="personal-data-policy")

    _accept(person, [policy.pk])

    assert Consent.objects.count() == 0


def test_a_new_version_is_asked_for_again(person, ticked):
    _accept(person, ticked)

    operations.publish_document(
        actor=SYSTEM,
        slug="user-agreement",
        kind=DocumentKind.AGREEMENT,
        title="Соглашение",
        text="Новый текст",
        at=LATER,
    )

    assert _missing(person) == ["user-agreement"]
    assert queries.get_document(slug="user-agreement").version == 2
    assert queries.get_document(slug="user-agreement", version=1).text != "Новый текст"


def test_what_was_withdrawn_is_asked_for_again_and_stays_on_record(person, ticked):
    _accept(person, ticked)

    operations.withdraw_consent(
        actor=Actor.customer(person), slug="personal-data-consent", at=LATER
    )

    assert _missing(person) == ["personal-data-consent"]
    assert Consent.objects.get(document__slug="personal-data-consent").withdrawn_at == LATER
    _accept(person, ticked, at=LATER)
    assert _missing(person) == []
    assert Consent.objects.filter(user_id=person).count() == 3


def test_nobody_withdraws_for_another(person, ticked):
    _accept(person, ticked)

    with pytest.raises(operations.consents.ConsentNotFound):
        operations.withdraw_consent(
            actor=Actor.customer(person + 1), slug="personal-data-consent", at=LATER
        )

    assert Consent.objects.filter(withdrawn_at=None).count() == 2


def test_one_version_is_in_force_once(person, ticked):
    _accept(person, ticked)
    consent = Consent.objects.first()
    consent.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        consent.save()


def test_unknown_documents_do_not_exist(db):
    with pytest.raises(queries.DocumentNotFound):
        queries.get_document(slug="user-agreement", version=7)

"""Whatever Gosuslugi answer, it is read as documented or refused; nothing else comes of it."""

from __future__ import annotations

import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from kabinet.identity.esia.client import code_of
from kabinet.identity.esia.markers import Subject, read_marker
from kabinet.identity.esia.people import EsiaPerson, read_person
from kabinet.identity.esia.problems import EsiaDown, EsiaProblem, MarkerRefused, NotConfirmed
from sandbox.esia import keys
from tests.sandbox.esia import client as stand_in

SUBJECT = Subject("1000299353", is_confirmed=True)
ANSWER = {
    "trusted": True,
    "lastName": "Смирнова",
    "firstName": "Вера",
    "middleName": "Павловна",
    "contacts": {
        "elements": [
            {"type": "EML", "vrfStu": "VERIFIED", "value": "Vera@Example.ru"},
            {"type": "MBT", "vrfStu": "VERIFIED", "value": "+7(916)2223344"},
        ]
    },
}
VERA = EsiaPerson("1000299353", "Смирнова", "Вера", "Павловна", "vera@example.ru", "+79162223344")


def contact(**row):
    whole = {"type": "EML", "vrfStu": "VERIFIED", "value": "a@example.ru", **row}
    return read_person(SUBJECT, {**ANSWER, "contacts": {"elements": [whole]}})


def test_a_person_is_read_with_contacts_in_our_spelling():
    assert read_person(SUBJECT, ANSWER) == VERA
    assert VERA.full_name == "Смирнова Вера Павловна"


@pytest.mark.parametrize("trusted", [False, None, "true", 1])
def test_both_must_say_that_the_account_is_confirmed(trusted):
    with pytest.raises(NotConfirmed):
        read_person(SUBJECT, {**ANSWER, "trusted": trusted})
    with pytest.raises(NotConfirmed):
        read_person(Subject("1000299353", is_confirmed=False), ANSWER)


@pytest.mark.parametrize(
    "row",
    [
        {"vrfStu": "NOT_VERIFIED"},
        {"vrfStu": None},
        {"type": "CEM"},
        {"type": "MBT"},  # an e-mail address as a mobile number
        {"value": "not an address"},
        {"value": "ivаn@example.ru"},  # a Cyrillic letter
        {"value": None},
        {"value": 5},
    ],
    ids=str,
)
def test_a_contact_that_is_not_proved_or_no_contact_is_left_out(row):
    person = contact(**row)

    assert (person.email, person.phone) == ("", "")
    assert contact().email == "a@example.ru"


@pytest.mark.parametrize("name", ["Вера<script>", "В" * 51, "", None, 7])
def test_a_name_that_our_rules_do_not_take_is_left_for_the_person(name):
    person = read_person(SUBJECT, {**ANSWER, "firstName": name})

    assert (person.name, person.surname) == ("", "Смирнова")


@pytest.mark.parametrize("contacts", [None, {}, []])
def test_somebody_may_have_no_contacts(contacts):
    person = read_person(SUBJECT, {**ANSWER, "contacts": contacts})

    assert (person.email, person.phone) == ("", "")


@pytest.mark.parametrize("contacts", ["x", {"elements": "x"}, {"elements": {"a": 1}}])
def test_contacts_of_another_form_are_no_answer(contacts):
    with pytest.raises(EsiaDown):
        read_person(SUBJECT, {**ANSWER, "contacts": contacts})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(
        {"trusted": st.just(value=True)},
        optional={
            "lastName": JSON,
            "firstName": JSON,
            "contacts": JSON
            | st.fixed_dictionaries(
                {
                    "elements": st.lists(
                        st.fixed_dictionaries(
                            {
                                "type": st.sampled_from(["EML", "MBT"]),
                                "vrfStu": st.just("VERIFIED"),
                                "value": JSON,
                            }
                        ),
                        max_size=3,
                    )
                }
            ),
        },
    )
)
def test_no_answer_does_worse_than_being_refused(answer):
    try:
        person = read_person(SUBJECT, answer)
    except EsiaProblem:
        return
    assert person.oid == SUBJECT.oid


@settings(max_examples=40)
@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_no_text_is_taken_for_a_marker(text):
    public = keys.public_pem(stand_in.own_key()).decode()
    with override_settings(ESIA_PUBLIC_KEY=public, ESIA_CLIENT_ID="KABINET"):
        with pytest.raises(MarkerRefused):
            read_marker(text)
        with pytest.raises(MarkerRefused):
            read_marker(f"eyJhbGciOiJSUzI1NiJ9.{text}.e30")


@pytest.mark.parametrize(
    ("description", "number"),
    [
        ("ESIA-007014: The request", "ESIA-007014"),
        ("ESIA-00701", "ESIA-00701"),
        ("ESIA-٠٠٧٠١٤", "no number"),
        ("vera@example.ru", "no number"),
        ("", "no number"),
        (None, "no number"),
        (["ESIA-007014"], "no number"),
    ],
)
def test_the_log_gets_their_number_and_nothing_else(description, number):
    assert code_of(description) == number

"""Reads of the people's app."""

from __future__ import annotations

from kabinet.identity.queries.codes import CodeRow, get_code, next_code_at
from kabinet.identity.queries.documents import (
    TICKED,
    DocumentNotFound,
    DocumentRow,
    get_current_documents,
    get_document,
    get_missing_documents,
    is_sign_up_lawful,
    lacks_documents,
    required_documents,
)
from kabinet.identity.queries.people import (
    PersonNotFound,
    find_person,
    find_person_by_id,
    is_occupied,
    person_id,
    provable_identifiers,
    sign_up_identifiers,
    with_keys,
)
from kabinet.identity.queries.profile import (
    ConsentRow,
    ProfileRow,
    get_own_contact,
    get_profile,
    get_unproven_contact,
)
from kabinet.identity.queries.sessions import (
    QrRow,
    SessionNotFound,
    SessionRow,
    get_qr,
    get_sessions,
    known_device,
    own_sessions,
    to_qr,
)

__all__ = [
    "TICKED",
    "CodeRow",
    "ConsentRow",
    "DocumentNotFound",
    "DocumentRow",
    "PersonNotFound",
    "ProfileRow",
    "QrRow",
    "SessionNotFound",
    "SessionRow",
    "find_person",
    "find_person_by_id",
    "get_code",
    "get_current_documents",
    "get_document",
    "get_missing_documents",
    "get_own_contact",
    "get_profile",
    "get_qr",
    "get_sessions",
    "get_unproven_contact",
    "is_occupied",
    "is_sign_up_lawful",
    "known_device",
    "lacks_documents",
    "next_code_at",
    "own_sessions",
    "person_id",
    "provable_identifiers",
    "required_documents",
    "sign_up_identifiers",
    "to_qr",
    "with_keys",
]

"""Writes of the people's app: signing up, recovering, consenting, changing the password."""

from __future__ import annotations

from kabinet.identity.operations.codes import (
    CodeBurnt,
    CodeExpired,
    CodeRefused,
    CodeTooSoon,
    CodeWrong,
    forget_old_codes,
)
from kabinet.identity.operations.consents import (
    Acceptance,
    ConsentMissing,
    SignUpClosed,
    give_consents,
    publish_document,
    publish_initial_documents,
    withdraw_consent,
)
from kabinet.identity.operations.listing import (
    end_other_sessions,
    end_session,
    forget_old_sessions,
    note_ended,
    tell_of_new_devices,
)
from kabinet.identity.operations.people import (
    IdentifierTaken,
    NewPerson,
    WrongPassword,
    change_password,
    create_person,
)
from kabinet.identity.operations.qr import (
    QrGone,
    decide_qr,
    forget_old_qr,
    issue_qr,
    read_qr,
    spend_qr,
)
from kabinet.identity.operations.recovery import (
    PersonUnknown,
    SmsClosed,
    choose_password,
    confirm_recovery,
    resend_recovery,
    start_recovery,
)
from kabinet.identity.operations.sign_up import (
    EmailClosed,
    NameMissing,
    PendingSignUp,
    PhoneClosed,
    amend_sign_up,
    confirm_sign_up,
    resend_sign_up,
    start_sign_up,
)

__all__ = [
    "Acceptance",
    "CodeBurnt",
    "CodeExpired",
    "CodeRefused",
    "CodeTooSoon",
    "CodeWrong",
    "ConsentMissing",
    "EmailClosed",
    "IdentifierTaken",
    "NameMissing",
    "NewPerson",
    "PendingSignUp",
    "PersonUnknown",
    "PhoneClosed",
    "QrGone",
    "SignUpClosed",
    "SmsClosed",
    "WrongPassword",
    "amend_sign_up",
    "change_password",
    "choose_password",
    "confirm_recovery",
    "confirm_sign_up",
    "create_person",
    "decide_qr",
    "end_other_sessions",
    "end_session",
    "forget_old_codes",
    "forget_old_qr",
    "forget_old_sessions",
    "give_consents",
    "issue_qr",
    "note_ended",
    "publish_document",
    "publish_initial_documents",
    "read_qr",
    "resend_recovery",
    "resend_sign_up",
    "spend_qr",
    "start_recovery",
    "start_sign_up",
    "tell_of_new_devices",
    "withdraw_consent",
]

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
from kabinet.identity.operations.own_codes import (
    PersonUnknown,
    SmsClosed,
    ask_code,
    ask_code_again,
    confirm_code,
    sign_in_by_code,
)
from kabinet.identity.operations.people import (
    IdentifierTaken,
    NewPerson,
    WrongPassword,
    change_password,
    create_person,
    require_own_password,
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
    choose_password,
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
    "ask_code",
    "ask_code_again",
    "change_password",
    "choose_password",
    "confirm_code",
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
    "require_own_password",
    "resend_sign_up",
    "sign_in_by_code",
    "spend_qr",
    "start_sign_up",
    "tell_of_new_devices",
    "withdraw_consent",
]

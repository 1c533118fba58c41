from __future__ import annotations

from kabinet.identity.models.codes import OneTimeCode
from kabinet.identity.models.documents import Consent, LegalDocument
from kabinet.identity.models.leaving import Deletion, PersonalArchive
from kabinet.identity.models.messengers import LinkedMessenger, MessengerLinking
from kabinet.identity.models.people import User, UserManager
from kabinet.identity.models.sessions import QrSignIn, SignedInSession

__all__ = [
    "Consent",
    "Deletion",
    "LegalDocument",
    "LinkedMessenger",
    "MessengerLinking",
    "OneTimeCode",
    "PersonalArchive",
    "QrSignIn",
    "SignedInSession",
    "User",
    "UserManager",
]

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kabinet.identity import messages, queries
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import User
from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM


@transaction.atomic
def doubt_contact(*, identifier: Identifier, at: datetime) -> None:
    """Mark a contact at which nothing arrives as unconfirmed, and tell the person by the other one (NOT-12).

    The last confirmed contact stays as it is, or the person could not sign in at all: a warning in the profile is
    all then. Sessions and the password are not touched; nothing happens to what is unconfirmed already.
    """
    found = queries.find_person(identifier)
    if found is None:
        return
    user = User.objects.select_for_update(of=("self",)).get(pk=found.pk)
    proven_emails = user.emailaddress_set.filter(email=user.email, verified=True)
    if not (user.phone_verified and proven_emails.exists()):
        return
    if identifier.kind is IdentifierKind.PHONE:
        user.phone_verified = False
        user.save(update_fields=["phone_verified"])
    else:
        proven_emails.update(verified=False)
    audit.record(SYSTEM, "identity.contact.doubt", user, at=at, kind=identifier.kind.value)
    messages.tell_contact_doubted(user=user, lost=identifier, at=at)

from __future__ import annotations

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "kabinet.identity"
    label = "identity"
    verbose_name = _("Люди")

    def ready(self) -> None:
        from kabinet.channels.events import ContactUnreachable
        from kabinet.identity import (
            checks,  # noqa: F401 -- registers the system checks
            own_data,
            subscribers,
        )
        from kabinet.identity.messengers import checks as _of_bots  # noqa: F401 -- registers its own
        from kabinet.kernel import events

        events.subscribe(ContactUnreachable, subscribers.doubt_unreachable_contact)
        own_data.register_sections()
        post_migrate.connect(_publish_initial_documents, sender=self)


def _publish_initial_documents(*, using: str, **_kwargs: object) -> None:
    """Nobody can sign up without texts to accept, so a new database gets the ones Kabinet brings."""
    from kabinet.identity import operations
    from kabinet.identity.models import LegalDocument

    if LegalDocument._meta.db_table not in connections[using].introspection.table_names():  # noqa: SLF001 -- Django's documented Meta API
        return  # a migration backwards has just taken the table away
    operations.publish_initial_documents(at=timezone.now())

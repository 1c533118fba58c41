"""Keeping what was accepted, word for word: who, when and from where stands in the trail (IDN-18, PAY-41)."""

from __future__ import annotations

from datetime import datetime

from kabinet.payments.models import AcceptedOffer
from kabinet.payments.queries.offers import get_offers


def accept_offer(kind: str, *, provider_id: int, at: datetime) -> str:
    """Keep the provider's offer as it stands, once for all who accept it; gives its version, the SHA-256."""
    offer = get_offers(kind, provider_ids=[provider_id])[provider_id]
    version = AcceptedOffer(digest=offer.digest, text=offer.whole, accepted_at=at)
    AcceptedOffer.objects.bulk_create([version], ignore_conflicts=True)
    return offer.digest

"""The offers of providers as they stand now: their own, or the common one (PAY-41)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kabinet.payments.models import PaymentHelp
from kabinet.payments.offers import AUTOPAY_OFFER, CARD_OFFER, Offer, common

_FIELDS = {CARD_OFFER: "card_offer", AUTOPAY_OFFER: "autopay_offer"}


def get_offers(kind: str, *, provider_ids: Iterable[int]) -> Mapping[int, Offer]:
    """Give each provider's offer of the kind; one query."""
    wanted = list(dict.fromkeys(provider_ids))
    helps = PaymentHelp.objects.filter(provider__in=wanted).order_by("provider")
    own = {
        provider_id: (text.strip(), url)
        for provider_id, text, url in helps.values_list("provider_id", _FIELDS[kind], "offer_url")
    }
    found = {provider_id: own.get(provider_id, ("", "")) for provider_id in wanted}
    return {
        provider_id: Offer(text or common(kind), url) for provider_id, (text, url) in found.items()
    }

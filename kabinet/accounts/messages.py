"""Letters of this app."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import AccountLink
from kabinet.channels.letters import render_letter, site_link
from kabinet.channels.operations import send_email
from kabinet.identity.models import User

SHOWN_DIGITS = 4


def masked_number(number: str) -> str:
    """The last four characters: enough for its owner to know it by, too little for a stranger."""
    return f"••••{number[-SHOWN_DIGITS:]}" if len(number) > SHOWN_DIGITS else "••••"


def tell_holders(link: AccountLink, *, at: datetime) -> None:
    """Tell the people with full access that one more person has linked their account (ACC-13)."""
    account = link.account
    holders = User.objects.filter(
        account_links__account=account,
        account_links__ended_at=None,
        account_links__level=AccessLevel.EXTENDED,
        email__isnull=False,
        is_active=True,
    ).exclude(pk=link.user_id)
    recipients = list(holders.order_by("pk").values_list("email", flat=True))
    if not recipients:
        return
    letter = render_letter(
        "accounts/email/new_holder",
        subject=_("Ваш лицевой счёт привязал ещё один человек"),
        context={
            "number": masked_number(account.number),
            "provider": account.provider.name,
            "is_limited": link.level == AccessLevel.LIMITED,
            "action_url": site_link("account-list"),
        },
    )
    for recipient in recipients:
        if recipient:
            send_email(recipient=recipient, letter=letter, at=at)

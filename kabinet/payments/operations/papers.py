"""Giving a payer the receipt of a payment as a file (PAY-10, 11, 26)."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from kabinet.kernel import pdf
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.payments import documents
from kabinet.payments.queries.papers import get_payment_papers

logger = logging.getLogger(__name__)


class ReceiptNotMade(Refused):
    message = _("Квитанцию сейчас сделать не получилось. Попробуйте позже.")


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    content: bytes
    file_name: str


def make_payment_receipt(
    *,
    actor: Actor,
    checkout_id: uuid.UUID,
    at: datetime,
    session: str = "",
    part: int | None = None,
) -> IssuedReceipt:
    """Set the receipt of the paid parts of the actor's own checkout; it says what is true at the moment.

    :raises ReceiptNotReady: there is no such checkout of the actor's, or nothing of it is paid.
    :raises ReceiptNotMade: the paper could not be set.
    """
    papers = get_payment_papers(actor=actor, checkout_id=checkout_id, session=session, part=part)
    try:
        content = documents.render_receipt(papers, at=at)[1]
    except pdf.RenderingFailed as error:
        logger.exception("Payment receipt of %s cannot be set", checkout_id)
        raise ReceiptNotMade from error
    return IssuedReceipt(content, _file_name(documents.file_title(papers)))


def _file_name(title: str) -> str:
    plain = "".join(letter if letter.isalnum() or letter in " ,-" else "_" for letter in title)
    return f"{plain}.pdf"

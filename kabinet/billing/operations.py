from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.billing import documents, scopes
from kabinet.billing.models import Bill, BillDocument
from kabinet.billing.paper import get_bill_papers
from kabinet.kernel import audit, files, pdf
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.period import Period

logger = logging.getLogger(__name__)

FOLDER = "bills"
TRIES = 3


class BillNotFound(NotVisible):
    pass


class BillNotReady(Refused):
    message = _("Счёт не удалось подготовить. Попробуйте ещё раз через несколько минут.")


class BillFileLost(Refused):
    message = _("Файл этого счёта повреждён, и заменить его другим нельзя. Напишите поставщику.")


@dataclass(frozen=True, slots=True)
class IssuedBill:
    """The file that everybody gets for this revision of the bill, from its first download on (BIL-41)."""

    content: bytes
    file_name: str
    revision: int
    is_replaced: bool


def issue_bill_document(
    *,
    actor: Actor,
    account_id: int,
    bill_id: uuid.UUID,
    at: datetime,
    revision: int | None = None,
) -> IssuedBill:
    """Give the bill's PDF, made and kept once for each revision of the bill.

    An earlier ``revision`` is given while somebody has its file (BIL-36). The paper is made and stored before the
    short transaction that records it: neither Typst nor a remote storage is waited for inside one.

    :raises BillNotFound: the actor sees no such bill, or nobody was ever given that revision.
    :raises BillNotReady: the paper could not be made, or the bill keeps changing meanwhile.
    :raises BillFileLost: the stored file is damaged and cannot be made again to the byte.
    """
    for _try in range(TRIES):
        bill = _find(actor, account_id, bill_id)
        wanted = bill.revision if revision is None else revision
        document = BillDocument.objects.filter(bill=bill, revision=wanted).first()
        if document is None:
            if wanted != bill.revision:
                raise BillNotFound
            document = _issue(actor, bill, at=at)
        if document is not None:
            return _issued(bill, document, at=at)
    raise BillNotReady


def _find(actor: Actor, account_id: int, bill_id: uuid.UUID) -> Bill:
    bills = scopes.visible_bills(actor).select_related("account")
    try:
        return bills.get(account=account_id, public_id=bill_id)
    except Bill.DoesNotExist as error:
        raise BillNotFound from error


def _issue(actor: Actor, bill: Bill, *, at: datetime) -> BillDocument | None:
    """Make, store and record the document; None when an import changed the bill meanwhile."""
    content = _rendered(bill, at=at)
    key = files.store(content, folder=FOLDER, suffix=".pdf")
    document = None
    try:
        document = _record(actor, bill, key=key, content=content, at=at)
    finally:
        if document is None or document.file_key != key:
            files.discard(key)
    return document


@transaction.atomic
def _record(
    actor: Actor, bill: Bill, *, key: str, content: bytes, at: datetime
) -> BillDocument | None:
    """Record the file, unless somebody was quicker: the constraint decides, and theirs is the document."""
    # Read after the lines were: had an import changed them in between, the revision would have grown.
    if Bill.objects.only("revision").get(pk=bill.pk).revision != bill.revision:
        return None
    document, created = BillDocument.objects.get_or_create(
        bill=bill,
        revision=bill.revision,
        defaults={
            "file_key": key,
            "sha256": files.digest(content),
            "size": len(content),
            "issued_at": at,
        },
    )
    if created:
        audit.record(
            actor, "billing.bill.issue_document", bill, at=at, revision=bill.revision, key=key
        )
    return document


def _rendered(bill: Bill, *, at: datetime) -> bytes:
    paper = get_bill_papers([bill])[0]
    try:
        return documents.render_bill(paper, at=at)[1]
    except pdf.RenderingFailed as error:
        logger.exception("Bill %s revision %s cannot be set", bill.pk, bill.revision)
        raise BillNotReady from error


def _issued(bill: Bill, document: BillDocument, *, at: datetime) -> IssuedBill:
    try:
        content = files.read(document.file_key, sha256=document.sha256)
    except files.FileUnusable as error:
        logger.error("Bill document %s is unusable: %s", document.pk, error)  # noqa: TRY400 -- no trace needed
        content = _mended(bill, document, at=at)
    return IssuedBill(
        content=content,
        file_name=_file_name(bill),
        revision=document.revision,
        is_replaced=document.revision != bill.revision,
    )


def _mended(bill: Bill, document: BillDocument, *, at: datetime) -> bytes:
    """Make the file again; only the very same bytes may take its place."""
    if document.revision == bill.revision:
        content = _rendered(bill, at=document.issued_at)
        if files.digest(content) == document.sha256:
            files.restore(content, key=document.file_key)
            BillDocument.objects.filter(pk=document.pk).update(lost_at=None)
            return content
    # The list says so from now on, instead of a link that leads to a refusal.
    BillDocument.objects.filter(pk=document.pk, lost_at=None).update(lost_at=at)
    logger.error("Bill document %s cannot be made again", document.pk)
    raise BillFileLost


def _file_name(bill: Bill) -> str:
    name = documents.file_title(Period.of(bill.period), bill.kind, bill.account.number)
    return (
        "".join(letter if letter.isalnum() or letter in " ,-" else "_" for letter in name) + ".pdf"
    )

"""A year's bills as one file: asked for on a page, made by a worker, kept for a day, given through its scope."""

from __future__ import annotations

import io
import logging
import secrets
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.accounts.models import Account
from kabinet.billing import calculations, scopes
from kabinet.billing.enums import ARCHIVE_TRANSITIONS, UNDER_WAY, ArchiveState
from kabinet.billing.models import Bill, BillArchive
from kabinet.billing.operations import BillFileLost, BillNotReady, issue_bill_document
from kabinet.kernel import audit, files
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.workflow import require_transition

logger = logging.getLogger(__name__)

FOLDER = "archives"
KEPT = timedelta(days=1)


class NoBillsInYear(NotVisible):
    pass


class ArchiveNotReady(Refused):
    message = gettext_lazy("Архив не готов или уже удалён. Соберите его заново на странице счетов.")


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    content: bytes
    file_name: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One worker's try: it may finish only while the archive still names its key."""

    archive: BillArchive
    actor: Actor
    bills: Sequence[Bill]


@transaction.atomic
def request_archive(*, actor: Actor, account_id: int, year: int, at: datetime) -> None:
    """Have the year's bills put together; asking again while that goes on, or when nothing changed, does nothing.

    :raises NoBillsInYear: the actor sees no bills of that account in that year.
    """
    from kabinet.billing.tasks import make_archive as task

    bills = _bills(actor, account_id, year)
    if not bills:
        raise NoBillsInYear
    # The account's row is what both of two first requests can wait at: the archive's is not there yet.
    Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account_id)
    archive = BillArchive.objects.filter(account=account_id, year=year).first()
    if archive is None:
        archive = BillArchive(account_id=account_id, year=year)
    elif _is_awaited(archive, at=at) or _is_current(archive, bills, at=at):
        return
    _restart(archive, actor, bills, at=at)
    task.defer(archive_id=archive.pk)
    audit.record(actor, "billing.archive.request", archive, at=at, year=year)


def _restart(archive: BillArchive, actor: Actor, bills: Sequence[Bill], *, at: datetime) -> None:
    if archive.pk and archive.state not in UNDER_WAY:
        require_transition(
            ARCHIVE_TRANSITIONS, current=archive.state, target=ArchiveState.WAITING.value
        )
    _discard_later(archive.file_key)
    archive.state = ArchiveState.WAITING
    archive.requested_by_id = actor.user_id
    archive.moved_at, archive.expires_at = at, at + KEPT
    archive.done = archive.left_out = archive.size = 0
    archive.whole, archive.revisions = len(bills), _revisions(bills)
    archive.file_key = archive.sha256 = ""
    archive.save()


def _is_awaited(archive: BillArchive, *, at: datetime) -> bool:
    return archive.state in UNDER_WAY and not calculations.is_given_up(archive.moved_at, at=at)


def _is_current(archive: BillArchive, bills: Sequence[Bill], *, at: datetime) -> bool:
    is_usable = archive.state == ArchiveState.READY and archive.expires_at > at
    known = (archive.whole, archive.revisions)
    return is_usable and known == (len(bills), _revisions(bills)) and not archive.left_out


def _revisions(bills: Sequence[Bill]) -> int:
    return sum(bill.revision for bill in bills)


def make_archive(*, archive_id: int, at: datetime) -> None:
    """Put the archive together, for the rights of whoever asked; nothing happens when nobody waits for it any more.

    Every bill is issued on the way, as if downloaded (BIL-41). Bills whose file cannot be had are left out and counted.
    """
    attempt = _begin(archive_id, at=at)
    if attempt is None:
        return
    try:
        content = _packed(attempt, at=at)
    except BaseException:
        _fail(attempt.archive)
        raise
    if content is None:
        _fail(attempt.archive)
        return
    files.restore(content, key=attempt.archive.file_key)
    if not _finish(attempt, content, at=at):
        files.discard(attempt.archive.file_key)


@transaction.atomic
def _begin(archive_id: int, *, at: datetime) -> _Attempt | None:
    """Take the archive up under a key of its own; what an attempt before it stored is thrown away."""
    archive = (
        BillArchive.objects.select_for_update(of=("self",))
        .filter(pk=archive_id, state__in=UNDER_WAY)
        .first()
    )
    if archive is None:
        return None
    require_transition(ARCHIVE_TRANSITIONS, current=archive.state, target=ArchiveState.MAKING.value)
    actor = Actor.customer(archive.requested_by_id or 0)
    bills = _bills(actor, archive.account_id, archive.year)
    _discard_later(archive.file_key)
    token = secrets.token_hex(16)
    archive.state = ArchiveState.MAKING
    archive.file_key = f"{FOLDER}/{token[:2]}/{token}.zip"
    archive.moved_at = at
    archive.done = archive.left_out = 0
    archive.whole, archive.revisions = len(bills), _revisions(bills)
    archive.save()
    return _Attempt(archive, actor, bills)


def _packed(attempt: _Attempt, *, at: datetime) -> bytes | None:
    """The archive's bytes; None when not one bill could be had, or another attempt has taken over."""
    packed, names = io.BytesIO(), set[str]()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for bill in attempt.bills:
            try:
                issued = issue_bill_document(
                    actor=attempt.actor,
                    account_id=bill.account_id,
                    bill_id=bill.public_id,
                    at=at,
                )
            except (BillNotReady, BillFileLost, NotVisible):
                logger.warning("Bill %s is left out of archive %s", bill.pk, attempt.archive.pk)
                if not _step(attempt.archive, left_out=1):
                    return None
                continue
            entry = zipfile.ZipInfo(_unused(issued.file_name, names), at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, issued.content)
            if not _step(attempt.archive, done=1):
                return None
    return packed.getvalue() if names else None


def _unused(name: str, names: set[str]) -> str:
    """Two kinds of bills may differ only in signs that no file name can have."""
    stem, dot, suffix = name.rpartition(".")
    tried, number = name, 1
    while tried in names:
        number += 1
        tried = f"{stem} ({number}){dot}{suffix}"
    names.add(tried)
    return tried


def _step(archive: BillArchive, *, done: int = 0, left_out: int = 0) -> bool:
    """Tell how far it has come; False when the archive is no longer this attempt's."""
    own = BillArchive.objects.filter(pk=archive.pk, file_key=archive.file_key)
    return bool(own.update(done=F("done") + done, left_out=F("left_out") + left_out))


@transaction.atomic
def _finish(attempt: _Attempt, content: bytes, *, at: datetime) -> bool:
    own = BillArchive.objects.select_for_update(of=("self",)).filter(
        pk=attempt.archive.pk, file_key=attempt.archive.file_key, state=ArchiveState.MAKING
    )
    archive = own.first()
    if archive is None:
        return False
    require_transition(ARCHIVE_TRANSITIONS, current=archive.state, target=ArchiveState.READY.value)
    archive.state = ArchiveState.READY
    archive.sha256, archive.size = files.digest(content), len(content)
    archive.moved_at, archive.expires_at = at, at + KEPT
    archive.save()
    audit.record(attempt.actor, "billing.archive.make", archive, at=at, size=archive.size)
    return True


def _fail(archive: BillArchive) -> None:
    BillArchive.objects.filter(
        pk=archive.pk, file_key=archive.file_key, state=ArchiveState.MAKING
    ).update(state=ArchiveState.FAILED)


def open_archive(*, actor: Actor, account_id: int, year: int, at: datetime) -> ArchiveFile:
    """Give the finished archive.

    :raises NoBillsInYear: the actor sees no bills of that account, or nobody asked for that year.
    :raises ArchiveNotReady: it is not finished, has run out, or its file is damaged.
    """
    archives = scopes.visible_archives(actor).select_related("account")
    archive = archives.filter(account=account_id, year=year).first()
    if archive is None:
        raise NoBillsInYear
    if archive.state != ArchiveState.READY or archive.expires_at <= at:
        raise ArchiveNotReady
    try:
        content = files.read(archive.file_key, sha256=archive.sha256)
    except files.FileUnusable as error:
        logger.error("Archive %s is unusable: %s", archive.pk, error)  # noqa: TRY400 -- no trace needed
        BillArchive.objects.filter(pk=archive.pk, file_key=archive.file_key).update(
            state=ArchiveState.FAILED, sha256="", size=0
        )
        raise ArchiveNotReady from error
    audit.record(actor, "billing.archive.download", archive, at=at, year=year)
    name = _("Счета за %(year)s год, ЛС %(number)s.zip")
    return ArchiveFile(content, name % {"year": year, "number": archive.account.number})


def forget_old_archives(*, at: datetime) -> int:
    """Delete the archives that have run out, with their files: they hold people's bills.

    A storage that fails leaves the row, for the next time.
    """
    forgotten = 0
    for archive in BillArchive.objects.filter(expires_at__lte=at).iterator():
        if archive.file_key:
            files.discard(archive.file_key)
        forgotten += BillArchive.objects.filter(pk=archive.pk, expires_at__lte=at).delete()[0]
    return forgotten


def _bills(actor: Actor, account_id: int, year: int) -> Sequence[Bill]:
    if not MINYEAR <= year <= MAXYEAR:
        return []
    bills = scopes.visible_bills(actor).filter(account=account_id, period__year=year)
    return list(bills.order_by("period", "kind"))


def _discard_later(key: str) -> None:
    if key:
        transaction.on_commit(lambda: files.discard(key))

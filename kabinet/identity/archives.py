"""«Мои данные» as one file: asked for in the profile, packed by a worker, kept for a week (152-ФЗ, ст. 14; IDN-46)."""

from __future__ import annotations

import csv
import io
import logging
import uuid
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.identity import leaving_letters, personal_data, queries
from kabinet.identity.enums import ArchiveState
from kabinet.identity.models import PersonalArchive, User
from kabinet.kernel import audit, files
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.spreadsheets import guarded
from kabinet.kernel.workflow import require_transition

logger = logging.getLogger(__name__)

FOLDER = "personal"
KEPT = timedelta(days=7)
APART = timedelta(days=1)
# A worker that died over it leaves the row waiting; from then on it may be asked for again.
GIVEN_UP_AFTER = timedelta(hours=1)
SHOWN_ROWS = 100
TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    ArchiveState.WAITING: {ArchiveState.READY, ArchiveState.FAILED},
    ArchiveState.READY: set(),
    ArchiveState.FAILED: set(),
}


class ArchiveTooSoon(Refused):
    message = gettext_lazy("Архив можно запросить раз в сутки. Готовый скачайте в профиле.")


class ArchiveNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    public_id: uuid.UUID
    state: ArchiveState
    asked_at: datetime
    expires_at: datetime | None
    may_ask: bool

    @property
    def is_ready(self) -> bool:
        return self.state is ArchiveState.READY


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    content: bytes
    file_name: str


@dataclass(slots=True)
class _Shown:
    """A section in the readable summary: the first rows, and how many there are."""

    title: str
    file: str
    columns: Sequence[str]
    rows: list[Sequence[str]]
    count: int = 0

    @property
    def left_out(self) -> int:
        return self.count - len(self.rows)


def get_newest(*, actor: Actor, at: datetime) -> ArchiveRow | None:
    """Give the archive that the person asked for last, unless it has run out; one query."""
    archive = _own(actor).order_by("-asked_at", "-pk").first()
    if archive is None:
        return None
    is_over = archive.expires_at is not None and archive.expires_at <= at
    state = ArchiveState(archive.state)
    if state is ArchiveState.WAITING and _is_given_up(archive, at=at):
        state = ArchiveState.FAILED
    may_ask = _may_follow(archive, at=at)
    if is_over:
        return None
    return ArchiveRow(
        public_id=archive.public_id,
        state=state,
        asked_at=archive.asked_at,
        expires_at=archive.expires_at,
        may_ask=may_ask,
    )


@transaction.atomic
def request_archive(*, actor: Actor, at: datetime) -> None:
    """Have everything put together that is held about the person; asking again while that goes on does nothing.

    :raises ArchiveTooSoon: the last one was made less than a day ago.
    """
    from kabinet.identity.tasks import make_personal_archive as task

    # The person's row is what both of two first requests can wait at.
    user = User.objects.select_for_update(of=("self",), no_key=True).get(
        pk=queries.person_id(actor)
    )
    last = _own(actor).order_by("-asked_at", "-pk").first()
    if last is not None and last.state == ArchiveState.WAITING:
        if not _is_given_up(last, at=at):
            return
        _move(last, ArchiveState.FAILED)
    elif last is not None and not _may_follow(last, at=at):
        raise ArchiveTooSoon
    archive = PersonalArchive.objects.create(user=user, asked_at=at)
    task.defer(archive_id=archive.pk)
    audit.record(actor, "identity.archive.request", archive, at=at)


def _may_follow(last: PersonalArchive, *, at: datetime) -> bool:
    if last.state == ArchiveState.WAITING:
        return _is_given_up(last, at=at)
    return last.state == ArchiveState.FAILED or last.asked_at + APART <= at


def _is_given_up(archive: PersonalArchive, *, at: datetime) -> bool:
    return archive.asked_at + GIVEN_UP_AFTER <= at


def _move(archive: PersonalArchive, state: ArchiveState) -> None:
    require_transition(TRANSITIONS, current=archive.state, target=state)
    archive.state = state
    archive.save()


def make_archive(*, archive_id: int, at: datetime) -> None:
    """Pack the archive and tell its owner; nothing happens when nobody waits for it any more."""
    waiting = PersonalArchive.objects.filter(pk=archive_id, state=ArchiveState.WAITING)
    archive = waiting.select_related("user").first()
    if archive is None:
        return
    try:
        content = _packed(archive.user_id, at=at)
    except BaseException:
        waiting.update(state=ArchiveState.FAILED)
        raise
    key = files.store(content, folder=FOLDER, suffix=".zip")
    if not _finish(archive_id, key, at=at):
        files.discard(key)


@transaction.atomic
def _finish(archive_id: int, key: str, *, at: datetime) -> bool:
    """False when another worker was faster, or the person has left meanwhile."""
    archive = (
        PersonalArchive.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=archive_id, state=ArchiveState.WAITING)
        .first()
    )
    if archive is None:
        return False
    archive.file, archive.ready_at, archive.expires_at = key, at, at + KEPT
    _move(archive, ArchiveState.READY)
    actor = Actor.customer(archive.user_id)
    audit.record(actor, "identity.archive.make", archive, at=at)
    leaving_letters.tell_archive_ready(actor=actor, until=archive.expires_at, at=at)
    return True


def _packed(user_id: int, *, at: datetime) -> bytes:
    packed = io.BytesIO()
    moment = timezone.localtime(at).timetuple()[:6]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:

        def begun(name: str) -> zipfile.ZipInfo:
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            return entry

        shown = [_write(archive, begun, section, user_id) for section in personal_data.registered()]
        summary = render_to_string(
            "identity/files/personal_data.html", {"sections": shown, "at": at}
        )
        archive.writestr(begun(_("Мои данные.html")), summary)
    return packed.getvalue()


def _write(
    archive: zipfile.ZipFile,
    begun: Callable[[str], zipfile.ZipInfo],
    section: personal_data.Section,
    user_id: int,
) -> _Shown:
    """Stream a section into its file; what people read stays at its first rows."""
    name = f"csv/{section.name}.csv"
    columns = [str(column) for column in section.columns]
    shown = _Shown(str(section.title), name, columns, [])
    with (
        archive.open(begun(name), "w") as raw,
        io.TextIOWrapper(raw, "utf-8-sig", newline="") as text,
    ):
        writer = csv.writer(text, delimiter=";")
        writer.writerow(columns)
        for row in _counted(section.rows(user_id), shown):
            writer.writerow([_for_machines(cell) for cell in row])
    return shown


def _counted(rows: Iterable[personal_data.Row], shown: _Shown) -> Iterable[personal_data.Row]:
    for row in rows:
        shown.count += 1
        if shown.count <= SHOWN_ROWS:
            shown.rows.append([_for_people(cell) for cell in row])
        yield row


def _for_machines(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, date):
        return cell.isoformat()
    return guarded(str(cell)) if isinstance(cell, str) else str(cell)


def _for_people(cell: object) -> str:
    if cell is None or cell == "":
        return "—"
    if isinstance(cell, bool):
        return _("да") if cell else _("нет")
    if isinstance(cell, datetime):
        return f"{timezone.localtime(cell):%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    return str(cell)


def open_archive(*, actor: Actor, public_id: uuid.UUID, at: datetime) -> ArchiveFile:
    """Give the finished archive to its owner.

    :raises ArchiveNotFound: it is another person's, not ready, has run out, or its file is lost.
    """
    ready = _own(actor).filter(public_id=public_id, state=ArchiveState.READY, expires_at__gt=at)
    archive = ready.first()
    if archive is None:
        raise ArchiveNotFound
    try:
        with default_storage.open(archive.file) as file:
            content: bytes = file.read()
    except OSError as error:
        logger.error("Personal archive %s is lost: %s", archive.pk, error)  # noqa: TRY400 -- no trace needed
        raise ArchiveNotFound from error
    audit.record(actor, "identity.archive.download", archive, at=at)
    return ArchiveFile(
        content, _("Мои данные %(day)s.zip") % {"day": f"{archive.ready_at:%Y-%m-%d}"}
    )


def forget_old_archives(*, at: datetime) -> int:
    """Delete the archives that have run out, with their files; a storage that fails leaves the row for the next time.

    Those that never became ready go as well: there is nothing to keep.
    """
    never_ready = PersonalArchive.objects.exclude(state=ArchiveState.READY)
    forgotten: int = never_ready.filter(asked_at__lte=at - KEPT).delete()[0]
    for archive in PersonalArchive.objects.filter(expires_at__lte=at).iterator():
        files.discard(archive.file)
        forgotten += PersonalArchive.objects.filter(pk=archive.pk).delete()[0]
    return forgotten


def forget_stray_files(*, at: datetime) -> int:
    """Delete what no archive names: its worker died before it could say so, or the storage failed as a person left."""
    known = set(PersonalArchive.objects.exclude(file="").values_list("file", flat=True))
    strays = list(files.stray(known, folder=FOLDER, before=at - GIVEN_UP_AFTER))
    for key in strays:
        files.discard(key)
    return len(strays)


def _own(actor: Actor) -> QuerySet[PersonalArchive]:
    return PersonalArchive.objects.filter(user_id=queries.person_id(actor))

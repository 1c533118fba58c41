from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app


@app.periodic(cron="27 3 * * *")
@app.task(name="identity.forget", queueing_lock="identity.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.identity import archives, operations, sessions
    from kabinet.identity.messengers import linking
    from kabinet.identity.operations import leaving

    linking.forget_old_linkings(at=timezone.now())
    operations.forget_old_codes(at=timezone.now())
    operations.forget_old_qr(at=timezone.now())
    operations.forget_old_sessions(at=timezone.now())
    sessions.forget_expired()
    leaving.forget_old_acts(at=timezone.now())
    # Last: a storage that is down keeps none of the others from being done.
    archives.forget_old_archives(at=timezone.now())
    archives.forget_stray_files(at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="identity.new_devices", queueing_lock="identity.new_devices")
def tell_of_new_devices(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.identity import operations

    operations.tell_of_new_devices(at=timezone.now())


@app.task(name="identity.personal_archive")
def make_personal_archive(*, archive_id: int, **_from_newer_senders: object) -> None:
    from kabinet.identity import archives

    archives.make_archive(archive_id=archive_id, at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="identity.leave", queueing_lock="identity.leave")
def find_due_deletions(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    """One job each: a person who cannot be deleted now holds up no other."""
    from kabinet.identity.operations import leaving

    for deletion_id in leaving.get_due_deletions(at=timezone.now()):
        delete_person.defer(deletion_id=deletion_id)


@app.task(name="identity.delete_person")
def delete_person(*, deletion_id: int, **_from_newer_senders: object) -> None:
    from kabinet.identity.operations import leaving

    leaving.carry_out_deletion(deletion_id=deletion_id, at=timezone.now())

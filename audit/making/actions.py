"""What people do with files that are made for them: ask for one, take it, and let it end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from audit.making import kinds
from audit.making.kinds import Made
from audit.making.storage import clear_workspace, kept, sweep
from audit.models import MadeFile, Making
from audit.queries.pupils import at_schools
from audit.record import record_by_school
from classwaves_admin.accounts.models import User
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications.actions import Recipient, queue_mail
from classwaves_admin.tenancy.scope import Scope, inside, system_scope

JOB, READY = "audit.make", "audit.file_ready"


class OutsideScope(PermissionError):
    """A school that the person may not see."""


def ask(
    *,
    kind: str,
    school_id: str | None,
    scope: Scope,
    parameters: Mapping[str, Any],
    user: User,
    role: str,
    by: Actor,
    now: datetime,
    typed: Mapping[str, Any] | None = None,
    students: Iterable[str] = (),
) -> Making:
    """Have a file made: of one school, or without one of all that `scope` reaches. Return the making.

    `parameters` are codes, ids and days; what a person typed goes into `typed`. The view asks for a fresh
    sign-in before it calls. Raises UnknownKind, and OutsideScope for a school outside of `scope`.
    """
    kinds.get(kind)
    if school_id and not scope.allows_school(school_id):
        raise OutsideScope("A file holds rows of the person's own schools.")
    reach = None if school_id or scope.schools is None else list(scope.schools)
    with transaction.atomic():
        making = Making.objects.create(
            kind=kind,
            school_id=school_id or "",
            reach=reach,
            asked_by=user,
            asked_as=role,
            asked_at=now,
            parameters=dict(parameters),
            typed=dict(typed or {}),
            students=sorted(set(students)),
        )
        jobs.start(kind=JOB, subject_id=making.pk, school_id=school_id, by=by, now=now)
    return making


def keep(*, making: Making, made: Made, by: Actor, now: datetime) -> None:
    """Keep what a maker made: the files, the audit event, and a mail to who asked. A second call keeps nothing.

    Part of the job.
    """
    with kept(making, made.parts) as files, transaction.atomic():
        fresh = Making.objects.select_for_update().get(pk=making.pk)
        if fresh.made_at is not None or fresh.ended_at is not None:
            raise AlreadyMade
        fresh.rows, fresh.pages = made.rows, made.pages
        fresh.data_sha256, fresh.data_as_of = made.data_sha256, made.data_as_of
        fresh.made_at, fresh.expires_at = now, now + timedelta(days=settings.MADE_FILE_DAYS)
        fresh.typed = {}
        fresh.save()
        MadeFile.objects.bulk_create(files)
        record_by_school(
            kinds.event_of(making.kind, handed_over=False),
            by=by,
            concerned=_concerned(making, making.students),
            resource=("made_file", making.pk),
            data={
                "kind": making.kind,
                "formats": [part.format for part in made.parts],
                "rows": made.rows,
                "sha256": made.data_sha256,
                **made.told,
            },
            at=now,
        )
        _tell(fresh, now)
    clear_workspace(making.pk)


class AlreadyMade(Exception):
    """Another process has kept the same making in the meantime, or somebody has ended it."""


def _tell(making: Making, now: datetime) -> None:
    """Write to who asked; the mail names nobody, and where the file is only to who signs in."""
    user = making.asked_by
    if user is None:
        return
    queue_mail(
        kind=READY,
        recipient=Recipient(user.email, str(user.pk), "en"),
        context={"title": kinds.title_of(making.kind), "days": str(settings.MADE_FILE_DAYS)},
        school_id=making.school_id or None,
        refers_to=making.pk,
        now=now,
    )


def make_again(*, making: Making, user: User, role: str, scope: Scope, by: Actor, now: datetime) -> Making:
    """Have the same made with the data of today, within the scope that the person has now. Return the new making."""
    return ask(
        kind=making.kind,
        school_id=making.school_id or None,
        scope=scope,
        parameters=making.parameters,
        user=user,
        role=role,
        by=by,
        now=now,
        students=making.students,
    )


def note_look(*, file: MadeFile, by: Actor, now: datetime) -> None:
    """Record that somebody looked at the picture of a report's first page."""
    making = file.making
    with transaction.atomic():
        record_by_school(
            "report.viewed",
            by=by,
            concerned=_concerned(making, making.students),
            resource=("made_file", making.pk),
            data={"kind": making.kind},
            at=now,
        )


def note_download(*, file: MadeFile, by: Actor, now: datetime) -> None:
    """Record that a file is handed over, in the log and at the file."""
    making = file.making
    with transaction.atomic():
        MadeFile.objects.filter(pk=file.pk).update(downloads=F("downloads") + 1, downloaded_at=now)
        record_by_school(
            kinds.event_of(making.kind, handed_over=True),
            by=by,
            concerned=_concerned(making, making.students),
            resource=("made_file", making.pk),
            data={"kind": making.kind, "format": file.format, "rows": making.rows, "sha256": file.sha256},
            at=now,
        )


def delete_files(*, making: Making, by: Actor, now: datetime) -> bool:
    """Stop making an export and delete its files before their days are over. Return whether there was one to end."""
    with transaction.atomic():
        if not end(making=making, students=making.students, by=by, now=now):
            return False
    remove_files(making)
    return True


def end(*, making: Making, students: Iterable[str], by: Actor, now: datetime) -> bool:
    """End a making in the caller's transaction: nobody gets its files. Return whether there was one to end.

    `students` are those whom the event names. The caller deletes the files behind the transaction.
    """
    if not Making.objects.filter(pk=making.pk, ended_at=None).update(ended_at=now, typed={}):
        return False
    with system_scope(reason="the making itself was found in the person's scope"):
        for job_id in Job.objects.filter(kind=JOB, subject_id=making.pk).values_list("pk", flat=True):
            jobs.cancel(job_id=job_id, now=now)
    record_by_school(
        "export.deleted",
        by=by,
        concerned=_concerned(making, students),
        resource=("made_file", making.pk),
        data={"kind": making.kind, "rows": making.rows, "sha256": making.data_sha256 or None},
        at=now,
    )
    return True


def remove_files(making: Making) -> None:
    """Delete the files of a making that has ended, and what was begun of it."""
    _remove_files(making)
    clear_workspace(making.pk)


def end_old_files(*, now: datetime) -> int:
    """Delete the files whose days are over, and what died processes left; return how many makings ended."""
    over = Making.objects.filter(expires_at__lte=now, ended_at=None)
    ended = 0
    for making in over.order_by("expires_at", "pk"):
        _remove_files(making)
        Making.objects.filter(pk=making.pk).update(ended_at=now, typed={})
        ended += 1
    for making in Making.objects.filter(files__file__gt="").exclude(ended_at=None).distinct():
        _remove_files(making)  # whoever ended it died before
    too_old = now - timedelta(days=settings.MADE_FILE_DAYS)
    Making.objects.filter(made_at=None, ended_at=None, asked_at__lte=too_old).update(ended_at=now, typed={})
    open_states = (State.QUEUED, State.RUNNING, State.FAILED)
    open_ids = set(Job.objects.filter(kind=JOB, state__in=open_states).values_list("subject_id", flat=True))
    over_ids = Making.objects.filter(pk__in=open_ids).exclude(ended_at=None).values_list("pk", flat=True)
    sweep(open_ids=open_ids - set(over_ids), now=now)  # a job that failed may be tried again until then
    return ended


def _remove_files(making: Making) -> None:
    files = list(making.files.exclude(file=""))
    for file in files:
        default_storage.delete(file.file)  # before the row: what is deleted twice is deleted
    MadeFile.objects.filter(pk__in=[file.pk for file in files]).update(file="")


def _concerned(making: Making, students: Iterable[str]) -> dict[str, list[str]]:
    """Return the schools whose rows a making holds, with the students whom an event about it names."""
    with inside(making.scope):
        return at_schools(list(students), making.scope.schools or ())

"""What people do with rosters: send one, settle its columns, apply it, go on with it, drop it, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from audit.record import record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import Actor
from classwaves_admin.tenancy.scope import Scope, system_scope
from consent.models import RosterChange, RosterColumns, RosterImport
from consent.models.rosters import RosterFormat, RosterState
from consent.queries.rosters import current_job
from consent.roster.reading import forget_files

READ, APPLY, UNDO = "consent.read_roster", "consent.import_roster", "consent.undo_roster"
# A file that nobody applies is forgotten after a day.
FILE_LIFE = timedelta(days=1)


class RosterProblem(Exception):
    """Why something cannot be done with an import; the words are for the person."""


def begin(
    *,
    format: RosterFormat,  # noqa: A002 - the word of the field
    scope: Scope | None,
    by: Actor,
    now: datetime,
    school_id: str = "",
    options: Mapping[str, Any] | None = None,
) -> RosterImport:
    """Make an import of which the file is at hand. `scope` limits it to a person's schools, None to nothing."""
    limits: dict[str, list[str]] = {}
    if scope is not None and scope.schools is not None:
        limits = {"schools": list(scope.schools), "districts": list(scope.districts or ())}
    return RosterImport.objects.create(
        format=format,
        school_id=school_id,
        actor_id=by.id,
        limited_to=limits,
        # The numbers of a district stand for all of its schools: one school's file says nothing about them.
        options={"writes_district": not limits or bool(limits["districts"]), **(options or {})},
        created_at=now,
    )


def start_reading(*, import_id: str, by: Actor, now: datetime, columns: Mapping[str, Any] | None = None) -> Job:
    """Have the file read and compared by a job; `columns` are those that a person has settled for a plain table."""
    with transaction.atomic():
        roster_import = _locked(import_id, RosterState.READING, RosterState.MAPPING)
        if columns is not None:
            roster_import.options |= {"columns": dict(columns), "encoding": columns["encoding"]}
            kept = {name: value for name, value in columns.items() if name not in {"delimiter", "encoding"}}
            RosterColumns.objects.update_or_create(
                school_id=roster_import.school_id, defaults={"columns": kept, "updated_at": now}
            )
        roster_import.state = RosterState.READING
        roster_import.save(update_fields=["options", "state"])
        return jobs.start(kind=READ, subject_id=import_id, school_id=None, by=by, now=now)


def start_applying(*, import_id: str, leave_out_invalid: bool, confirmed: int | None, by: Actor, now: datetime) -> Job:
    """Have a compared roster written by a job. Raises RosterProblem where something still needs a person's word."""
    try:
        with transaction.atomic():
            roster_import = _locked(import_id, RosterState.CHECKED)
            if roster_import.rows_left_out and not leave_out_invalid:
                raise RosterProblem(f"Confirm that {roster_import.rows_left_out} rows with faults are left out.")
            if roster_import.needs_confirmation and confirmed != roster_import.leaving:
                raise RosterProblem(f"Type {roster_import.leaving} to confirm that so many leave.")
            roster_import.leave_out_invalid = leave_out_invalid
            roster_import.confirmed = confirmed
            roster_import.state, roster_import.cursor = RosterState.APPLYING, {}
            roster_import.save(update_fields=["leave_out_invalid", "confirmed", "state", "cursor"])
            return jobs.start(
                kind=APPLY, subject_id=import_id, school_id=None, total=roster_import.total, by=by, now=now
            )
    except IntegrityError:
        raise RosterProblem(BUSY) from None


BUSY = "Another roster of this district is being applied or taken back. Wait until it is done, then try again."


def go_on(*, import_id: str, by: Actor, now: datetime) -> None:
    """Let the job of an import that a fault has stopped go on. Raises RosterProblem where none has stopped."""
    with transaction.atomic():
        roster_import = _locked(import_id, RosterState.READING, RosterState.APPLYING, RosterState.UNDOING)
        job = stopped_job(roster_import)
        if job is None:
            raise RosterProblem("It goes on already.")
        with system_scope(reason="the job of a roster is of no single school"):
            jobs.restart(job_id=job.pk, now=now)
        record(
            "job.retried",
            by=by,
            school_id=roster_import.school_id or None,
            resource=("job", job.pk),
            data={"kind": job.kind, "failure": job.failure, "roster": roster_import.pk},
            at=now,
        )


def stopped_job(roster_import: RosterImport) -> Job | None:
    """Return the job that an import waits for where a fault has stopped it, None otherwise."""
    job = current_job(roster_import)
    return job if job is not None and job.state == State.FAILED else None


def start_undoing(*, import_id: str, by: Actor, now: datetime) -> Job:
    """Have an import taken back by a job: one that is applied, or the part of it that was written before a fault.

    Raises RosterProblem where that is not possible, or no longer.
    """
    try:
        with transaction.atomic():
            roster_import = _locked(import_id, RosterState.APPLIED, RosterState.APPLYING)
            if not can_be_undone(roster_import, now):
                raise RosterProblem(
                    f"An import can be taken back for {settings.ROSTER_UNDO_DAYS} days, and not while it is written."
                )
            stopped = stopped_job(roster_import)
            if stopped is not None:
                with system_scope(reason="the job of a roster is of no single school"):
                    jobs.cancel(job_id=stopped.pk, now=now)
            roster_import.state, roster_import.left_as_is = RosterState.UNDOING, {}
            roster_import.save(update_fields=["state", "left_as_is"])
            total = roster_import.options.get("parts", 0)
            job = jobs.start(kind=UNDO, subject_id=import_id, school_id=None, total=total, by=by, now=now)
    except IntegrityError:
        raise RosterProblem(BUSY) from None
    forget_files(roster_import)
    return job


def drop(*, import_id: str, now: datetime) -> None:
    """Give an import up that is not applied, with its file."""
    del now
    with transaction.atomic():
        roster_import = _locked(import_id, RosterState.MAPPING, RosterState.READING, RosterState.CHECKED)
        roster_import.state = RosterState.DROPPED
        roster_import.save(update_fields=["state"])
    forget_files(roster_import)


def tidy(*, now: datetime) -> None:
    """Forget files of a day ago, and the values that imports of more than a week ago could be taken back to."""
    waiting = (RosterState.MAPPING, RosterState.READING, RosterState.CHECKED)
    old = RosterImport.objects.filter(created_at__lte=now - FILE_LIFE)
    old.filter(state__in=waiting).update(state=RosterState.DROPPED)
    keeping = {RosterState.APPLYING.value, *(state.value for state in waiting)}
    kept = {pk for pk, state in RosterImport.objects.values_list("pk", "state") if state in keeping}
    for path in settings.ROSTER_DIR.glob("*"):
        if path.name.partition(".")[0] not in kept:
            path.unlink(missing_ok=True)
    # What a killed web process leaves of a file that was on its way in.
    for path in settings.FILE_UPLOAD_TEMP_DIR.glob("*.upload*"):
        if datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) <= now - FILE_LIFE:
            path.unlink(missing_ok=True)
    over = RosterImport.objects.filter(applied_at__lte=now - timedelta(days=settings.ROSTER_UNDO_DAYS))
    RosterChange.objects.filter(roster_import__in=over.exclude(state=RosterState.UNDOING)).delete()


def can_be_undone(roster_import: RosterImport, now: datetime) -> bool:
    """Tell whether an import was applied within the days for which its values before are kept, or stopped midway."""
    if roster_import.state == RosterState.APPLYING:
        return stopped_job(roster_import) is not None
    if roster_import.state != RosterState.APPLIED or roster_import.applied_at is None:
        return False
    return now < roster_import.applied_at + timedelta(days=settings.ROSTER_UNDO_DAYS)


def _locked(import_id: str, *states: RosterState) -> RosterImport:
    """Return the import, locked. Raises RosterProblem where it stands elsewhere by now."""
    found = RosterImport.objects.select_for_update().get(pk=import_id)
    if found.state not in states:
        raise RosterProblem(f"This is no longer possible: the import is {found.get_state_display().lower()}.")
    return found

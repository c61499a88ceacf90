"""Writes a staged roster, part by part: each part with its events and what undoes it in one transaction."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit.record import record
from classwaves_admin.jobs.kinds import CATALOG_AWAY, CannotGoOn, NotYet, Progress
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor, system
from classwaves_admin.lib.without_gc import without_gc
from classwaves_admin.schools.staging import Stage
from classwaves_admin.warehouse.models import AuditLog, Student
from classwaves_admin.warehouse.outbox import delivery, gateway
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions import nightly
from consent.actions.changes import changes_for, lower_flags
from consent.actions.close import call_back_children, close_invitations
from consent.actions.locks import lock_children
from consent.actions.moving import leave_addresses
from consent.models import Guardian, RosterChange, RosterImport, RosterImportSchool
from consent.models.rosters import RosterState
from consent.roster.changes import Changes
from consent.roster.losses import losses_of
from consent.roster.parts import Cursor, Part, Plan, namespace
from consent.roster.reading import forget_files
from consent.roster.tables import TABLES
from consent.roster.tally import Tally

# A step of the job ends after so many seconds, or after one part that takes longer.
STEP_SECONDS = 1.0
# Students and guardians in one transaction: it is over in a blink, so other writers do not wait long.
PEOPLE = 1_000


def apply_step(*, job: Job, now: datetime) -> Progress:
    """Write the next parts of the import that the job is about."""
    roster_import = RosterImport.objects.get(pk=job.subject_id)
    if roster_import.state != RosterState.APPLYING:
        return _progress(roster_import, finished=True)
    wait_for_the_catalog()
    ends = time.monotonic() + STEP_SECONDS
    try:
        with Stage.open(roster_import.stage_path) as stage:
            if not roster_import.cursor:
                _recheck(roster_import, stage)
            plan = Plan(stage, roster_import, now=now)
            with without_gc():
                while _apply(plan, roster_import, job.by, now):
                    if time.monotonic() >= ends:
                        return _progress(roster_import)
    except FileNotFoundError:
        RosterImport.objects.filter(pk=roster_import.pk).update(state=RosterState.DROPPED)
        raise CannotGoOn("roster_file_gone") from None
    forget_files(roster_import)
    return _progress(roster_import, finished=True)


def wait_for_the_catalog() -> None:
    """Deliver what waits for the tables of a roster. Raises NotYet where the warehouse does not take it.

    While what an earlier part wrote has not arrived, comparing would compare with the past.
    """
    waiting = OutboxEntry.objects.filter(table__in=_CATALOG_TABLES, stuck_at=None)
    if waiting.exists():
        delivery.deliver()
        if waiting.exists():
            raise NotYet(CATALOG_AWAY)


_CATALOG_TABLES = [table.model._meta.db_table for table in TABLES.values() if table.in_catalog]


def _recheck(roster_import: RosterImport, stage: Stage) -> None:
    """Count once more who leaves, before the first part: others may have changed rows since a person confirmed."""
    district, percent = namespace(stage, roster_import), settings.ROSTER_MOST_DEPARTURES_PERCENT
    found = {school.id: losses_of(stage, school, district) for school in stage.schools()}
    leaving = sum(losses.leaving for losses in found.values())
    allowed = roster_import.confirmed if roster_import.confirmed is not None else roster_import.leaving
    if leaving <= allowed or not any(losses.exceed(percent) for losses in found.values()):
        return
    with transaction.atomic():
        for school_id, losses in found.items():
            RosterImportSchool.objects.filter(roster_import=roster_import, school_id=school_id).update(
                students_before=losses.students,
                students_leaving=losses.students_leaving,
                ties_before=losses.ties,
                ties_ending=losses.ties_ending,
            )
        RosterImport.objects.filter(pk=roster_import.pk).update(
            state=RosterState.CHECKED, leaving=leaving, needs_confirmation=True, confirmed=None
        )
    raise CannotGoOn("more_departures")


def _apply(plan: Plan, roster_import: RosterImport, by: Actor, now: datetime) -> bool:
    """Write the next parts in one transaction; return whether there are more."""
    people, events, ends = 0, list[AuditLog](), time.monotonic() + STEP_SECONDS
    with transaction.atomic():
        while True:
            part = plan.part(Cursor.of(roster_import.cursor))
            _protect([key for key, under_13 in part.changes.turned.items() if under_13], now)
            _write(part, roster_import, by, now)
            _record(part, roster_import, by, now, events)
            _count(roster_import, part)
            people += part.people
            if part.next is None or people >= PEOPLE or time.monotonic() >= ends:
                break
        if events:
            gateway.insert(*events)
        if part.next is None:
            roster_import.state, roster_import.applied_at = RosterState.APPLIED, now
            roster_import.done = roster_import.total
            _check_ages(roster_import, now)
        roster_import.save(update_fields=["counts", "options", "cursor", "done", "state", "applied_at"])
    return part.next is not None


def _check_ages(roster_import: RosterImport, now: datetime) -> None:
    """Have the ages of the schools checked as each night: a new adult is asked today, not tomorrow (34 CFR 99.5)."""
    if Tally.of(roster_import.counts).writes:
        schools = RosterImportSchool.objects.filter(roster_import=roster_import).order_by("school_id")
        nightly.start_for(schools.values_list("school_id", flat=True), by=system("consent"), now=now)


def _protect(student_ids: Collection[str], now: datetime) -> None:
    """Lower the flags of students who turn out to be under 13 and limit them, before anything is written of them.

    What was enough at 13 may not be enough now (16 CFR 312.5(b)); the catalog still has the year that was wrong.
    """
    if not student_ids:
        return
    lock_children(student_ids)
    schools = dict(Student.objects.filter(id__in=student_ids).values_list("id", "school_id"))
    for change in changes_for(schools, now).values():
        change.about = replace(change.about, under_13=True, adult=False)
        lower_flags(change, now=now)


def _write(part: Part, roster_import: RosterImport, by: Actor, now: datetime) -> None:
    """Write one part and keep what undoes it."""
    changes = part.changes
    if changes.moved:
        leave_addresses(list(Guardian.objects.filter(pk__in=changes.moved)), by=by, now=now)
    made = changes.write()
    if not made:
        return
    number = roster_import.options.get("parts", 0)
    RosterChange.objects.bulk_create(
        [
            RosterChange(
                roster_import=roster_import,
                school_id=part.school_id or "",
                part=number,
                table=one.table.name,
                payload=one.kept(),
            )
            for one in made
        ]
    )
    roster_import.options |= {"parts": number + 1}
    _call_back(changes, now)


def _count(roster_import: RosterImport, part: Part) -> None:
    """Note in memory how far the import is."""
    counts = Tally.of(roster_import.counts)
    counts.add(part.changes.tally)
    roster_import.counts = counts.data()
    roster_import.cursor = part.next.data() if part.next else {}
    roster_import.done = min(roster_import.done + part.people, roster_import.total)


def _call_back(changes: Changes, now: datetime) -> None:
    """Let links die that went to someone the roster takes out, or about a child who left."""
    if changes.closed_guardians:
        close_invitations(guardian_ids=changes.closed_guardians, now=now)
    if changes.closed_students:
        call_back_children(student_ids=changes.closed_students, now=now)
    for guardian_id, student_id in sorted(changes.closed_pairs):
        call_back_children(student_ids=[student_id], guardian_id=guardian_id, now=now)


def _record(part: Part, roster_import: RosterImport, by: Actor, now: datetime, events: list[AuditLog]) -> None:
    changes = part.changes
    for student_id, under_13 in sorted(changes.turned.items()):
        record(
            "coppa.status_changed",
            by=by,
            school_id=part.school_id,
            resource=("student", student_id),
            students=[student_id],
            data={"under_13": under_13},
            at=now,
            write=events.append,
        )
    # A part that changed nothing leaves no event, save the first, which says that a roster came.
    if changes.tally.writes or part.school_id is None:
        record(
            "roster.imported",
            by=by,
            school_id=part.school_id,
            resource=("roster", roster_import.pk),
            students=changes.students,
            data=changes.tally.data(),
            at=now,
            write=events.append,
        )


def _progress(roster_import: RosterImport, *, finished: bool = False) -> Progress:
    return Progress(roster_import.done, roster_import.total, finished)

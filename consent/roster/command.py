"""A roster from the command line: read, compared, applied, in one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.faults import Fault, PackageRefused
from classwaves_admin.schools.plain_table import Columns, guess, preview
from classwaves_admin.schools.staging import Stage
from classwaves_admin.tenancy.scope import system_scope
from consent.models import RosterColumns, RosterImport
from consent.models.rosters import RosterFormat, RosterState
from consent.roster.actions import RosterProblem, begin, drop, start_applying
from consent.roster.reading import forget_files, read_roster
from consent.roster.rehearsal import rehearse_part
from consent.roster.tally import Tally

_PAUSE = 0.2


@dataclass(slots=True)
class Import:
    """What came of an import. Where it was refused nothing was written; without `written` it was a rehearsal.

    `problem`: a person must decide something first, so nothing was written either.
    """

    faults: list[Fault] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    refused: bool = False
    problem: str = ""
    written: bool = False
    rows_left_out: int = 0
    needs_confirmation: bool = False
    leaving: int = 0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person at the terminal has decided beforehand.

    `compare` is called with a rehearsed import while its comparison is still there: the file is deleted then.
    """

    dry_run: bool = False
    leave_out_invalid: bool = False
    confirmed: int | None = None
    compare: Callable[[RosterImport], None] | None = None


def import_package(*, package: BinaryIO | Path, by: Actor, now: datetime, choices: Choices = Choices()) -> Import:
    """Import a OneRoster package, a ZIP or a folder."""
    with system_scope(reason="a roster spans the schools of a district"):
        roster_import = begin(format=RosterFormat.ONEROSTER, scope=None, by=by, now=now)
        return _run(roster_import, package, by=by, now=now, choices=choices)


def import_table(*, path: Path, school_id: str, encoding: str, by: Actor, now: datetime, choices: Choices) -> Import:
    """Import a plain table of one school with the columns that its office settled, or that their names tell.

    `encoding` says in which the file is, where that does not follow from its bytes.
    """
    with system_scope(reason="the operator names the school"):
        try:
            seen = preview(path)
        except PackageRefused as refusal:
            return Import([refusal.fault], refused=True)
        if not seen.certain and encoding != seen.encoding:
            message = f"The file is not in UTF-8. If it comes from Windows, say so with --encoding={seen.encoding}."
            return Import([Fault("table.csv", 0, "table.uncertain_encoding", message)], refused=True)
        kept = RosterColumns.objects.filter(school_id=school_id).values_list("columns", flat=True).first()
        columns = (Columns.of(kept, seen.header) if kept else None) or guess(seen.header)
        if columns.problems:
            message = " ".join(columns.problems) + " Settle the columns on the page “Rosters” once."
            return Import([Fault("table.csv", 1, "table.columns", message)], refused=True)
        options = {
            "encoding": seen.encoding,
            "columns": {**columns.data(seen.header), "delimiter": seen.delimiter},
        }
        roster_import = begin(format=RosterFormat.CSV, scope=None, by=by, now=now, school_id=school_id, options=options)
        return _run(roster_import, path, by=by, now=now, choices=choices)


def _run(roster_import: RosterImport, source: BinaryIO | Path, *, by: Actor, now: datetime, choices: Choices) -> Import:
    with _forgetting(roster_import):
        read_roster(roster_import, source, now=now)
        done = Import(
            [Fault(*one) for one in roster_import.faults],
            refused=roster_import.state == RosterState.REFUSED,
            rows_left_out=roster_import.rows_left_out,
            needs_confirmation=roster_import.needs_confirmation,
            leaving=roster_import.leaving,
            id=roster_import.pk,
        )
        if done.refused:
            return done
        if choices.dry_run:
            _rehearse(roster_import, now)
            done.tally = Tally.of(roster_import.expected)
            if choices.compare is not None:
                choices.compare(roster_import)
            drop(import_id=roster_import.pk, now=now)
            return done
        RosterImport.objects.filter(pk=roster_import.pk).update(state=RosterState.CHECKED)
        try:
            job = start_applying(
                import_id=roster_import.pk,
                leave_out_invalid=choices.leave_out_invalid,
                confirmed=choices.confirmed,
                by=by,
                now=now,
            )
        except RosterProblem as problem:
            done.problem = str(problem)
            return done
        _work(job)
        roster_import.refresh_from_db()
        done.written = roster_import.state == RosterState.APPLIED
        done.tally = Tally.of(roster_import.counts)
        return done


def _rehearse(roster_import: RosterImport, now: datetime) -> None:
    with Stage.open(roster_import.stage_path) as stage:
        while not rehearse_part(roster_import, stage, now=now):
            pass


def _work(job: Job) -> None:
    """Work on the job here, or wait for the worker who was quicker."""
    while job.is_open:
        if not running.run(job.pk):
            job.refresh_from_db()
            if job.is_open:
                time.sleep(_PAUSE)
        job.refresh_from_db()


@contextmanager
def _forgetting(roster_import: RosterImport) -> Iterator[None]:
    """Leave no file behind that no job needs, and no import that seems to wait."""
    try:
        yield
    finally:
        waiting = (RosterState.READING, RosterState.CHECKED)
        RosterImport.objects.filter(pk=roster_import.pk, state__in=waiting).update(state=RosterState.DROPPED)
        roster_import.refresh_from_db()
        if roster_import.state != RosterState.APPLYING:
            forget_files(roster_import)

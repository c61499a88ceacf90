"""The steps of the three jobs about rosters, and their registration."""

from __future__ import annotations

import time
from datetime import datetime

from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.kinds import CannotGoOn, Progress
from classwaves_admin.jobs.models import Job
from classwaves_admin.schools.staging import Stage
from consent.models import RosterImport
from consent.models.rosters import RosterState
from consent.roster.actions import APPLY, READ, UNDO
from consent.roster.applying import STEP_SECONDS, apply_step
from consent.roster.reading import read_roster
from consent.roster.rehearsal import rehearse_part
from consent.roster.undoing import undo_step


def register() -> None:
    """Register the jobs, when Django starts."""
    reason = "a roster spans the schools of a district"
    kinds.register(READ, read_step, reason=reason, title="Reading a roster")
    kinds.register(APPLY, apply_step, reason=reason, title="Taking in a roster")
    kinds.register(UNDO, undo_step, reason=reason, title="Taking a roster back")


def read_step(*, job: Job, now: datetime) -> Progress:
    """Read the file, then compare part after part."""
    roster_import = RosterImport.objects.get(pk=job.subject_id)
    if roster_import.state != RosterState.READING:
        return Progress(roster_import.total, roster_import.total, finished=True)
    if not roster_import.stage_path.exists():
        return _read(roster_import, now)
    ends, finished = time.monotonic() + STEP_SECONDS, False
    with Stage.open(roster_import.stage_path) as stage:
        while not finished and time.monotonic() < ends:
            finished = rehearse_part(roster_import, stage, now=now)
    done = roster_import.total if finished else roster_import.done
    return Progress(done, roster_import.total, finished)


def _read(roster_import: RosterImport, now: datetime) -> Progress:
    if not roster_import.upload_path.exists():
        RosterImport.objects.filter(pk=roster_import.pk).update(state=RosterState.DROPPED)
        raise CannotGoOn("roster_file_gone")
    with roster_import.upload_path.open("rb") as source:
        read_roster(roster_import, source, now=now)
    # What it holds beyond the stage is not needed by this portal.
    roster_import.upload_path.unlink(missing_ok=True)
    return Progress(0, roster_import.total, finished=roster_import.state == RosterState.REFUSED)

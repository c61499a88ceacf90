"""The job that makes files, portion after portion, inside the scope of what was asked for."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from audit.making import kinds
from audit.making.actions import JOB, AlreadyMade, keep
from audit.making.storage import workspace_of
from audit.models import Making
from classwaves_admin.jobs import kinds as job_kinds
from classwaves_admin.jobs.kinds import CannotGoOn, Progress
from classwaves_admin.jobs.models import Job
from classwaves_admin.tenancy.scope import inside


def register() -> None:
    """Register the job, when Django starts."""
    job_kinds.register(
        JOB,
        make_step,
        reason="a file may hold rows of several schools; the step limits itself to them",
        title="Making a file",
    )


def make_step(*, job: Job, now: datetime) -> Progress:
    """Let the maker do a portion; keep what it has finished."""
    making = Making.objects.get(pk=job.subject_id)
    if making.made_at is not None:
        return Progress(making.rows, making.rows, finished=True)
    if making.ended_at is not None:
        raise CannotGoOn("too_old")
    try:
        kind = kinds.get(making.kind)
    except kinds.UnknownKind:
        raise CannotGoOn("unknown_kind") from None
    with inside(making.scope):
        outcome = kind.maker(making=making, workspace=workspace_of(making), now=now)
    if isinstance(outcome, Progress):
        return Progress(outcome.done, outcome.total)
    with suppress(AlreadyMade):
        keep(making=making, made=outcome, by=job.by, now=now)
    return Progress(outcome.rows, outcome.rows, finished=True)

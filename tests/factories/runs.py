"""Runs of retention, for tests."""

from __future__ import annotations

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import School
from retention.actions.runs import PLAN, RUN, approve_run, ask_run
from retention.models import Run, RunState

BY = Actor("teacher-1", ActorType.ADMIN)
COLLEAGUE = Actor("teacher-2", ActorType.ADMIN)


def run(school: School, *, kind: Retention = Retention.TRANSCRIPTS, by: Actor = BY) -> Run:
    """Ask for a run and have it counted."""
    with inside(EVERYTHING):
        asked = ask_run(school_id=school.pk, kind=kind, by=by, now=now())
        return worked(asked, PLAN)


def done(school: School, *, kind: Retention = Retention.TRANSCRIPTS) -> Run:
    """Ask for a run, have it counted, approve it where anything is to go, and let it run to its end."""
    counted = run(school, kind=kind)
    return counted if counted.state == RunState.DONE else approved(counted)


def approved(counted: Run) -> Run:
    """Approve a run as another administrator and let it run to its end."""
    with inside(EVERYTHING):
        approve_run(run=counted, by=COLLEAGUE, now=now())
        return worked(counted, RUN)


def worked(one: Run, kind: str) -> Run:
    """Work on the newest job of a run until it rests, and return the run as it is then."""
    job = Job.objects.filter(subject_id=one.pk, kind=kind).latest("created_at", "id")
    while running.run(job.pk):
        pass
    one.refresh_from_db()
    return one

"""Runs of the night: for policies that delete by themselves, where something is past its days."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import RetentionPolicy, School
from retention.actions.runs import NIGHT, ask_orphans, ask_run
from retention.models import Run, RunKind
from retention.queries.due import OfNoSchool
from retention.queries.kept import Kept, kept_at
from retention.queries.policies import policies_of
from retention.queries.reach import GOES, judged, reach, rules_of_run
from retention.queries.runs import OPEN, open_run
from retention.queries.standards import standards_at
from retention.rules.runs import cut_offs

__all__ = ["look_for_orphans", "night_portion", "start_nights"]


def start_nights(*, by: Actor, now: datetime) -> None:
    """Start a job for each school of which a policy deletes by itself, be it its own or its district's."""
    for school_id in _schools_with_nights():
        last = job_of(NIGHT, school_id)
        if last is None or not last.is_open:
            with transaction.atomic():
                jobs.start(kind=NIGHT, subject_id=school_id, school_id=school_id, total=len(Retention), by=by, now=now)


def _schools_with_nights() -> list[str]:
    own = RetentionPolicy.objects.filter(auto_delete_enabled=True).order_by("school_id")
    every = list(School.objects.order_by("pk").values_list("pk", flat=True))
    locked = {
        school_id
        for school_id, standards in standards_at(every).items()
        if any(one.locked and one.auto_delete for one in standards.values())
    }
    return sorted(locked.union(own.values_list("school_id", flat=True).distinct()))


def look_for_orphans(*, by: Actor, now: datetime) -> None:
    """Ask for a sweep of orphans, where none waits for a decision. It never starts by itself."""
    if not Run.objects.filter(kind=RunKind.ORPHANS, state__in=OPEN).exists():
        ask_orphans(by=by, now=now)


def night_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Look at one more kind of data of a school, and start a run where something of it goes."""
    every = list(Retention)
    if job.done < len(every):
        kind = every[job.done]
        held = policies_of(job.subject_id).held[kind]
        if held.auto_delete and open_run(job.subject_id, kind.value) is None:
            delete, archive = cut_offs(held.periods, now)
            run = Run(school_id=job.subject_id, policy_type=kind.value, delete_before=delete, archive_before=archive)
            if _takes_anything(run, kept_at(job.subject_id)):
                ask_run(school_id=job.subject_id, kind=kind, by=job.by, now=now, by_night=True)
    done = min(job.done + 1, len(every))
    return kinds.Progress(done, len(every), finished=done == len(every))


def _takes_anything(run: Run, kept: Kept) -> bool:
    """Tell whether a run would find a row that nothing keeps."""
    for rule in rules_of_run(run):
        try:
            rows, _ = judged(rule, reach(run, rule), kept)
        except OfNoSchool:
            continue
        if rows.filter(stays=GOES).exists():
            return True
    return False

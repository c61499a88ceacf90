"""Counts the rows of every table in the background, and compares the catalog with what is declared."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connections, transaction
from django.db.models import Count

from classwaves_admin.inventory.models import Survey, TableCount
from classwaves_admin.inventory.rules.findings import findings
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import Actor
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.catalog.drift import drifts
from classwaves_admin.warehouse.inventory import Table, tables

__all__ = ["AGAIN_AFTER", "SURVEY", "register", "start_survey", "survey_portion"]

SURVEY = "inventory.survey"
# Fifty statements to the warehouse: nobody needs them twice in a few minutes.
AGAIN_AFTER = timedelta(minutes=10)


def register() -> None:
    """Register the job. Called once, when Django starts."""
    kinds.register(
        SURVEY, survey_portion, reason="numbers of rows of every school; they name nobody", title="Counting all tables"
    )


def start_survey(*, by: Actor, now: datetime) -> Survey | None:
    """Start a count; None where one is under way, or was asked for a few minutes ago."""
    with transaction.atomic(), system_scope(reason="a count is of no school"):
        if Job.objects.filter(kind=SURVEY, state__in=(State.QUEUED, State.RUNNING)).exists():
            return None
        if Survey.objects.filter(ended_at__gt=now - AGAIN_AFTER).exists():
            return None
        survey = Survey.objects.create(asked_at=now)
        jobs.start(kind=SURVEY, subject_id=survey.pk, school_id=None, total=len(list(tables())), by=by, now=now)
    return survey


def survey_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Count one table; after the last one compare and let former surveys go. Safe to repeat."""
    survey = Survey.objects.filter(pk=job.subject_id).first()
    if survey is None:
        raise kinds.CannotGoOn("survey_gone")
    declared = list(tables())
    counted = set(TableCount.objects.filter(survey=survey).values_list("table", flat=True).distinct())
    waiting = [entry for entry in declared if entry.name not in counted]
    if waiting:
        _count(survey, waiting[0])
        return kinds.Progress(len(declared) - len(waiting) + 1, len(declared))
    found = [one.as_json() for one in findings(drifts(connections["warehouse"]))]
    with transaction.atomic():
        Survey.objects.filter(pk=survey.pk).update(findings=found, ended_at=now)
        Survey.objects.exclude(pk=survey.pk).delete()
    return kinds.Progress(len(declared), len(declared), finished=True)


def _count(survey: Survey, entry: Table) -> None:
    """Keep how many rows each school has, and how many are of no school: two statements."""
    rows = entry.model._default_manager.order_by()
    total = rows.count()
    by_school: dict[str, int] = {}
    if entry.school:
        numbers = rows.values_list(entry.school).annotate(number=Count("*"))
        by_school = {school_id: number for school_id, number in numbers if school_id}
    by_school[""] = max(total - sum(by_school.values()), 0)
    with transaction.atomic():
        TableCount.objects.filter(survey=survey, table=entry.name).delete()
        TableCount.objects.bulk_create(
            TableCount(survey=survey, table=entry.name, school_id=school_id, rows=number)
            for school_id, number in by_school.items()
        )

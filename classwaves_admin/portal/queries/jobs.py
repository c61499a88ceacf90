"""Jobs as their page shows them: the portal's own, and the rows of other services."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, QuerySet

from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.models import BackgroundJob

__all__ = ["PAGE_SIZE", "counts_of_jobs", "job_kinds", "job_page", "others_page"]

PAGE_SIZE = 50
# The portal wrote one row for each run before it wrote one for each job.
_FORMER = ("retention_run",)


def counts_of_jobs(school: str) -> Mapping[str, int]:
    """Return how many jobs stand in each state, of one school or of all in scope."""
    return dict(_jobs(school).values_list("state").order_by().annotate(Count("id")))


def job_kinds() -> list[tuple[str, str]]:
    """Return the kinds with their titles, by title."""
    return sorted(((kind, kinds.title_of(kind)) for kind in kinds.names()), key=lambda pair: pair[1].casefold())


def job_page(*, school: str, state: str, kind: str, cursor: str) -> keyset.Page[Job]:
    """Return a page of the portal's jobs, newest first. No warehouse query. Raises BadCursor."""
    rows = _jobs(school)
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    return keyset.page(rows, order=("-created_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def others_page(cursor: str) -> keyset.Page[BackgroundJob]:
    """Return a page of the jobs of other services, newest first: one warehouse query. Raises BadCursor.

    Their rows name no school: only who sees all schools may look at them.
    """
    rows = BackgroundJob.objects.exclude(job_type__in=[*kinds.names(), *_FORMER])
    return keyset.page(rows, order=("-created_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def _jobs(school: str) -> QuerySet[Job]:
    return Job.objects.filter(school_id=school) if school else Job.objects.all()

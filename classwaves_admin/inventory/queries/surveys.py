"""The last count of all tables. Reads the portal's own database alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from classwaves_admin.inventory.actions.surveys import SURVEY
from classwaves_admin.inventory.models import Survey, TableCount
from classwaves_admin.inventory.rules.findings import Finding
from classwaves_admin.jobs.models import Job
from classwaves_admin.tenancy.scope import system_scope

__all__ = ["Counted", "counted", "newest_job"]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the last survey found: rows by table, differences, and when. Nothing where there was none yet."""

    at: datetime | None
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def total(self) -> int:
        """Return the rows of all tables together."""
        return sum(self.rows.values())


def counted(*, everywhere: bool) -> Counted:
    """Return what the last survey found of the schools in scope, or of all rows there are: numbers name nobody."""
    survey = Survey.objects.filter(ended_at__isnull=False).order_by("-ended_at", "-id").first()
    if survey is None:
        return Counted(None, {}, ())
    if everywhere:
        with system_scope(reason="numbers of rows of the whole catalog name nobody"):
            rows = _rows(survey)
    else:
        rows = _rows(survey)
    return Counted(survey.ended_at, rows, tuple(Finding.from_json(one) for one in survey.findings))


def newest_job() -> Job | None:
    """Return the newest job that counts, or None."""
    with system_scope(reason="a count is of no school"):
        return Job.objects.filter(kind=SURVEY).order_by("-created_at", "-id").first()


def _rows(survey: Survey) -> dict[str, int]:
    numbers = TableCount.objects.filter(survey=survey).order_by().values("table").annotate(all=Sum("rows"))
    return dict(numbers.values_list("table", "all"))

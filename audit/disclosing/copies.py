"""Copies for families that are made or on their way, and may tell of a disclosure."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from audit.models import Making
from audit.reports.disclosures import KIND, PARENTS
from audit.student_copy.kind import STUDENT_COPY


def family_copies(school_id: str, students: Iterable[str]) -> list[Making]:
    """Return the copies of what is held, and of the record of disclosures, of these students of a school."""
    wanted = set(students)
    of_families = Q(kind=STUDENT_COPY) | Q(kind=KIND, parameters__copy=PARENTS)
    found = Making.objects.filter(of_families, school_id=school_id, ended_at=None)
    return [making for making in found if wanted & set(making.students)]

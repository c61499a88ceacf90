"""Consents that end soon, and those that have ended unnoted: read from the catalog, whoever wrote the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, QuerySet

from classwaves_admin.warehouse.models import ParentalConsent
from consent.models import InvitationChild, NotedEnd

# Ids that are compared in one query.
PART = 500


class Ended(NamedTuple):
    """One consent that has run out."""

    id: str
    student_id: str
    school_id: str
    consent_type: str
    expires_at: datetime


def ended_unnoted(now: datetime) -> Iterator[Ended]:
    """Yield the consents in scope that were in force and have run out without a note. One warehouse query, streamed.

    Every end is read each time, however old: a service may bring the rows of past years at any time, and no column
    tells when a row came. The retention period of consents bounds the work.
    """
    rows = _in_force().filter(expires_at__lte=now).order_by("school_id", "student_id", "id")
    part: list[Ended] = []
    for row in map(Ended._make, rows.values_list(*Ended._fields).iterator()):
        part.append(row)
        if len(part) == PART:
            yield from _unnoted(part)
            part = []
    yield from _unnoted(part)


def first_ends(now: datetime, *, until: datetime) -> dict[str, dict[str, datetime]]:
    """Return when the first consent of each student ends, by school, where one ends until then. One warehouse query."""
    rows = _in_force().filter(expires_at__gt=now, expires_at__lte=until).order_by()
    found: dict[str, dict[str, datetime]] = {}
    for school_id, student_id, end in rows.values_list("school_id", "student_id", "expires_at").iterator():
        if end is not None:
            students = found.setdefault(school_id, {})
            students[student_id] = min(end, students.get(student_id, end))
    return found


def last_asked(guardian_ids: Collection[str]) -> dict[tuple[str, str], datetime]:
    """Return when each pair of guardian and student was last in a request that was mailed and not called back."""
    children = InvitationChild.objects.filter(
        invitation__guardian_id__in=guardian_ids, invitation__revoked_at=None, invitation__mailed_at__isnull=False
    ).order_by()
    pairs = children.values_list("invitation__guardian_id", "student_id").annotate(last=Max("invitation__created_at"))
    return {(guardian_id, student_id): last for guardian_id, student_id, last in pairs}


def _in_force() -> QuerySet[ParentalConsent]:
    """Return the consents that count until their end."""
    return ParentalConsent.objects.filter(consent_given=True, verified_at__isnull=False, revoked_at=None)


def _unnoted(part: list[Ended]) -> Iterator[Ended]:
    noted = set(NotedEnd.objects.filter(pk__in=[row.id for row in part]).values_list("pk", flat=True))
    return (row for row in part if row.id not in noted)

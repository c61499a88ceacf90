"""Support grants as pages show them: those of the scope's districts, with what was done within them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from audit.record import within_grant
from classwaves_admin.accounts.models import SupportGrant, User
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.accounts.support.rules import ASKED_FOR
from classwaves_admin.lib import keyset
from classwaves_admin.schools.queries import schools_of_district
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, District, Student

PAGE_SIZE = 50
ROWS = 50


@dataclass(frozen=True, slots=True)
class Reach:
    """What a grant opens, in numbers."""

    schools: int
    students: int


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done within a grant: when, what, by whom, about how many students."""

    at: datetime
    what: str
    who: str
    students: int


def grant_page(cursor: str, *, asked_at: datetime | None = None) -> keyset.Page[SupportGrant]:
    """Return a page of the grants of the scope's districts, newest first. Raises BadCursor.

    With `asked_at` those alone that wait for an answer at that moment.
    """
    rows = SupportGrant.objects.all() if asked_at is None else _unanswered(asked_at)
    rows = rows.select_related("person", "asked_by", "granted_by", "ended_by")
    return keyset.page(rows, order=("-asked_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def grant_of(grant_id: str) -> SupportGrant | None:
    """Return a grant of the scope's districts, or None."""
    rows = SupportGrant.objects.select_related("person", "asked_by", "granted_by", "ended_by")
    return rows.filter(pk=grant_id).first()


def may_enter(grant: SupportGrant, user: User) -> bool:
    """Tell whether the grant is this person's, or anybody's of ClassWaves."""
    return grant.person_id in {None, user.pk}


def requests_waiting(now: datetime) -> int:
    """Return how many requests of ClassWaves wait for an answer of the scope's districts. No warehouse query."""
    return _unanswered(now).count()


def _unanswered(now: datetime) -> QuerySet[SupportGrant]:
    return SupportGrant.objects.filter(starts_at=None, declined_at=None, asked_at__gt=now - ASKED_FOR)


def district_names(district_ids: Iterable[str] | None = None) -> dict[str, str]:
    """Return the names of districts, or of all in scope, by id. One warehouse query."""
    rows = District.objects.order_by("name", "id")
    found = rows if district_ids is None else rows.filter(pk__in=sorted(set(district_ids)))
    return dict(found.values_list("id", "name"))


def reach_of(district_id: str) -> Reach:
    """Count what a grant opens: two warehouse queries."""
    schools = schools_of_district(district_id)
    with system_scope(reason="a district is told how much it opens, in numbers"):
        return Reach(len(schools), Student.objects.filter(school_id__in=schools).count())


def done_within(grant: SupportGrant) -> list[Done]:
    """Return what the newest rows of the log say that carry the grant's id: two warehouse queries.

    Rows of several schools belong to none of them: the district sees these here, whatever its scope.
    """
    if grant.starts_at is None:
        return []
    with system_scope(reason="what was done within a district's grant is the district's to know"):
        within = AuditLog.objects.filter(
            event_timestamp__gte=grant.starts_at, data_accessed__contains=within_grant(grant.pk)
        )
        told = within.exclude(resource_type="support_grant")  # the grant's own story stands above them
        columns = ("event_timestamp", "description", "actor_id", "affected_student_ids")
        rows = list(told.order_by("-event_timestamp", "-id").values_list(*columns)[:ROWS])
        people = staff_names(row[2] for row in rows)
    return [Done(at, what, people.get(who, who), _number(students)) for at, what, who, students in rows]


def _number(students: str | None) -> int:
    """Return how many students a row that the portal wrote is about."""
    return len(json.loads(students)) if students else 0

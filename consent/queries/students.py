"""The students of the list: filters in SQL, and where each stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from classwaves_admin.lib.keyset import page
from classwaves_admin.schools.grades import stored_words
from classwaves_admin.warehouse.models import CoppaCompliance, ParentalConsent, Student
from consent.queries.families import under_older_notice
from consent.queries.glances import glances_of, open_requests
from consent.queries.rows import students_with_orders
from consent.rules.ages import ADULT_FROM, year_everywhere
from consent.rules.overview import NEEDED, Glance, Standing, Together, standings_of
from consent.vocabulary import Relationship

PAGE_SIZE = 50
ORDER = ("display_name", "id")
# Of `Filters.notice`: a consent rests on a notice that has changed in meaning since.
OLDER = "older"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty text means everything. `notice` is OLDER or nothing."""

    name: str = ""
    school: str = ""
    grade: str = ""
    standing: Standing | Together | None = None
    notice: str = ""

    @property
    def codes(self) -> dict[str, str]:
        """The filters that may stand in an address."""
        return {
            "grade": self.grade,
            "standing": self.standing or "",
            "notice": self.notice,
            "school": self.school,
        }

    @property
    def used(self) -> list[str]:
        """The names of the filters that narrow, for the audit log: never what was typed."""
        return [name for name in ("name", "school", "grade", "standing", "notice") if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class Listed:
    """One student of a list. `glance` says where they stand."""

    student: Student
    glance: Glance


@dataclass(frozen=True, slots=True)
class StudentPage:
    """One page of the list with the cursors of its neighbours."""

    rows: tuple[Listed, ...]
    previous: str
    next: str

    @property
    def is_past_the_end(self) -> bool:
        """Tell whether nothing stands here: the row that a cursor names is gone."""
        return not (self.rows or self.previous or self.next)


def student_page(filters: Filters, *, cursor: str, now: datetime, size: int = PAGE_SIZE) -> StudentPage:
    """Return one page of active students by name: three warehouse queries. Raises BadCursor.

    The rules decide who has the standing asked for, and SQL cannot run them: it only leaves out who
    cannot have it. So a page narrowed by standing may hold fewer rows than `size`, and still more
    pages may follow.
    """
    part = page(students(filters, now), order=ORDER, size=size, cursor=cursor)
    glances = glances_of({student.id: student.school_id for student in part.rows}, now)
    rows = tuple(
        Listed(student, glances[student.id])
        for student in part.rows
        if filters.standing is None or glances[student.id].standing in standings_of(filters.standing)
    )
    return StudentPage(rows, part.previous, part.next)


def students(filters: Filters, now: datetime) -> QuerySet[Student]:
    """Return the active students in scope that may fit the filters. Sends no query to the warehouse."""
    found = Student.objects.filter(status="active")
    if filters.name:
        found = found.filter(display_name__icontains=filters.name)
    if filters.school:
        found = found.filter(school_id=filters.school)
    if filters.grade:
        found = found.filter(grade_level__in=stored_words(filters.grade))
    if filters.notice == OLDER:
        found = found.filter(id__in=under_older_notice(now, school=filters.school))
    return found.filter(_possible(filters.standing, now)) if filters.standing else found


def _possible(asked: Standing | Together, now: datetime) -> Q:
    """Return a condition that every student of what is asked for meets, and few others."""
    consents = ParentalConsent.objects.filter(consent_type__in=NEEDED)
    refused = consents.filter(consent_given=False, revoked_at=None, verification_token=None)
    given = consents.filter(consent_given=True, revoked_at=None)
    conditions: dict[Standing, Callable[[], Q]] = {
        Standing.RECORDABLE: lambda: _among(given.filter(verified_at__isnull=False)),
        Standing.CONFLICT: lambda: _among(refused) & _among(given),
        Standing.REFUSED: lambda: _among(refused),
        Standing.WITHDRAWN: lambda: _among(consents.filter(revoked_at__isnull=False)),
        Standing.UNVERIFIED: lambda: _among(given),
        Standing.WAITING: lambda: _asked(now) | _among(consents.filter(consent_given=False, revoked_at=None)),
        Standing.EXPIRED: lambda: _among(given.filter(expires_at__lte=now)),
        Standing.ADULT: lambda: _adults(now),
        Standing.NOT_ASKED: lambda: _silent() & ~_asked(now),
    }
    return reduce(or_, (conditions[standing]() for standing in standings_of(asked)))


def _among(consents: QuerySet[ParentalConsent]) -> Q:
    return Q(id__in=consents.values("student_id"))


def _asked(now: datetime) -> Q:
    """Return who has an open request: ids from the portal's database, since the catalog does not know them."""
    return Q(id__in=open_requests(now))


def _adults(now: datetime) -> Q:
    oldest = year_everywhere(now) - ADULT_FROM
    return Q(id__in=CoppaCompliance.objects.filter(birth_year__lte=oldest).values("student_id"))


def _silent() -> Q:
    """Return who may lack an answer that counts to one of the needed types.

    A signer under a court order and one who may not answer for the child count for nothing.
    """
    parents = ParentalConsent.objects.exclude(relationship__in=[Relationship.SELF, Relationship.SCHOOL_OFFICIAL])
    silent = Q(id__in=students_with_orders())
    for consent_type in NEEDED:
        silent |= ~_among(parents.filter(consent_type=consent_type))
    return silent

"""What pages ask about districts: the list, their schools, numbers counted from the tables, who looks after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from classwaves_admin.accounts.models import Membership
from classwaves_admin.lib import keyset
from classwaves_admin.schools.counting import number_of
from classwaves_admin.schools.queries import schools_of_district
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import District, School, Student, Teacher

__all__ = [
    "COUNTS",
    "Counted",
    "Filters",
    "active_districts",
    "administrators_of",
    "counted_district",
    "district_page",
    "people_of_district",
    "school_page",
]

PAGE_SIZE = 50
# Districts to pick from in one list; beyond this a person finds the district and adds the school there.
MOST_CHOICES = 500
ACTIVE = "active"
# The columns of `admin.districts` that hold numbers of other tables.
COUNTS = ("school_count", "student_count", "teacher_count")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of districts is narrowed to: a part of the name or state, and active (True) or not (False)."""

    words: str = ""
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A district with its numbers as the tables have them now, by the name of the column that holds each.

    `schools` are the ids of its schools.
    """

    district: District
    schools: list[str]
    numbers: dict[str, int]

    @property
    def differences(self) -> dict[str, int]:
        """Return the numbers that the stored row does not have."""
        return {name: number for name, number in self.numbers.items() if getattr(self.district, name) != number}


def district_page(filters: Filters, cursor: str) -> keyset.Page[District]:
    """Return a page of the districts in scope, by name: one warehouse query. Raises BadCursor."""
    rows = District.objects.all()
    if filters.words:
        rows = rows.filter(Q(name__icontains=filters.words) | Q(state__icontains=filters.words))
    if filters.active is not None:
        rows = rows.filter(is_active=filters.active)
    return keyset.page(rows, order=("name", "id"), size=PAGE_SIZE, cursor=cursor)


def counted_district(district_id: str) -> Counted:
    """Return a district in scope with its numbers counted: two warehouse queries. Raises District.DoesNotExist.

    Active students and active teachers count; schools are those that exist and name the district.
    """
    schools = schools_of_district(district_id)
    with system_scope(reason="a district's numbers count all its schools and name nobody"):
        students = Student.objects.filter(school_id__in=schools, status=ACTIVE)
        teachers = Teacher.objects.filter(school_id__in=schools, status=ACTIVE, role="teacher")
        rows = {"school_count": School.objects.filter(pk__in=schools), "student_count": students}
        rows["teacher_count"] = teachers
        numbers = {f"counted_{name}": number_of(each) for name, each in rows.items()}
    found = District.objects.annotate(**numbers).get(pk=district_id)
    return Counted(found, schools, {name: getattr(found, f"counted_{name}") or 0 for name in COUNTS})


def school_page(counted: Counted, cursor: str) -> keyset.Page[School]:
    """Return a page of a district's schools, by name, whatever the scope: one warehouse query. Raises BadCursor."""
    with system_scope(reason="which schools a district has is no personal data"):
        rows = School.objects.filter(pk__in=counted.schools)
        return keyset.page(rows, order=("name", "id"), size=PAGE_SIZE, cursor=cursor)


def active_districts() -> list[tuple[str, str]]:
    """Return the active districts in scope as (id, name): one warehouse query."""
    rows = District.objects.filter(is_active=True).order_by("name", "id")
    return list(rows.values_list("pk", "name")[:MOST_CHOICES])


def administrators_of(district_id: str, today: date) -> int:
    """Return how many people look after the district as its administrators today. No warehouse query."""
    return _people(district_id, today, role="district_admin")


def people_of_district(district_id: str, today: date) -> int:
    """Return how many people have access by the district today: administrators and auditors. No warehouse query."""
    return _people(district_id, today)


def _people(district_id: str, today: date, **which: str) -> int:
    held = Membership.objects.filter(district_id=district_id, **which)
    started = held.filter(Q(starts_on=None) | Q(starts_on__lte=today))
    return started.filter(Q(ends_on=None) | Q(ends_on__gte=today)).values("user_id").distinct().count()

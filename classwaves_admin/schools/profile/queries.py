"""What pages ask about schools: the list, one profile with its numbers, and what was signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.lib import keyset
from classwaves_admin.schools.counting import number_of
from classwaves_admin.schools.models import SchoolStatement
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import District, School, SchoolSetting, Student, Teacher

__all__ = ["Filters", "Profile", "district_of", "newest_statements", "profile_of", "school_page", "statements_of"]

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of schools is narrowed to: a part of the name or domain, and those of no district."""

    words: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A school with how many active students, teachers and administrators it has."""

    school: School
    students: int
    teachers: int
    administrators: int


def school_page(filters: Filters, cursor: str, *, size: int = PAGE_SIZE) -> keyset.Page[School]:
    """Return a page of the schools in scope, by name: one warehouse query. Raises BadCursor."""
    rows = School.objects.all()
    if filters.words:
        rows = rows.filter(Q(name__icontains=filters.words) | Q(domain__icontains=filters.words))
    if filters.alone:
        named = SchoolSetting.objects.filter(setting_key=DISTRICT_KEY).exclude(setting_value="")
        rows = rows.exclude(pk__in=named.values("school_id"))
    return keyset.page(rows, order=("name", "id"), size=size, cursor=cursor)


def profile_of(school_id: str) -> Profile:
    """Return a school in scope with its numbers: one warehouse query. Raises School.DoesNotExist."""
    staff = Teacher.objects.filter(school_id=school_id, status="active")
    found = School.objects.annotate(
        students_now=number_of(Student.objects.filter(school_id=school_id, status="active")),
        teachers_now=number_of(staff.filter(role="teacher")),
        administrators_now=number_of(staff.exclude(role="teacher")),
    ).get(pk=school_id)
    return Profile(found, found.students_now or 0, found.teachers_now or 0, found.administrators_now or 0)


def district_of(school_id: str) -> District | None:
    """Return the district of a school, for whoever may look at the school: one warehouse query, or two."""
    district_id = districts_of([school_id])[school_id]
    if not district_id:
        return None
    with system_scope(reason="which district a school has is no personal data"):
        return District.objects.filter(pk=district_id).first()


def statements_of(school_id: str) -> list[SchoolStatement]:
    """Return all that a school in scope has signed and taken back, newest first. No warehouse query."""
    return list(SchoolStatement.objects.filter(school_id=school_id).order_by("-made_at", "-id"))


def newest_statements(school_id: str) -> Mapping[str, SchoolStatement]:
    """Return what counts of each kind, where anything was said. No warehouse query."""
    return {one.kind: one for one in reversed(statements_of(school_id))}

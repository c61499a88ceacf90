"""Finds one student by what a person types: an id, a name, or a part of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Q

from classwaves_admin.schools.grades import grade_label
from classwaves_admin.warehouse.models import Student

# A part of a name that fits more students than this is no search for one.
MOST_PUPILS = 20


class Pupil(NamedTuple):
    """A student to choose."""

    id: str
    name: str
    school_id: str
    grade: str

    @property
    def words(self) -> str:
        """Return the name with what tells namesakes apart."""
        grade = grade_label(self.grade)
        return f"{self.name}, {grade}" if grade else self.name


def pupils_called(text: str) -> list[Pupil]:
    """Return the students in scope whom the text means, one more than MOST_PUPILS at most. One warehouse query.

    Who has this id or exactly this name is meant before who has a part of it.
    """
    rows = Student.objects.filter(Q(pk=text) | Q(display_name__icontains=text)).order_by("display_name", "pk")
    columns = rows.values_list("pk", "display_name", "school_id", "grade_level")
    found = [Pupil(pk, name, school, grade or "") for pk, name, school, grade in columns[: MOST_PUPILS + 1]]
    exact = [one for one in found if one.id == text] or [one for one in found if one.name.casefold() == text.casefold()]
    return exact or found


def at_schools(student_ids: Collection[str], schools: Collection[str]) -> dict[str, list[str]]:
    """Return each of the schools with those of the students who are at it, for the log.

    One warehouse query where there are several schools, none for one. Who is at none of them, such as a child whose
    record is gone, is named at each: only an id is left of them.
    """
    found: dict[str, list[str]] = {school: [] for school in schools}
    ids = set(student_ids)
    if len(found) > 1 and ids:
        for student, school in Student.objects.filter(pk__in=ids, school_id__in=schools).values_list("pk", "school_id"):
            found[school].append(student)
            ids.discard(student)
    for students in found.values():
        students.extend(ids)
    return found

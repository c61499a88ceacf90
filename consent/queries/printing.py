"""Whom a paper form can be printed for, and what stands on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from classwaves_admin.warehouse.models import School, Student
from consent.actions.paper import Wanted, open_forms
from consent.models import Guardian, Guardianship
from consent.notices.texts import Notice, written
from consent.queries.circumstances import circumstances_of
from consent.queries.families import with_own_rights
from consent.queries.notices import school_facts
from consent.queries.students import Filters, students
from consent.vocabulary import PARENTAL_RELATIONSHIPS, Relationship


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form to be printed: what it binds together, with the rows that are printed. `own`: an adult student's."""

    wanted: Wanted
    school: School
    children: tuple[Student, ...]
    own: bool = False


def sheets_for(guardian_ids: Collection[str], now: datetime) -> list[Sheet]:
    """Return a form for each guardian who may answer for a child today, by name, with all of their children on it.

    Two warehouse queries, and two for each school. Who is under a court order, of unknown authority, or has
    adult children alone gets none; an adult student gets their own (34 CFR 99.5).
    Raises NoticeIncomplete where a school's notice has a blank.
    """
    ties = list(_answering(guardian_ids).select_related("guardian"))
    children, grown = _children({tie.student_id for tie in ties}, now)
    families: dict[Guardian, list[Student]] = {}
    for tie in sorted(ties, key=lambda tie: (tie.guardian.name, tie.guardian_id)):
        own = tie.relationship == Relationship.SELF
        child = children.get((tie.student_id, tie.guardian.school_id))
        if child and own is (tie.student_id in grown):
            families.setdefault(tie.guardian, []).append(child)
    texts: dict[tuple[str, str], tuple[School, tuple[Notice, ...]]] = {}
    sheets = []
    for guardian, theirs in families.items():
        key = (guardian.school_id, guardian.language)
        if key not in texts:
            facts = school_facts(guardian.school_id)
            texts[key] = (facts.school, written(facts, guardian.language))
        school, notices = texts[key]
        ordered = tuple(sorted(theirs, key=lambda child: (child.display_name, child.id)))
        wanted = Wanted(guardian, tuple(child.id for child in ordered), notices)
        sheets.append(Sheet(wanted, school, ordered, own=any(child.id in grown for child in ordered)))
    return sheets


def guardians_to_print(student_id: str) -> list[str]:
    """Return the guardians of a student who may answer. No warehouse query."""
    ties = Guardianship.objects.filter(student_id=student_id, **_MAY_ANSWER)
    return sorted(set(ties.values_list("guardian_id", flat=True)))


def guardians_without_address(filters: Filters, now: datetime, *, again: bool) -> list[str]:
    """Return the guardians of the filtered students who may answer and have no address, by name.

    Who has a form with a good code already is left out unless `again`. One warehouse query.
    """
    ids = set(students(filters, now).values_list("id", flat=True))
    pairs = Guardianship.objects.filter(guardian__email="", **_MAY_ANSWER).values_list(
        "guardian__name", "guardian_id", "student_id"
    )
    if not again:
        pairs = pairs.exclude(guardian__in=open_forms(now).values("guardian_id"))
    found = sorted({(name, guardian_id) for name, guardian_id, student_id in pairs if student_id in ids})
    return [guardian_id for _, guardian_id in found]


_MAY_ANSWER: Mapping[str, object] = {
    "restricted": False,
    "guardian__restricted_at": None,
    "relationship__in": [*PARENTAL_RELATIONSHIPS, Relationship.SELF],
}


def _answering(guardian_ids: Collection[str]) -> QuerySet[Guardianship]:
    return Guardianship.objects.filter(guardian_id__in=guardian_ids, **_MAY_ANSWER)


def _children(student_ids: Collection[str], now: datetime) -> tuple[dict[tuple[str, str], Student], set[str]]:
    """Return the active students by id and school, and the ids of those who answer for themselves."""
    rows = list(Student.objects.filter(id__in=student_ids, status="active"))
    about = circumstances_of({row.id: row.school_id for row in rows}, now)
    grown = with_own_rights(student_ids) | {row.id for row in rows if about[row.id].adult}
    return {(row.id, row.school_id): row for row in rows}, grown

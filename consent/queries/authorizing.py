"""Decisions of a school on parents' behalf: whom one would cover, whom it covers, which have ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from classwaves_admin.lib.keyset import Page, page
from classwaves_admin.schools.grades import stored_words
from classwaves_admin.warehouse.models import Student
from consent.models import AuthorizedStudent, SchoolAuthorization
from consent.queries.circumstances import circumstances_of
from consent.queries.rows import consents_of, facts_of
from consent.rules.authorizing import Chosen, LeftOut, why_not
from consent.rules.effective import effective_all
from consent.rules.gate import JUDGED

PAGE_SIZE = 50
NEWEST_FIRST = ("-decided_at", "-id")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which students of one school a person chose: all under 13, a grade (its code), or these."""

    school_id: str
    chosen: Chosen
    grade: str = ""
    student_ids: tuple[str, ...] = ()

    def students(self) -> QuerySet[Student]:
        """Return the active students that the choice may cover."""
        found = Student.objects.filter(school_id=self.school_id, status="active")
        if self.chosen is Chosen.GRADE:
            return found.filter(grade_level__in=stored_words(self.grade))
        return found.filter(id__in=self.student_ids) if self.chosen is Chosen.STUDENTS else found


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whom a decision would cover, and how many are left out for which reason."""

    student_ids: tuple[str, ...]
    left_out: Mapping[LeftOut, int]


def coverage(choice: Choice, now: datetime) -> Coverage:
    """Return whom the choice would cover today: three warehouse queries, however many students."""
    ids = list(choice.students().order_by("id").values_list("id", flat=True))
    reasons = reasons_against(ids, choice.school_id, now)
    # A plain dict: a template that asks a Counter for `items` gets the count of the key "items".
    return Coverage(
        tuple(one for one in ids if reasons[one] is None),
        dict(Counter(reason for reason in reasons.values() if reason is not None)),
    )


def reasons_against(student_ids: Collection[str], school_id: str, now: datetime) -> Mapping[str, LeftOut | None]:
    """Return why each student would be left out, None for who would be covered: two warehouse queries."""
    consents = consents_of(student_ids)
    about = circumstances_of(dict.fromkeys(student_ids, school_id), now)
    on_their_way = _in_force(student_ids, now)
    return {
        one: why_not(effective_all(facts_of(consents[one]), about[one], now, JUDGED), about[one])
        or (LeftOut.ALREADY if one in on_their_way else None)
        for one in student_ids
    }


def _in_force(student_ids: Collection[str], now: datetime) -> set[str]:
    """Return the students whom another decision covers by a row that is written or on its way."""
    covered = AuthorizedStudent.objects.filter(
        student_id__in=student_ids,
        written_at__isnull=False,
        authorization__revoked_at=None,
        authorization__expires_at__gt=now,
    )
    return set(covered.values_list("student_id", flat=True))


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with how many students it covers."""

    authorization: SchoolAuthorization
    covered: int


def authorization_page(*, school: str, cursor: str) -> tuple[Page[SchoolAuthorization], list[Decision]]:
    """Return one page of the decisions in scope, newest first. No warehouse query. Raises BadCursor."""
    found = SchoolAuthorization.objects.filter(school_id=school) if school else SchoolAuthorization.objects.all()
    part = page(found, order=NEWEST_FIRST, size=PAGE_SIZE, cursor=cursor)
    counted = AuthorizedStudent.objects.filter(authorization__in=part.rows, left_out="").values_list("authorization_id")
    covered = dict(counted.annotate(number=Count("id")).order_by())
    return part, [Decision(one, covered.get(one.id, 0)) for one in part.rows]


def students_of(authorization: SchoolAuthorization, *, cursor: str) -> tuple[Page[AuthorizedStudent], list[Student]]:
    """Return one page of the students of a decision, with their rows of the catalog. Raises BadCursor."""
    part = page(
        AuthorizedStudent.objects.filter(authorization=authorization), order=("id",), size=PAGE_SIZE, cursor=cursor
    )
    return part, list(Student.objects.filter(id__in=[one.student_id for one in part.rows]))


def numbers_of(authorization: SchoolAuthorization) -> Mapping[str, int]:
    """Return how many students a decision covers, by nothing, and how many it left out, by reason."""
    counted = AuthorizedStudent.objects.filter(authorization=authorization).values_list("left_out")
    return dict(counted.annotate(number=Count("id")).order_by("left_out"))

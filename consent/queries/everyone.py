"""Every student in scope with all that decides about them, streamed: two warehouse queries for any number.

Pages that count or sift all students read here, and judge by the same rules as the page of one student.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from classwaves_admin.warehouse.fields import StringField
from classwaves_admin.warehouse.models import CoppaCompliance, ParentalConsent, Participant, Student
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.models import Answer, Guardianship
from consent.queries.circumstances import Ground, circumstances_for, grounds_of, precedence, said_to_be_adult
from consent.queries.rows import (
    CatalogRow,
    Restricted,
    ended_authorizations,
    facts_from_answer,
    facts_from_catalog,
    matched_signers,
    of_students,
    restricted_guardians,
)
from consent.rules.ages import ATTESTED
from consent.rules.effective import Circumstances
from consent.rules.flags import Raised
from consent.rules.gate import JUDGED
from consent.rules.status import ConsentRow


class Child(NamedTuple):
    """A student: where, under which name, with which flags today, and what decides which consents count.

    `birth_year` is one that somebody stands for, else None. `active` is false for who has left.
    """

    school_id: str
    grade: str
    name: str
    raised: Raised
    active: bool
    birth_year: int | None
    about: Circumstances


def everyone(
    now: datetime, *, among: QuerySet[Student] | None = None, also: QuerySet[Participant] | None = None
) -> dict[str, Child]:
    """Return the active students in scope by id, or those `among` them, and `also` whoever took part there.

    One warehouse query. A union, since the catalog has no link from a student to the age record, and a student may
    have none.
    """
    nothing = Value(None, output_field=StringField())
    no_number = Cast(Value(None), IntegerField())
    active = Q(status="active")
    if also is not None:
        active |= Q(id__in=also.values("student_id"))
    students = (Student.objects.filter(active) if among is None else among).order_by()
    ages = CoppaCompliance.objects.order_by()
    if among is not None:
        ages = ages.filter(student_id__in=students.values("id"))
    attested = Case(When(age_verification_method__in=ATTESTED, then=F("birth_year")), output_field=IntegerField())
    raised = [_as_number(**{name: True}) for name in Raised._fields]
    is_active = _as_number(status="active")
    union = students.values_list(
        "id", "school_id", "grade_level", "display_name", *raised, is_active, no_number, "updated_at"
    ).union(
        ages.values_list("student_id", nothing, nothing, nothing, *[no_number] * 4, attested, "updated_at"), all=True
    )
    homes: dict[str, tuple[str, str, str, Raised, bool]] = {}
    years: dict[str, int | None] = {}
    seen: dict[str, tuple[datetime, bool, int]] = {}
    for student_id, school_id, grade, name, service, audio, sharing, here, year, updated_at in union.iterator():
        if school_id is not None:
            flags = Raised(bool(service), bool(audio), bool(sharing))
            homes[student_id] = (school_id, grade or "", name, flags, bool(here))
        elif student_id not in seen or seen[student_id] <= precedence(updated_at, year):
            seen[student_id], years[student_id] = precedence(updated_at, year), year
    confirmed = said_to_be_adult()
    grounds = grounds_of({home[0] for home in homes.values()})
    about: dict[tuple[int | None, bool, Ground], Circumstances] = {}
    children = {}
    for student_id, home in homes.items():
        known = years.get(student_id), student_id in confirmed, grounds[home[0]]
        if known not in about:
            about[known] = circumstances_for(known[0], now, known[2], school_says_so=known[1])
        children[student_id] = Child(*home, known[0], about[known])
    return children


def histories(
    students: Collection[str], *, some: bool = False, see: Callable[[CatalogRow], None] | None = None
) -> Iterator[tuple[str, list[ConsentRow]]]:
    """Yield each student with all their consents to what is judged, oldest first. One warehouse query.

    `some`: they are few of those in scope, so that their rows are looked up. `see` hears of each row of these
    students in the catalog, of every other type too.
    """
    beside = _beside_the_catalog(students if some else None)
    silent = dict.fromkeys(students)
    consents = ParentalConsent.objects.order_by("student_id", "consent_date", "id")
    if some:
        consents = consents.filter(student_id__in=list(students))
    stream = consents.filter(consent_type__in=JUDGED) if see is None else consents
    rows = map(CatalogRow._make, stream.values_list(*CatalogRow._fields).iterator())
    for student_id, group in groupby(rows, key=lambda row: row.student_id):
        if student_id in silent:
            del silent[student_id]
            judged = []
            for row in group:
                if see is not None:
                    see(row)
                if row.consent_type in JUDGED:
                    judged.append(row)
            yield student_id, beside.complete(student_id, judged)
    for student_id in silent:
        yield student_id, beside.complete(student_id, [])


def _as_number(**condition: bool | str) -> Case:
    """Return a condition as 1 or 0: a union needs one type for each column on every engine."""
    return Case(When(**condition, then=Value(1)), default=Value(0), output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the portal knows beside the catalog, and little of each.

    Answers on their way there, court orders, matched signers, and ends of the school's authorizations.
    """

    answers: Mapping[str, Answer]
    on_their_way: Mapping[str, list[Answer]]
    restricted: Restricted
    signers: Mapping[str, str]
    ended: Mapping[str, datetime]

    def complete(self, student_id: str, rows: list[CatalogRow]) -> list[ConsentRow]:
        """Return the facts of one student's consents."""
        facts = [
            facts_from_catalog(row, self.answers.get(row.id), self.restricted, self.signers.get(row.id)) for row in rows
        ]
        if self.ended:
            facts = [replace(one, revoked_at=one.revoked_at or self.ended.get(one.id)) for one in facts]
        if late := self.on_their_way.get(student_id):
            arrived = {row.id for row in rows}
            facts += [facts_from_answer(one, self.restricted) for one in late if one.consent_id not in arrived]
            facts.sort(key=lambda row: (row.consented_at, row.id))
        return facts


def _beside_the_catalog(students: Collection[str] | None) -> _Beside:
    """Return what the portal knows of these students, or of all in scope. No warehouse query."""
    waiting = OutboxEntry.objects.filter(table=ParentalConsent._meta.db_table).values("row_id")
    orders = Guardianship.objects.filter(Q(restricted=True) | Q(guardian__restricted_at__isnull=False))
    restricted = set(of_students(orders, students).values_list("student_id", flat=True))
    decisive = Q(consent_id__in=waiting) | Q(student_id__in=restricted) | Q(guardian__restricted_at__isnull=False)
    answers = list(of_students(Answer.objects.filter(decisive), students).select_related("guardian"))
    late: dict[str, list[Answer]] = {}
    for answer in answers if gateway.pending() else ():
        late.setdefault(answer.student_id, []).append(answer)
    return _Beside(
        {answer.consent_id: answer for answer in answers},
        late,
        restricted_guardians(restricted),
        matched_signers(restricted),
        ended_authorizations(students),
    )

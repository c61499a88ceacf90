"""The register of ages: filters in SQL, and what the rules make of each student."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from classwaves_admin.lib.keyset import page
from classwaves_admin.warehouse.models import CoppaCompliance, ParentalConsent, Student
from consent.models import RightsTransfer
from consent.queries.circumstances import age_records, circumstances_from, said_to_be_adult
from consent.queries.everyone import everyone, histories
from consent.queries.rows import consents_of, facts_of, students_with_orders
from consent.queries.students import ORDER, PAGE_SIZE, Filters, students
from consent.rules.ages import (
    ADULT_FROM,
    ATTESTED,
    CHILD_UNTIL,
    MOST_YEARS,
    AgeGroup,
    age_group,
    turns,
    year_everywhere,
)
from consent.rules.effective import Circumstances
from consent.rules.limits import LIMITS, has_parental_consent
from consent.rules.methods import is_parental, stands
from consent.rules.register import AgeLine, Ages, Look, age_line, fits
from consent.rules.status import ConsentRow
from consent.vocabulary import PARENTAL_RELATIONSHIPS, ConsentType, VerificationMethod


@dataclass(frozen=True, slots=True)
class AgeFilters:
    """What the register is narrowed to; empty text means everything."""

    name: str = ""
    school: str = ""
    grade: str = ""
    ages: Ages | None = None
    look: Look | None = None

    @property
    def codes(self) -> dict[str, str]:
        """The filters that may stand in an address."""
        chosen = {"grade": self.grade, "ages": self.ages or "", "look": self.look or "", "school": self.school}
        return {name: str(value) for name, value in chosen.items()}

    @property
    def used(self) -> list[str]:
        """The names of the filters that narrow, for the audit log: never what was typed."""
        return [name for name in ("name", "school", "grade", "ages", "look") if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class Registered:
    """One student of the register, with the age records, the one that counts last, and the facts of the consents."""

    student: Student
    records: tuple[CoppaCompliance, ...]
    rows: tuple[ConsentRow, ...]
    about: Circumstances
    line: AgeLine

    @property
    def shown(self) -> CoppaCompliance:
        """The record that counts; an empty one where the student has none."""
        return self.records[-1] if self.records else CoppaCompliance()


@dataclass(frozen=True, slots=True)
class AgePage:
    """One page of the register with the cursors of its neighbours."""

    rows: tuple[Registered, ...]
    previous: str
    next: str

    @property
    def is_past_the_end(self) -> bool:
        """Tell whether nothing stands here: the row that a cursor names is gone."""
        return not (self.rows or self.previous or self.next)


def age_page(filters: AgeFilters, *, cursor: str, now: datetime, size: int = PAGE_SIZE) -> AgePage:
    """Return one page of active students by name: three warehouse queries. Raises BadCursor.

    As in `queries.students`, SQL only leaves out who cannot fit; the rules decide. So a page may hold fewer
    rows than `size`, and still more pages may follow.
    """
    part = page(_possible(filters, now), order=ORDER, size=size, cursor=cursor)
    registered = registered_from(part.rows, age_records([student.id for student in part.rows]), now)
    rows = tuple(one for one in registered if fits(one.line, filters.ages, filters.look))
    return AgePage(rows, part.previous, part.next)


def registered_from(
    found: Collection[Student], records: Mapping[str, tuple[CoppaCompliance, ...]], now: datetime
) -> list[Registered]:
    """Return the lines of students whose age records were read already. One warehouse query, for the consents."""
    ids = [student.id for student in found]
    consents, confirmed = consents_of(ids), said_to_be_adult(ids)
    waiting = set(not_invited().filter(student_id__in=ids).values_list("student_id", flat=True))
    every = [record for student_id in ids for record in records[student_id]]
    about = circumstances_from(every, ids, now, confirmed=confirmed)
    registered = []
    for student in found:
        one = student.id
        rows = tuple(facts_of(consents[one]))
        said, asks = one in confirmed, one in waiting
        line = age_line(records[one], rows, about[one], now, school_says_so=said, not_invited=asks)
        registered.append(Registered(student, records[one], rows, about[one], line))
    return registered


def not_invited() -> QuerySet[RightsTransfer]:
    """Return the adults in scope who have not been asked for their own consent. The portal's own database."""
    return RightsTransfer.objects.filter(invited_at=None)


def _possible(filters: AgeFilters, now: datetime) -> QuerySet[Student]:
    found = students(Filters(name=filters.name, school=filters.school, grade=filters.grade), now)
    if filters.ages:
        found = found.filter(_of_age(filters.ages, year_everywhere(now)))
    return found.filter(_to_look_at(filters.look, now)) if filters.look else found


def _of_age(ages: Ages, year: int) -> Q:
    """Return a condition that every student of these ages meets. Of two records any may count."""
    known = Q(age_verification_method__in=ATTESTED, birth_year__gt=year - MOST_YEARS, birth_year__lte=year)
    older = known & Q(birth_year__lt=year - CHILD_UNTIL)
    conditions: dict[Ages, Callable[[], Q]] = {
        Ages.UNDER_13: lambda: _lacks(older),
        Ages.UNKNOWN: lambda: _lacks(known),
        Ages.TURNING_13: lambda: _has(known & Q(birth_year=year - CHILD_UNTIL)),
        Ages.TEEN: lambda: _has(older & Q(birth_year__gte=year - ADULT_FROM)),
        Ages.TURNING_18: lambda: _has(known & Q(birth_year=year - ADULT_FROM)),
        Ages.ADULT: lambda: _has(known & Q(birth_year__lte=year - ADULT_FROM)),
    }
    return conditions[ages]()


def _to_look_at(look: Look, now: datetime) -> Q:
    limited = Q(**dict.fromkeys(LIMITS, True))
    conditions: dict[Look, Callable[[], Q]] = {
        Look.WITHOUT_CONSENT: lambda: _of_age(Ages.UNDER_13, year_everywhere(now)) & _without_consent(now),
        Look.LIMITED: lambda: _has(limited),
        Look.NOT_LIMITED: lambda: _lacks(limited),
        Look.DELETION: lambda: _has(Q(deletion_requested_at__isnull=False)),
        Look.NOT_INVITED: lambda: Q(id__in=set(not_invited().values_list("student_id", flat=True))),
        # Two records, nonsense, a flag, a limit: too much for one condition. The rules look at everybody.
        Look.FAULTY: Q,
    }
    return conditions[look]()


def _has(condition: Q) -> Q:
    """Return who has an age record of this kind."""
    return _among(CoppaCompliance.objects.filter(condition))


def _lacks(condition: Q) -> Q:
    """Return who has no age record of this kind, or one of another kind beside it."""
    return ~_has(condition) | _among(CoppaCompliance.objects.exclude(condition))


def _without_consent(now: datetime) -> Q:
    """Return who may lack a parent's verified consent to taking part: no row surely counts, or a refusal does too."""
    rows = ParentalConsent.objects.filter(consent_type=ConsentType.SERVICE, revoked_at=None)
    sure = rows.filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        consent_given=True,
        verified_at__isnull=False,
        relationship__in=PARENTAL_RELATIONSHIPS,
        verification_method__in=[method for method in VerificationMethod if _shows_a_parent(method)],
    )
    return ~_among(sure) | _among(rows.filter(consent_given=False)) | Q(id__in=students_with_orders())


def _shows_a_parent(method: str) -> bool:
    """Tell whether the method verifies a parent's consent to taking part while the child is under 13."""
    internal = settings.CONSENT_INTERNAL_OPERATIONS_ONLY
    standing = stands(ConsentType.SERVICE, method, under_13=True, adult=False, internal_operations_only=internal)
    return standing and is_parental(method)


def _among(rows: QuerySet[CoppaCompliance] | QuerySet[ParentalConsent]) -> Q:
    return Q(id__in=rows.values("student_id"))


@dataclass(slots=True)
class AgeNumbers:
    """Counts of the active students in scope. The first four are everybody; the others overlap."""

    groups: dict[AgeGroup, int] = field(default_factory=lambda: dict.fromkeys(AgeGroup, 0))
    without_consent: int = 0
    turning_13: int = 0
    turning_18: int = 0
    not_invited: int = 0

    @property
    def under_13(self) -> int:
        """How many are treated as under 13."""
        return self.groups[AgeGroup.UNDER_13] + self.groups[AgeGroup.UNKNOWN]


def age_numbers(now: datetime) -> AgeNumbers:
    """Return the numbers over all active students in scope: two warehouse queries, by the rules of a single page."""
    year, numbers, children = year_everywhere(now), AgeNumbers(), everyone(now)
    confirmed = said_to_be_adult()
    for student_id, rows in histories(children):
        child = children[student_id]
        numbers.groups[age_group(child.birth_year, year, school_says_so=student_id in confirmed)] += 1
        numbers.turning_13 += turns(child.birth_year, CHILD_UNTIL, year)
        # The others of the year have the school's word already.
        numbers.turning_18 += turns(child.birth_year, ADULT_FROM, year) and not child.about.adult
        numbers.without_consent += child.about.under_13 and not has_parental_consent(rows, child.about, now)
    numbers.not_invited = sum(one in children for one in not_invited().values_list("student_id", flat=True))
    return numbers

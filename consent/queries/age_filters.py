"""Whom the register of ages is narrowed to, as conditions in SQL: they leave out who cannot fit, the rules decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from classwaves_admin.tenancy.scope import schools_in_scope
from classwaves_admin.warehouse.models import CoppaCompliance, ParentalConsent, Student
from consent.models import Answer, RightsTransfer
from consent.queries.circumstances import grounds_of
from consent.queries.rows import students_with_orders
from consent.queries.students import Filters, students
from consent.rules.ages import ADULT_FROM, ATTESTED, CHILD_UNTIL, MOST_YEARS, year_everywhere
from consent.rules.limits import LIMITS
from consent.rules.methods import is_parental, stands
from consent.rules.register import Ages, Look
from consent.vocabulary import PARENTAL_RELATIONSHIPS, ConsentType, Relationship, VerificationMethod


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


def possible(filters: AgeFilters, now: datetime) -> QuerySet[Student]:
    """Return the active students in scope who may fit. Sends no query to the warehouse."""
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
    schools = schools_in_scope()
    # Of all schools together: what counts in some of them alone is no sure sign.
    internal = schools is not None and all(one.internal_operations_only for one in grounds_of(schools).values())
    standing = stands(ConsentType.SERVICE, method, under_13=True, adult=False, internal_operations_only=internal)
    return standing and is_parental(method)


def _among(rows: QuerySet[CoppaCompliance] | QuerySet[ParentalConsent]) -> Q:
    return Q(id__in=rows.values("student_id"))


def not_invited() -> QuerySet[RightsTransfer]:
    """Return the adults in scope who were not asked for their own consent and have not answered on paper.

    The portal's own database alone.
    """
    own = Answer.objects.filter(relationship=Relationship.SELF, revoked_at=None)
    return RightsTransfer.objects.filter(invited_at=None).exclude(student_id__in=own.values("student_id"))

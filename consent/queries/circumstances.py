"""What about each student decides which consents count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from classwaves_admin.schools.values import values
from classwaves_admin.warehouse.models import CoppaCompliance
from consent.models import AdultConfirmation
from consent.queries.rows import of_students
from consent.rules.ages import attested_year, is_adult, is_under_13, year_everywhere
from consent.rules.effective import Circumstances


class Ground(NamedTuple):
    """What a school has decided about which consents count (docs/settings.md)."""

    internal_operations_only: bool = True
    strict: bool = True


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class AgeFacts(NamedTuple):
    """The columns of `compliance.coppa_compliance` that decide, for queries that read more than ages."""

    student_id: str
    birth_year: int | None
    age_verification_method: str | None
    updated_at: datetime | None


def grounds_of(school_ids: Collection[str]) -> Mapping[str, Ground]:
    """Return what each school has decided. At most one warehouse query, none for what is remembered."""
    internal = values(school_ids, "consent.internal_operations_only")
    strict = values(school_ids, "gate.strict_audio")
    return {one: Ground(internal[one].value, strict[one].value) for one in internal}


def circumstances_of(schools: Mapping[str, str], now: datetime) -> Mapping[str, Circumstances]:
    """Return the circumstances of each student; one query to the warehouse, and the schools' settings.

    `schools` names the school of each student. A student without an age record counts as under 13.
    """
    records = CoppaCompliance.objects.filter(student_id__in=list(schools))
    return circumstances_from(records, schools, now, confirmed=said_to_be_adult(schools))


def circumstances_from(
    records: Iterable[CoppaCompliance | AgeFacts],
    schools: Mapping[str, str],
    now: datetime,
    *,
    confirmed: Collection[str],
    grounds: Mapping[str, Ground] | None = None,
) -> Mapping[str, Circumstances]:
    """Return the circumstances of each student from age records that were read already.

    `schools` names the school of each student, `confirmed` are those of whom the school says that they are 18, and
    `grounds` what the schools have decided, where that is known already.
    """
    years, known = known_years(records), grounds_of(set(schools.values())) if grounds is None else grounds
    return {
        student_id: circumstances_for(years.get(student_id), now, known[school], school_says_so=student_id in confirmed)
        for student_id, school in schools.items()
    }


def circumstances_for(
    birth_year: int | None, now: datetime, ground: Ground, *, school_says_so: bool = False
) -> Circumstances:
    """Return the circumstances of a student born in that year; None where the school does not know."""
    year = year_everywhere(now)
    return Circumstances(
        under_13=is_under_13(birth_year, year),
        adult=is_adult(birth_year, year, school_says_so=school_says_so),
        internal_operations_only=ground.internal_operations_only,
        strict=ground.strict,
    )


def age_records(student_ids: Collection[str]) -> dict[str, tuple[CoppaCompliance, ...]]:
    """Return the age records of each student, the one that counts last; one query to the warehouse.

    There should be one; other services write the table too.
    """
    found: dict[str, list[CoppaCompliance]] = {student_id: [] for student_id in student_ids}
    for record in CoppaCompliance.objects.filter(student_id__in=student_ids):
        found[record.student_id].append(record)
    return {student_id: in_order(records) for student_id, records in found.items()}


def in_order(records: Iterable[CoppaCompliance]) -> tuple[CoppaCompliance, ...]:
    """Return the age records of one student, the one that counts last."""
    return tuple(sorted(records, key=lambda one: (*_place(one), one.id)))


def known_years(records: Iterable[CoppaCompliance | AgeFacts]) -> dict[str, int | None]:
    """Return the birth year of each student with a record, None where nobody stands for one.

    Of two records for one student the later one counts; of two of the same moment the younger child.
    """
    return {
        record.student_id: attested_year(record.birth_year, record.age_verification_method)
        for record in sorted(records, key=_place)
    }


def precedence(updated_at: datetime | None, birth_year: int | None) -> tuple[datetime, bool, int]:
    """Return what orders the age records of one student: the greatest one counts."""
    return updated_at or _LONG_AGO, birth_year is None, birth_year or 0


def _place(record: CoppaCompliance | AgeFacts) -> tuple[datetime, bool, int]:
    return precedence(record.updated_at, attested_year(record.birth_year, record.age_verification_method))


def said_to_be_adult(student_ids: Collection[str] | None = None) -> set[str]:
    """Return of whom the school says that they are 18: of these, or of all in scope. No warehouse query."""
    said = of_students(AdultConfirmation.objects.all(), student_ids)
    return set(said.values_list("student_id", flat=True))

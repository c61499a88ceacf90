"""What about each student decides which consents count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings

from classwaves_admin.warehouse.models import CoppaCompliance
from consent.models import AdultConfirmation
from consent.rules.ages import attested_year, is_adult, is_under_13, year_everywhere
from consent.rules.effective import Circumstances

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class AgeFacts(NamedTuple):
    """The columns of `compliance.coppa_compliance` that decide, for queries that read more than ages."""

    student_id: str
    birth_year: int | None
    age_verification_method: str | None
    updated_at: datetime | None


def circumstances_of(student_ids: Collection[str], now: datetime) -> Mapping[str, Circumstances]:
    """Return the circumstances of each student; one query to the warehouse.

    A student without an age record counts as under 13.
    """
    records = CoppaCompliance.objects.filter(student_id__in=student_ids)
    return circumstances_from(records, student_ids, now, confirmed=said_to_be_adult(student_ids))


def circumstances_from(
    records: Iterable[CoppaCompliance | AgeFacts],
    student_ids: Collection[str],
    now: datetime,
    *,
    confirmed: Collection[str],
) -> Mapping[str, Circumstances]:
    """Return the circumstances of each student from age records that were read already.

    `confirmed` are the students of whom the school says that they are 18.
    """
    years = known_years(records)
    return {
        student_id: circumstances_for(years.get(student_id), now, school_says_so=student_id in confirmed)
        for student_id in student_ids
    }


def circumstances_for(birth_year: int | None, now: datetime, *, school_says_so: bool = False) -> Circumstances:
    """Return the circumstances of a student born in that year; None where the school does not know."""
    year = year_everywhere(now)
    return Circumstances(
        under_13=is_under_13(birth_year, year),
        adult=is_adult(birth_year, year, school_says_so=school_says_so),
        internal_operations_only=settings.CONSENT_INTERNAL_OPERATIONS_ONLY,
        strict=settings.CONSENT_STRICT_AUDIO,
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
    said = AdultConfirmation.objects.all()
    if student_ids is not None:
        said = said.filter(student_id__in=student_ids)
    return set(said.values_list("student_id", flat=True))

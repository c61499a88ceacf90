"""What about each student decides which consents count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.conf import settings

from classwaves_admin.warehouse.models import CoppaCompliance
from consent.rules.ages import attested_year, is_adult, is_under_13, year_everywhere
from consent.rules.effective import Circumstances


def circumstances_of(student_ids: Collection[str], now: datetime) -> Mapping[str, Circumstances]:
    """Return the circumstances of each student; one query to the warehouse.

    A student without an age record counts as under 13.
    """
    return circumstances_from(CoppaCompliance.objects.filter(student_id__in=student_ids), student_ids, now)


def circumstances_from(
    records: Iterable[CoppaCompliance], student_ids: Collection[str], now: datetime
) -> Mapping[str, Circumstances]:
    """Return the circumstances of each student from age records that were read already.

    Of two records for one student the later one counts.
    """
    years = {
        record.student_id: attested_year(record.birth_year, record.age_verification_method)
        for record in sorted(records, key=lambda record: record.updated_at)
    }
    return {student_id: circumstances_for(years.get(student_id), now) for student_id in student_ids}


def circumstances_for(birth_year: int | None, now: datetime) -> Circumstances:
    """Return the circumstances of a student born in that year; None where the school does not know."""
    year = year_everywhere(now)
    return Circumstances(
        under_13=is_under_13(birth_year, year),
        adult=is_adult(birth_year, year),
        internal_operations_only=settings.CONSENT_INTERNAL_OPERATIONS_ONLY,
    )

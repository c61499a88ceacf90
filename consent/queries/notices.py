"""What a school's notices are written from."""

from __future__ import annotations

from classwaves_admin.warehouse.models import RetentionPolicy, School
from consent.notices.texts import SchoolFacts


def school_facts(school_id: str) -> SchoolFacts:
    """Return the school and its retention policies: two queries to the warehouse. Raises School.DoesNotExist."""
    school = School.objects.get(id=school_id)
    return SchoolFacts(school, tuple(RetentionPolicy.objects.filter(school_id=school_id).order_by("updated_at")))

"""Which school a search is about, and whose days it means."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from audit.forms import SearchForm
from audit.rules.criteria import Criteria
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.schools.time_zones import DEFAULT_TIME_ZONE


def criteria_of(request: StaffRequest, form: SearchForm) -> tuple[Criteria, ZoneInfo]:
    """Return the search of a valid form, and the time zone whose days its period means."""
    zone = _calendar(request, form)
    return form.criteria(today=now().astimezone(zone).date(), zone=zone), zone


def school_of(request: StaffRequest, criteria: Criteria) -> str | None:
    """Return the one school that a search is about, for the log."""
    return criteria.school_id or _sole_school(request)


def _sole_school(request: StaffRequest) -> str | None:
    """Return the school of a person who sees one only."""
    schools = request.access.scope.schools
    return schools[0] if schools is not None and len(schools) == 1 else None


def _calendar(request: StaffRequest, form: SearchForm) -> ZoneInfo:
    """Return the time zone of the school, where one school is looked at."""
    school_id = form.cleaned_data.get("school") or _sole_school(request)
    return time_zone(school_id) if school_id else DEFAULT_TIME_ZONE

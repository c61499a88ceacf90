"""Leaves an event about a person in each school that it concerns, so that the school's log has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from audit.record import Codes, record_by_school
from classwaves_admin.accounts.directory import district_schools
from classwaves_admin.lib.actor import Actor

__all__ = ["note", "schools_of"]


def schools_of(district_id: str, school_ids: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the schools of a district, or those that are named. At most one warehouse query."""
    return district_schools(district_id) if district_id else tuple(school_ids)


def note(
    event: str, *, schools: Iterable[str], resource: tuple[str, str], data: Codes, by: Actor, now: datetime
) -> None:
    """Record one event in each of the schools; of no school where there is none."""
    record_by_school(event, by=by, concerned=dict.fromkeys(schools, ()), resource=resource, data=data, at=now)

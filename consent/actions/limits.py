"""Limits what may be done with the data of a child under 13 whose parents have not consented."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from audit.record import Codes, record
from classwaves_admin.lib.actor import Actor, system
from classwaves_admin.warehouse.models import CoppaCompliance
from classwaves_admin.warehouse.outbox import gateway
from consent.models import Guardianship
from consent.rules.limits import LIMITS, Limits

# The limits follow from the rules alone, whoever's answer brought them about.
BY_RULE = system("consent")
_NEXT = timedelta(microseconds=1)


def limit(
    student_id: str, records: Sequence[CoppaCompliance], required: Limits, *, now: datetime
) -> tuple[CoppaCompliance, ...]:
    """Set the limits that must stand on every age record of a student; return the records as they will be.

    `records` with the one that counts last. Part of the caller's transaction; audits as coppa.status_changed.
    Nothing is lifted. A student without a record gets one of unknown age, where a guardian tells the school.
    """
    wanted = [name for name, must in asdict(required).items() if must]
    lacking = [name for name in wanted if not all(getattr(one, name) for one in records)] if records else wanted
    school_id = records[-1].school_id if records else _school_of(student_id)
    if not lacking or school_id is None:
        return tuple(records)
    if records:
        values = dict.fromkeys(wanted, True)
        write_alike(records, values, now=now)
        limited = tuple(as_it_will_be(one, values) for one in records)
    else:
        limited = (unknown_age(student_id, school_id, now=now),)
        gateway.insert(*limited)
    note_status(student_id, school_id, {"limited": lacking, "why": "no_verified_consent"}, by=BY_RULE, now=now)
    return limited


def note_status(student_id: str, school_id: str, data: Codes, *, by: Actor, now: datetime) -> None:
    """Audit that what follows from a student's age has changed."""
    record(
        "coppa.status_changed",
        by=by,
        school_id=school_id,
        resource=("student", student_id),
        students=[student_id],
        data=data,
        at=now,
    )


def as_it_will_be(record: CoppaCompliance, values: Mapping[str, Any]) -> CoppaCompliance:
    """Return a copy of an age record with these values, which are on their way to the catalog."""
    changed = copy(record)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def write_alike(records: Sequence[CoppaCompliance], values: Mapping[str, Any], *, now: datetime) -> None:
    """Write the same values on every age record of a student; the one that counts stays the last one."""
    for number, one in enumerate(records):
        gateway.update(CoppaCompliance, one.id, **values, updated_at=now + number * _NEXT)


def unknown_age_id(student_id: str) -> str:
    """Return the id of the record that the portal makes for a student, the same for every maker."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"age:{student_id}"))


def unknown_age(student_id: str, school_id: str, *, now: datetime) -> CoppaCompliance:
    """Return the record of a student of whom the school knows no age: under 13, with every limit."""
    return CoppaCompliance(
        id=unknown_age_id(student_id),
        student_id=student_id,
        school_id=school_id,
        birth_year=None,
        is_under_13=True,
        age_verification_method="unknown",
        **dict.fromkeys(LIMITS, True),
        auto_delete_enabled=True,
        parent_access_enabled=True,
        created_at=now,
        updated_at=now,
    )


def _school_of(student_id: str) -> str | None:
    """Return the school of a student without an age record, as the guardians' ties name it."""
    return Guardianship.objects.filter(student_id=student_id).values_list("school_id", flat=True).first()

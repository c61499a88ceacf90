"""What people do with districts: make one, edit it, close it and open it again, bring its numbers up to date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.districts.queries import Counted, counted_district
from classwaves_admin.schools.edited import changes_of, held, held_as_seen, told
from classwaves_admin.warehouse.models import District
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["FIELDS", "NumbersMoved", "create_district", "edit_district", "refresh_counts", "set_active"]

# What the form holds; a change of any other column is no conflict.
FIELDS = (
    "name",
    "state",
    "region",
    "superintendent_name",
    "contact_email",
    "contact_phone",
    "website",
    "subscription_tier",
    "contract_details",
)
EVENT = "district.changed"


class NumbersMoved(Exception):
    """The tables give other numbers by now than those that the person saw."""


def create_district(*, values: Mapping[str, Any], by: Actor, now: datetime) -> District:
    """Make an active district without schools, and return it."""
    district = District(
        **values, student_count=0, school_count=0, teacher_count=0, is_active=True, created_at=now, updated_at=now
    )
    with transaction.atomic():
        gateway.insert(district)
        record(
            EVENT,
            by=by,
            school_id=None,
            resource=("district", district.pk),
            data={"step": "created", "state": district.state, "tier": district.subscription_tier},
            at=now,
        )
    return district


def edit_district(*, district: District, values: Mapping[str, Any], seen: str, by: Actor, now: datetime) -> list[str]:
    """Change columns of a district and return the names of those that are different now.

    `seen` is the fingerprint of FIELDS as the form showed them. Raises EditedMeanwhile and OnItsWay, with nothing
    written.
    """
    with transaction.atomic():
        held_as_seen(district, FIELDS, seen)
        changes = changes_of(district, values)
        if changes:
            _change(district, changes, "edited", by, now)
    return sorted(changes)


def set_active(*, district: District, active: bool, by: Actor, now: datetime) -> bool:
    """Close a district or open it again; return whether that changes anything. Raises OnItsWay.

    A closed district gives nobody access (accounts/directory.py); its schools go on by themselves.
    """
    with transaction.atomic():
        held(district)
        if district.is_active == active:
            return False
        _change(district, {"is_active": active}, "activated" if active else "deactivated", by, now)
    return True


def refresh_counts(*, district_id: str, seen: Mapping[str, int], by: Actor, now: datetime) -> Counted:
    """Write the numbers of the tables into the district's row, and return them.

    `seen` are the numbers that the person agreed to. Raises NumbersMoved, OnItsWay and District.DoesNotExist, with
    nothing written.
    """
    with transaction.atomic():
        counted = counted_district(district_id)
        held(counted.district)
        if counted.numbers != seen:
            raise NumbersMoved("The numbers are other ones by now.")
        if counted.differences:
            _change(counted.district, counted.differences, "counted", by, now)
    return counted


def _change(district: District, changes: Mapping[str, Any], step: str, by: Actor, now: datetime) -> None:
    gateway.update(District, district.pk, **changes, updated_at=now)
    record(
        EVENT,
        by=by,
        school_id=None,
        resource=("district", district.pk),
        data={"step": step, **told(district, changes)},
        at=now,
    )

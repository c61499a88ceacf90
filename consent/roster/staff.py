"""Teachers and school administrators of one school in the catalog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q

from classwaves_admin.schools.staging import Staff
from classwaves_admin.warehouse.models import Teacher
from consent.roster.changes import Changes
from consent.roster.identity import Kind, row_id
from consent.roster.tables import STAFF, Values

ACTIVE, DEACTIVATED = "active", "deactivated"
# Given by ClassWaves itself; a district's file neither gives nor takes it.
_ABOVE_THE_ROSTER = "super_admin"


# A guardian's address is asked for at each child: those of a few parts are enough.
@lru_cache(maxsize=4096)
def address_of(text: str) -> str:
    """Return an e-mail address in lower case, blank where the text is none."""
    address = text.strip().lower()
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address


def plan_staff(
    people: Sequence[Staff], school_id: str, district: str, changes: Changes, *, sees: Callable[[str], bool]
) -> None:
    """Plan the rows of a school's staff.

    People are found again by their id or, where another service made the row, by their address: a
    second row for one person would let a suspended teacher in. A file never lifts a suspension. Who is at
    another school comes over from one that `sees` allows alone: an id takes nobody away.
    """
    columns = ("id", "name", "email", "role", "status")
    ids = [row_id(Kind.STAFF, district, person.source_id) for person in people]
    rows = list(Teacher.objects.filter(Q(school_id=school_id) | Q(id__in=ids)).values(*columns, "school_id"))
    by_address = {row["email"].lower(): row for row in rows if row["school_id"] == school_id}
    by_key = {row["id"]: row for row in rows}
    new = []
    for person in people:
        address = address_of(person.email)
        if not address:
            changes.tally.note("staff_without_address")
            continue
        key = row_id(Kind.STAFF, district, person.source_id)
        row = by_key.get(key) or by_address.get(address)
        if row is not None and not sees(row.get("school_id", school_id)):
            changes.tally.note("staff_elsewhere")
        elif row is not None:
            changes.settle(STAFF, {"school_id": school_id, **row}, _wanted(person, address, row, school_id))
        elif not person.leaving:
            made = dict(zip(columns, (key, person.name, address, person.role, ACTIVE), strict=True))
            by_address[address] = by_key[key] = made
            new.append(tuple(made[name] for name in STAFF.columns))
    changes.add(STAFF, new, **_NEW, school_id=school_id, created_at=changes.now, updated_at=changes.now)


def _wanted(person: Staff, address: str, row: Values, school_id: str) -> Values:
    role = row["role"] if row["role"] == _ABOVE_THE_ROSTER else person.role
    status = DEACTIVATED if person.leaving and row["status"] == ACTIVE else row["status"]
    # Another service may keep the address in its own spelling; it is the same address.
    email = row["email"] if row["email"].lower() == address else address
    return {"name": person.name, "email": email, "role": role, "status": status, "school_id": school_id}


_NEW: Values = {
    "google_id": "",
    "picture": None,
    "status": ACTIVE,
    "access_level": "standard",
    "max_concurrent_sessions": 3,
    "current_sessions": 0,
    "grade": None,
    "subject": None,
    "timezone": "UTC",
    "features_enabled": None,
    "last_login": None,
    "login_count": 0,
    "total_sessions_created": 0,
}

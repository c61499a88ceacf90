"""The district and its schools in the catalog."""

from __future__ import annotations

from typing import Any

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.schools.staging import School as Listed
from classwaves_admin.schools.staging import Staff, StaffRole, Stage
from classwaves_admin.warehouse.models import SchoolSetting
from consent.roster.changes import Changes
from consent.roster.identity import Kind, row_id
from consent.roster.staff import address_of
from consent.roster.tables import DISTRICTS, SCHOOLS, SETTINGS

# What a roster cannot know. Agreements are not claimed: the office states them, a file does not.
_NEW_SCHOOL: dict[str, Any] = {
    "domain": "",
    "google_workspace_id": None,
    "subscription_tier": "free",
    "subscription_status": "trial",
    "max_teachers": 200,
    "stripe_customer_id": None,
    "subscription_start_date": None,
    "subscription_end_date": None,
    "trial_ends_at": None,
    "ferpa_agreement": False,
    "coppa_compliant": False,
    "data_retention_days": 365,
}


def plan_district(stage: Stage, changes: Changes) -> None:
    """Plan the district's row."""
    source_id, name = stage.districts()[0]
    key = row_id(Kind.DISTRICT, source_id)
    wanted = {
        "name": name,
        "student_count": stage.count("student"),
        "school_count": stage.count("school"),
        "teacher_count": stage.teachers(),
    }
    found = DISTRICTS.rows([key], list(wanted))
    if found:
        changes.settle(DISTRICTS, found[key], wanted)
        return
    fields = DISTRICTS.model._meta.concrete_fields
    rest: dict[str, Any] = {one.attname: None for one in fields if one.null and one.attname not in DISTRICTS.columns}
    rest |= {"state": "", "subscription_tier": "free", "is_active": True}
    changes.add(DISTRICTS, [(key, *wanted.values())], **rest, created_at=changes.now, updated_at=changes.now)


def plan_schools(stage: Stage, district: str, changes: Changes) -> None:
    """Plan a row for each school and the setting that ties it to its district."""
    schools = stage.schools()
    found = SCHOOLS.rows([school.id for school in schools], ["name", "admin_email"])
    ties = SchoolSetting.objects.filter(school_id__in=[school.id for school in schools], setting_key=DISTRICT_KEY)
    tied = set(ties.values_list("school_id", flat=True))
    heads = stage.heads()
    new = []
    for school in schools:
        contact = _contact(heads, school.source_id)
        if row := found.get(school.id):
            changes.settle(SCHOOLS, row, {"name": school.name, "admin_email": row["admin_email"] or contact})
        else:
            new.append((school.id, school.name, contact, stage.teachers(school.source_id)))
    changes.add(SCHOOLS, new, **_NEW_SCHOOL, created_at=changes.now, updated_at=changes.now)
    _tie([school for school in schools if school.id not in tied], district, changes)


def _contact(heads: list[Staff], school: str) -> str:
    """Return the address that a school's notices give to parents until the office sets another.

    That of the school's first administrator, else of the district's: a notice without a contact may
    not be sent (16 CFR 312.4(c)). Blank where the roster knows none.
    """
    found = [person for person in heads if person.school in {school, ""} and address_of(person.email)]
    found.sort(key=lambda person: (not person.school, person.source_id))
    return address_of(found[0].email) if found else ""


def _tie(schools: list[Listed], district: str, changes: Changes) -> None:
    rows = [(row_id(Kind.SETTING, district, school.source_id, DISTRICT_KEY), school.id) for school in schools]
    changes.add(
        SETTINGS,
        rows,
        setting_key=DISTRICT_KEY,
        setting_value=row_id(Kind.DISTRICT, district),
        setting_type="string",
        description="The district of the school, from the roster",
        is_editable=False,
        created_at=changes.now,
        updated_at=changes.now,
    )


def note_left_out(stage: Stage, changes: Changes) -> None:
    """Count the staff and relatives of the whole roster who get no row."""
    placeless = stage.staff("")
    from_district = sum(person.role == StaffRole.DISTRICT_ADMIN for person in placeless)
    changes.tally.note("district_staff_left_out", from_district)
    changes.tally.note("staff_without_school", len(placeless) - from_district)
    changes.tally.note("relatives_left_out", stage.noted("relatives_left_out"))

"""The district and its schools in the catalog."""

from __future__ import annotations

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.schools.oneroster import Roster, StaffRole
from classwaves_admin.warehouse.models import District, School, SchoolSetting
from consent.roster.changes import Changes, by_id
from consent.roster.identity import Kind, row_id
from consent.roster.staff import address_of
from consent.roster.tally import Kept

# What a roster cannot know. Agreements are not claimed: the office states them, a file does not.
_NEW_SCHOOL = {
    "domain": "",
    "subscription_tier": "free",
    "subscription_status": "trial",
    "max_teachers": 200,
    "ferpa_agreement": False,
    "coppa_compliant": False,
    "data_retention_days": 365,
}


def plan_district(roster: Roster, changes: Changes) -> str:
    """Plan the district's row and return its sourcedId."""
    district = roster.districts[0]
    found = by_id(District, [row_id(Kind.DISTRICT, district.sourced_id)])
    wanted = {
        "name": district.name,
        "student_count": len(roster.students),
        "school_count": len(roster.schools),
        "teacher_count": sum(staff.role is StaffRole.TEACHER for staff in roster.staff),
    }
    if found:
        changes.settle(Kept.DISTRICTS, next(iter(found.values())), wanted)
    else:
        row = District(
            id=row_id(Kind.DISTRICT, district.sourced_id),
            state="",
            subscription_tier="free",
            is_active=True,
            created_at=changes.now,
            updated_at=changes.now,
            **wanted,
        )
        changes.add(Kept.DISTRICTS, row)
    return district.sourced_id


def plan_schools(roster: Roster, district: str, changes: Changes) -> None:
    """Plan a row for each school and the setting that ties it to its district."""
    ids = {school.sourced_id: row_id(Kind.SCHOOL, district, school.sourced_id) for school in roster.schools}
    found = by_id(School, ids.values())
    ties = SchoolSetting.objects.filter(school_id__in=list(ids.values()), setting_key=DISTRICT_KEY)
    tied = set(ties.values_list("school_id", flat=True))
    for school in roster.schools:
        school_id = ids[school.sourced_id]
        contact = _contact(roster, school.sourced_id)
        if row := found.get(school_id):
            changes.settle(Kept.SCHOOLS, row, {"name": school.name, "admin_email": row.admin_email or contact})
        else:
            staff = sum(person.school == school.sourced_id and not person.leaving for person in roster.staff)
            new = School(
                id=school_id,
                name=school.name,
                admin_email=contact,
                current_teachers=staff,
                created_at=changes.now,
                updated_at=changes.now,
                **_NEW_SCHOOL,
            )
            changes.add(Kept.SCHOOLS, new)
        if school_id not in tied:
            changes.inserts.append(_tie(school_id, district, school.sourced_id, changes))


def _contact(roster: Roster, school: str) -> str:
    """Return the address that a school's notices give to parents until the office sets another.

    That of the school's first administrator, else of the district's: a notice without a contact may
    not be sent (16 CFR 312.4(c)). Blank where the roster knows none.
    """
    heads = [person for person in roster.staff if person.role is not StaffRole.TEACHER and not person.leaving]
    heads = [person for person in heads if person.school in {school, ""} and address_of(person.email)]
    heads.sort(key=lambda person: (not person.school, person.sourced_id))
    return address_of(heads[0].email) if heads else ""


def _tie(school_id: str, district: str, school: str, changes: Changes) -> SchoolSetting:
    return SchoolSetting(
        id=row_id(Kind.SETTING, district, school, DISTRICT_KEY),
        school_id=school_id,
        setting_key=DISTRICT_KEY,
        setting_value=row_id(Kind.DISTRICT, district),
        setting_type="string",
        description="The district of the school, from the roster",
        is_editable=False,
        created_at=changes.now,
        updated_at=changes.now,
    )

"""The sample's district, schools, settings, retention policies and staff, as catalog rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.portal.sample.plans import Plans, SchoolPlan, StaffPlan
from classwaves_admin.schools.time_zones import TIME_ZONE_KEY
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS, Default
from classwaves_admin.warehouse.models import District, RetentionPolicy, School, SchoolSetting, Teacher

OPENED_DAYS_AGO = 480


@dataclass(slots=True)
class Place:
    """A school with its people."""

    plan: SchoolPlan
    school: School
    zone: ZoneInfo
    settings: list[SchoolSetting]
    policies: list[RetentionPolicy]
    staff: list[Teacher] = field(default_factory=list)

    @property
    def admins(self) -> list[Teacher]:
        """Return the school's administrators."""
        return [person for person in self.staff if person.role == "admin"]

    @property
    def teachers(self) -> list[Teacher]:
        """Return the teachers who are active."""
        return [person for person in self.staff if person.role == "teacher" and person.status == "active"]


def district_row(plans: Plans, dice: Dice, now: datetime) -> District:
    """Return the district."""
    opened = now - timedelta(days=OPENED_DAYS_AGO)
    return District(
        id=dice.id_at(opened),
        student_count=sum(school.students for school in plans.schools),
        school_count=len(plans.schools),
        teacher_count=sum(person.role == "teacher" for person in plans.staff),
        subscription_tier="premium",
        contract_details={"agreement": "NDPA 1.0", "signed_on": opened.date().isoformat()},
        is_active=True,
        created_at=opened,
        updated_at=opened,
        **plans.district,
    )


def places(plans: Plans, district: District, dice: Dice, now: datetime) -> list[Place]:
    """Return the schools, each with settings, policies and staff."""
    return [_place(school, plans, district, dice, now) for school in plans.schools]


def _place(plan: SchoolPlan, plans: Plans, district: District, dice: Dice, now: datetime) -> Place:
    opened = now - timedelta(days=OPENED_DAYS_AGO)
    own = [person for person in plans.staff if person.school == plan.key]
    school = _school(plan, sum(person.role == "teacher" for person in own), dice, opened)
    place = Place(plan, school, ZoneInfo(plan.timezone), [], [])
    place.settings = _settings(plan, school, district, dice, opened)
    place.policies = [_policy(school, dice, opened, policy) for policy in DEFAULTS.items()]
    place.staff = [_teacher(person, plan, school, dice, opened, now) for person in own]
    return place


def _school(plan: SchoolPlan, teachers: int, dice: Dice, opened: datetime) -> School:
    return School(
        id=dice.id_at(opened),
        name=plan.name,
        domain=plan.domain,
        admin_email=plan.admin_email,
        subscription_tier="premium",
        subscription_status="active",
        max_teachers=40,
        current_teachers=teachers,
        subscription_start_date=opened,
        subscription_end_date=opened + timedelta(days=3 * 365),
        ferpa_agreement=True,
        coppa_compliant=True,
        data_retention_days=395,
        created_at=opened,
        updated_at=opened,
    )


def _teacher(
    person: StaffPlan, plan: SchoolPlan, school: School, dice: Dice, opened: datetime, now: datetime
) -> Teacher:
    made = opened + timedelta(days=dice.randint(0, 40))
    seen = dice.after(now - timedelta(days=5), minutes=(0, 5 * 24 * 60))
    return Teacher(
        id=dice.id_at(made),
        google_id=f"sample-{person.address}",
        email=f"{person.address}@{plan.domain}",
        name=person.name,
        school_id=school.id,
        role=person.role,
        status=person.status,
        access_level="standard",
        max_concurrent_sessions=3,
        current_sessions=0,
        grade=person.grade,
        subject=person.subject,
        timezone=plan.timezone,
        last_login=seen if person.status == "active" else None,
        login_count=dice.randint(20, 160),
        total_sessions_created=0,
        created_at=made,
        updated_at=made,
    )


def _settings(
    plan: SchoolPlan, school: School, district: District, dice: Dice, opened: datetime
) -> list[SchoolSetting]:
    wanted = (
        (DISTRICT_KEY, district.id, "string", "The district of the school", False),
        (TIME_ZONE_KEY, plan.timezone, "string", "The time zone in which dates are shown", True),
        (
            "consent.internal_operations_only",
            "true",
            "boolean",
            "Voices are disclosed to nobody beyond the running of the service",
            True,
        ),
    )
    return [
        SchoolSetting(
            id=dice.id_at(opened),
            school_id=school.id,
            setting_key=key,
            setting_value=value,
            setting_type=kind,
            description=description,
            is_editable=editable,
            created_at=opened,
            updated_at=opened,
        )
        for key, value, kind, description, editable in wanted
    ]


def _policy(school: School, dice: Dice, opened: datetime, policy: tuple[Retention, Default]) -> RetentionPolicy:
    kind, default = policy
    return RetentionPolicy(
        id=dice.id_at(opened),
        school_id=school.id,
        policy_type=kind.value,
        archive_after_days=default.periods.archive,
        retention_days=default.periods.retain,
        delete_after_days=default.periods.delete,
        legal_basis=default.basis,
        auto_delete_enabled=kind is not Retention.AUDIT_LOG,
        created_at=opened,
        updated_at=opened,
    )

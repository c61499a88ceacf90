"""The rows that all tests of the contract read. They are written once for each engine and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import (
    AuditLog,
    CoppaCompliance,
    District,
    EducationalMetric,
    NotificationQueue,
    NotificationTemplate,
    ParentalConsent,
    Recording,
    School,
    Student,
    Teacher,
)
from classwaves_admin.warehouse.models._base import CatalogModel

# The tables that the contract needs; making the other sixteen on Spark would take as long as all its tests.
MODELS: tuple[type[CatalogModel], ...] = (
    School,
    Teacher,
    Student,
    ParentalConsent,
    CoppaCompliance,
    AuditLog,
    District,
    EducationalMetric,
    NotificationQueue,
    NotificationTemplate,
    Recording,
)

# In New York the clocks went from 2:00 to 3:00 on 9 March 2025 at 7:00 UTC, in the middle of the audit rows.
START = datetime(2025, 3, 7, 12, 30, 15, 123456, tzinfo=UTC)
NAMES = ("Ada", "Björn", "Çelik", "Dvořák", "Émile", "fay", "Gül", "O'Hara", "李雷", "Zoë")
SPECIAL = (
    "100 % sure",
    "under_score",
    "back\\slash",
    'it\'s "quoted"',
    "${env:HOME}",
    "{{template}}",
    "question? %s %(a)s :name",
    "-- comment /* */ ; DROP",
    "emoji 👩‍👧‍👦 \U0001f3f4\U000e0067\U000e007f",
    "עִבְרִית العربية",
    "e\u0301 combining",
    "tab\tline\nreturn\rend",
)


def _schools() -> list[School]:
    return [
        School(
            id=f"k-school-{n}",
            name=f"School {n}",
            domain=f"School{n}.Example",
            admin_email=f"office{n}@example.org",
            subscription_tier="premium",
            subscription_status="active" if n < 3 else "suspended",
            max_teachers=10 * n,
            current_teachers=n,
            ferpa_agreement=True,
            coppa_compliant=n != 2,
            data_retention_days=365,
            created_at=START,
            updated_at=START,
        )
        for n in (1, 2, 3)
    ]


def _teachers() -> list[Teacher]:
    return [
        Teacher(
            id=f"k-teacher-{n}",
            google_id=f"g-{n}",
            email=f"Teacher{n}@Example.org",
            name=NAMES[n],
            school_id=f"k-school-{1 + n % 3}",
            role="admin" if n == 0 else "teacher",
            status="active",
            access_level="standard",
            max_concurrent_sessions=3,
            current_sessions=0,
            timezone="America/New_York",
            login_count=n,
            total_sessions_created=n * n,
            created_at=START,
            updated_at=START,
        )
        for n in range(6)
    ]


def _students() -> list[Student]:
    return [
        Student(
            id=f"k-student-{n:03}",
            display_name=SPECIAL[n - 30] if 30 <= n < 30 + len(SPECIAL) else f"{NAMES[n % 10]} {n:03}",
            school_id=f"k-school-{1 + n % 3}",
            status="active" if n % 5 else "inactive",
            grade_level=None if n % 7 == 0 else str(n % 4 + 4),
            consent_date=None if n % 2 else START + timedelta(days=n),
            parent_email=f"parent{n % 9}@home.example",
            has_parental_consent=n % 2 == 0,
            data_sharing_consent=False,
            audio_recording_consent=n % 3 == 0,
            created_at=START + timedelta(seconds=n),
            updated_at=START,
        )
        for n in range(60)
    ]


def _consents() -> list[ParentalConsent]:
    return [
        ParentalConsent(
            id=f"k-consent-{n:03}",
            student_id=f"k-student-{n % 45:03}",
            school_id=f"k-school-{1 + n % 45 % 3}",
            consent_type="recording" if n % 2 else "service",
            consent_given=n % 4 != 3,
            consent_date=START + timedelta(hours=n),
            parent_name="Parent",
            parent_email="parent@home.example",
            relationship="parent",
            verification_method="email_plus",
            verified_at=START + timedelta(hours=n) if n % 3 else None,
            consent_text_version="v1",
            expires_at=START + timedelta(days=365),
            revoked_at=START + timedelta(days=9) if n % 10 == 0 else None,
            created_at=START,
            updated_at=START,
        )
        for n in range(80)
    ]


def _ages() -> list[CoppaCompliance]:
    flags: dict[str, Any] = dict.fromkeys(
        ("data_collection_limited", "no_behavioral_targeting", "no_third_party_sharing", "auto_delete_enabled"), True
    )
    return [
        CoppaCompliance(
            id=f"k-age-{n:03}",
            student_id=f"k-student-{n:03}",
            school_id=f"k-school-{1 + n % 3}",
            birth_year=None if n % 6 == 0 else 2005 + n,
            is_under_13=n > 7,
            age_verification_method="sis_dob" if n % 2 else None,
            parent_access_enabled=True,
            created_at=START,
            updated_at=START,
            **flags,
        )
        for n in range(20)
    ]


def _audit() -> list[AuditLog]:
    return [
        AuditLog(
            id=f"k-audit-{n:03}",
            actor_id=f"k-teacher-{n % 6}" if n % 4 else "system:test",
            actor_type="teacher" if n % 4 else "system",
            event_type=("student.viewed", "consent.granted", "auth.login")[n % 3],
            event_category=("data", "consent", "auth")[n % 3],
            # Three rows at each moment, so that a page's end falls between equal ones.
            event_timestamp=START + timedelta(hours=n // 3),
            resource_type="student",
            resource_id=f"k-student-{n % 60:03}" if n % 2 else None,
            school_id=f"k-school-{1 + n % 3}",
            description=f"Row {n}",
            affected_student_ids=f'["k-student-{n % 60:03}"]' if n % 5 == 0 else None,
            created_at=START,
        )
        for n in range(200)
    ]


SCHOOLS, TEACHERS, STUDENTS = _schools(), _teachers(), _students()
CONSENTS, AGES, AUDIT = _consents(), _ages(), _audit()


def load() -> None:
    """Write all rows to the warehouse of this thread: one statement a table."""
    tables: tuple[Sequence[CatalogModel], ...] = (SCHOOLS, TEACHERS, STUDENTS, CONSENTS, AGES, AUDIT)
    with writing():
        for rows in tables:
            table: QuerySet[CatalogModel] = QuerySet(type(rows[0]), using="warehouse")
            table.bulk_create(rows)

"""Inventory of schema `users`: the roster."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Subject, Table
from classwaves_admin.warehouse.models import School, Student, Teacher

TABLES = (
    Table(
        School,
        columns={
            Privacy.STAFF_PII: "admin_email",
            Privacy.OPERATIONAL: "id google_workspace_id subscription_tier subscription_status max_teachers"
            " current_teachers stripe_customer_id subscription_start_date subscription_end_date trial_ends_at"
            " ferpa_agreement coppa_compliant data_retention_days created_at updated_at",
            Privacy.PUBLIC: "name domain",
        },
        no_retention="Roster: stays as long as the school's agreement, then leaves by disposition (NDPA Exhibit D).",
        no_students="About the school as an institution.",
        school="id",
    ),
    Table(
        Teacher,
        columns={
            Privacy.STAFF_PII: "id google_id email name picture grade subject timezone last_login login_count"
            " total_sessions_created current_sessions",
            Privacy.OPERATIONAL: "school_id role status access_level max_concurrent_sessions features_enabled"
            " created_at updated_at",
        },
        no_retention="Roster: stays while the person works for the school, as the school's own roster says.",
        no_students="About staff.",
        school="school_id",
    ),
    Table(
        Student,
        columns={
            Privacy.STUDENT_PII: "id display_name email google_id",
            Privacy.GUARDIAN_PII: "parent_email",
            Privacy.EDUCATION_RECORD: "status grade_level has_parental_consent consent_date data_sharing_consent"
            " audio_recording_consent",
            Privacy.OPERATIONAL: "school_id created_at updated_at",
        },
        no_retention="Roster: stays while the student is enrolled; goes with a deletion request or on leaving.",
        students=(Link("id", Subject.STUDENT),),
        school="school_id",
    ),
)

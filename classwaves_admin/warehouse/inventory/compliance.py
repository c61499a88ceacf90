"""Inventory of schema `compliance`: audit trail, consents, ages, retention rules."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, ParentalConsent, RetentionPolicy

TABLES = (
    Table(
        AuditLog,
        columns={
            Privacy.STUDENT_PII: "actor_id resource_id ip_address user_agent affected_student_ids",
            Privacy.EDUCATION_RECORD: "actor_type event_type event_category event_timestamp resource_type session_id"
            " description compliance_basis data_accessed",
            Privacy.OPERATIONAL: "id school_id created_at",
        },
        retention=Retention.AUDIT_LOG,
        students=(
            Link("affected_student_ids", Subject.STUDENT, alone=False, json_list=True),
            Link("resource_id", Subject.STUDENT, when={"resource_type": "student"}),
            Link("actor_id", Subject.STUDENT, when={"actor_type": "student"}),
        ),
        school="school_id",
    ),
    Table(
        ParentalConsent,
        columns={
            Privacy.STUDENT_PII: "student_id",
            Privacy.GUARDIAN_PII: "parent_name parent_email relationship verification_token ip_address user_agent",
            Privacy.EDUCATION_RECORD: "consent_type consent_given consent_date verification_method verified_at"
            " consent_text_version expires_at revoked_at",
            Privacy.OPERATIONAL: "id school_id created_at updated_at",
        },
        retention=Retention.CONSENT_RECORDS,
        students=(Link("student_id", Subject.STUDENT),),
        school="school_id",
    ),
    Table(
        RetentionPolicy,
        columns={
            Privacy.OPERATIONAL: "id school_id created_at updated_at",
            Privacy.PUBLIC: "policy_type retention_days delete_after_days archive_after_days legal_basis"
            " auto_delete_enabled",
        },
        no_retention="The rules themselves: a school keeps and may publish them (16 CFR 312.10).",
        no_students="Rules of the school, the same for every student.",
        school="school_id",
    ),
    Table(
        CoppaCompliance,
        columns={
            Privacy.STUDENT_PII: "student_id birth_year",
            Privacy.EDUCATION_RECORD: "is_under_13 age_verification_method age_verified_at data_collection_limited"
            " no_behavioral_targeting no_third_party_sharing auto_delete_enabled delete_after_days"
            " deletion_requested_at deletion_completed_at parent_access_enabled parent_last_reviewed",
            Privacy.OPERATIONAL: "id school_id created_at updated_at",
        },
        retention=Retention.COPPA_RECORDS,
        students=(Link("student_id", Subject.STUDENT),),
        school="school_id",
    ),
)

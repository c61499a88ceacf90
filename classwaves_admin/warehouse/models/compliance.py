"""The tables of schema `compliance`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.databricks.time_travel import TimeTravelManager
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class AuditLog(CatalogModel):
    """Comprehensive audit trail for all system actions."""

    id = f.IdField("Unique audit ID")
    actor_id = f.StringField("User performing action")
    actor_type = f.StringField("Type (teacher/student/system)")
    event_type = f.StringField("Event name")
    event_category = f.StringField("Category (auth/session/data)")
    event_timestamp = f.TimestampField("Event time")
    resource_type = f.StringField("Resource affected")
    resource_id = f.StringField("Resource identifier", null=True)
    school = f.Reference("warehouse.School", "School context", db_index=False)
    session_id = f.StringField("Session context", null=True)
    description = f.StringField("Human-readable description")
    ip_address = f.StringField("Client IP", null=True)
    user_agent = f.StringField("Client info", null=True)
    compliance_basis = f.StringField("Legal basis", null=True)
    data_accessed = f.StringField("Data accessed", null=True)
    affected_student_ids = f.StringField("Students affected", null=True)
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[TimeTravelManager[AuditLog]] = ScopedManager(school="school_id", _manager_class=TimeTravelManager)

    class Meta(CatalogModel.Meta):
        db_table = "compliance.audit_log"
        db_table_comment = "Comprehensive audit trail for all system actions."
        indexes = [
            models.Index(fields=["event_timestamp", "id"], name="audit_log_event__id_ix"),
            models.Index(fields=["school", "event_timestamp", "id"], name="audit_log_school_event__id_ix"),
            models.Index(fields=["event_type", "event_timestamp"], name="audit_log_event__event__ix"),
        ]


class ParentalConsent(CatalogModel):
    """Tracks parental consent for student participation."""

    id = f.IdField("Unique consent ID")
    student = f.Reference("warehouse.Student", "Student (FK)", db_index=False)
    school = f.Reference("warehouse.School", "School (FK)", db_index=False)
    consent_type = f.StringField("Type of consent")
    consent_given = f.BooleanField("Consent status")
    consent_date = f.TimestampField("Consent timestamp")
    parent_name = f.StringField("Parent name")
    parent_email = f.StringField("Parent email")
    relationship = f.StringField("Parent relationship")
    verification_method = f.StringField("How verified")
    verification_token = f.StringField("Verification token", null=True)
    verified_at = f.TimestampField("Verification time", null=True)
    ip_address = f.StringField("Consent IP", null=True)
    user_agent = f.StringField("Consent device", null=True)
    consent_text_version = f.StringField("Terms version")
    expires_at = f.TimestampField("Expiration date", null=True)
    revoked_at = f.TimestampField("Revocation date", null=True)
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[ParentalConsent]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "compliance.parental_consents"
        db_table_comment = "Tracks parental consent for student participation."
        indexes = [
            models.Index(fields=["student", "consent_type"], name="parental_conse_studen_cons_ix"),
            models.Index(fields=["school", "created_at", "id"], name="parental_conse_school_crea_ix"),
            models.Index(fields=["consent_date", "id"], name="parental_conse_consen_id_ix"),
            models.Index(fields=["verification_token"], name="parental_conse_verifi_ix"),
            models.Index(fields=["parent_email"], name="parental_conse_parent_ix"),
        ]


class RetentionPolicy(CatalogModel):
    """Data retention configuration by school."""

    id = f.IdField("Unique policy ID")
    school = f.Reference("warehouse.School", "School (FK)", db_index=False)
    policy_type = f.StringField("Data type")
    retention_days = f.IntField("Keep days")
    delete_after_days = f.IntField("Delete after", null=True)
    archive_after_days = f.IntField("Archive after", null=True)
    legal_basis = f.StringField("Legal requirement")
    auto_delete_enabled = f.BooleanField("Auto-delete on")
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[RetentionPolicy]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "compliance.retention_policies"
        db_table_comment = "Data retention configuration by school."
        indexes = [
            models.Index(fields=["school", "policy_type"], name="retention_poli_school_poli_ix"),
        ]


class CoppaCompliance(CatalogModel):
    """COPPA-specific compliance tracking for under-13 students."""

    id = f.IdField("Unique record ID")
    student = f.Reference("warehouse.Student", "Student (FK)")
    school = f.Reference("warehouse.School", "School (FK)")
    birth_year = f.IntField("Birth year", null=True)
    is_under_13 = f.BooleanField("Under 13 flag")
    age_verification_method = f.StringField("How verified", null=True)
    age_verified_at = f.TimestampField("Verification time", null=True)
    data_collection_limited = f.BooleanField("Limited collection")
    no_behavioral_targeting = f.BooleanField("No targeting")
    no_third_party_sharing = f.BooleanField("No sharing")
    auto_delete_enabled = f.BooleanField("Auto-delete on")
    delete_after_days = f.IntField("Delete timeline", null=True)
    deletion_requested_at = f.TimestampField("Delete request", null=True)
    deletion_completed_at = f.TimestampField("Delete complete", null=True)
    parent_access_enabled = f.BooleanField("Parent access")
    parent_last_reviewed = f.TimestampField("Parent review", null=True)
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[CoppaCompliance]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "compliance.coppa_compliance"
        db_table_comment = "COPPA-specific compliance tracking for under-13 students."
        indexes = [
            models.Index(fields=["school", "is_under_13"], name="coppa_complian_school_under_ix"),
        ]

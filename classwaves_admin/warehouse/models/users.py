"""The tables of schema `users`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class School(CatalogModel):
    """Stores school/institution information with subscription and compliance status."""

    id = f.IdField("Unique school identifier")
    name = f.StringField("School name")
    domain = f.StringField("School email domain")
    google_workspace_id = f.StringField("Google Workspace ID", null=True)
    admin_email = f.StringField("Primary admin email")
    subscription_tier = f.StringField("Subscription level (free/premium/enterprise)")
    subscription_status = f.StringField("Status (active/trial/suspended)")
    max_teachers = f.IntField("Maximum allowed teachers")
    current_teachers = f.IntField("Current teacher count")
    stripe_customer_id = f.StringField("Stripe payment ID", null=True)
    subscription_start_date = f.TimestampField("Subscription start", null=True)
    subscription_end_date = f.TimestampField("Subscription end", null=True)
    trial_ends_at = f.TimestampField("Trial expiration", null=True)
    ferpa_agreement = f.BooleanField("FERPA compliance agreed")
    coppa_compliant = f.BooleanField("COPPA compliance status")
    data_retention_days = f.IntField("Data retention period")
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[School]] = ScopedManager(school="id")

    class Meta(CatalogModel.Meta):
        db_table = "users.schools"
        db_table_comment = "Stores school/institution information with subscription and compliance status."
        indexes = [
            models.Index(fields=["domain"], name="schools_domain_ix"),
            models.Index(fields=["subscription_status"], name="schools_subscr_ix"),
        ]


class Teacher(CatalogModel):
    """Teacher accounts with access control and activity tracking."""

    id = f.IdField("Unique teacher identifier")
    google_id = f.StringField("Google account ID")
    email = f.StringField("Teacher email")
    name = f.StringField("Full name")
    picture = f.StringField("Profile picture URL", null=True)
    school = f.Reference("warehouse.School", "Associated school (FK)")
    role = f.StringField("Role (teacher/admin/super_admin)")
    status = f.StringField("Status (active/suspended/deactivated)")
    access_level = f.StringField("Access permissions")
    max_concurrent_sessions = f.IntField("Session limit")
    current_sessions = f.IntField("Active session count")
    grade = f.StringField("Teaching grade", null=True)
    subject = f.StringField("Teaching subject", null=True)
    timezone = f.StringField("User timezone")
    features_enabled = f.StringField("Enabled features JSON", null=True)
    last_login = f.TimestampField("Last login time", null=True)
    login_count = f.IntField("Total logins")
    total_sessions_created = f.IntField("Sessions created")
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[Teacher]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "users.teachers"
        db_table_comment = "Teacher accounts with access control and activity tracking."
        indexes = [
            models.Index(fields=["email"], name="teachers_email_ix"),
            models.Index(fields=["google_id"], name="teachers_google_ix"),
            models.Index(fields=["status"], name="teachers_status_ix"),
        ]


class Student(CatalogModel):
    """Student profiles with parental consent tracking."""

    id = f.IdField("Unique student identifier")
    display_name = f.StringField("Display name (anonymized)")
    school = f.Reference("warehouse.School", "Associated school (FK)", db_index=False)
    email = f.StringField("Student email (if allowed)", null=True)
    google_id = f.StringField("Google account (if used)", null=True)
    status = f.StringField("Status (active/inactive)")
    grade_level = f.StringField("Current grade", null=True)
    has_parental_consent = f.BooleanField("Consent obtained")
    consent_date = f.TimestampField("Consent timestamp", null=True)
    parent_email = f.StringField("Parent contact", null=True)
    data_sharing_consent = f.BooleanField("Data sharing allowed")
    audio_recording_consent = f.BooleanField("Recording allowed")
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[Student]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "users.students"
        db_table_comment = "Student profiles with parental consent tracking."
        indexes = [
            models.Index(fields=["school", "display_name", "id"], name="students_school_displa_id_ix"),
            models.Index(fields=["display_name", "id"], name="students_displa_id_ix"),
            models.Index(fields=["school", "status"], name="students_school_status_ix"),
            models.Index(fields=["status"], name="students_status_ix"),
            models.Index(fields=["parent_email"], name="students_parent_ix"),
        ]

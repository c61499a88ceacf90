"""Inventory of schema `admin`: districts and settings."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Privacy, Table
from classwaves_admin.warehouse.models import District, SchoolSetting

TABLES = (
    Table(
        District,
        columns={
            Privacy.STAFF_PII: "superintendent_name contact_email contact_phone",
            Privacy.OPERATIONAL: "id student_count school_count teacher_count subscription_tier contract_details"
            " is_active created_at updated_at",
            Privacy.PUBLIC: "name state region website",
        },
        no_retention="Administration: stays as long as the district's agreement.",
        no_students="About the district as an institution.",
        no_school="Stands above schools; the scope limits it by the district's own id.",
    ),
    Table(
        SchoolSetting,
        columns={
            Privacy.OPERATIONAL: "id school_id setting_key setting_value setting_type description is_editable"
            " created_at updated_at",
        },
        no_retention="Administration: a setting stays until the school changes it.",
        no_students="Choices of the school, the same for every student.",
        school="school_id",
    ),
)

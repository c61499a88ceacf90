"""The tables of schema `admin`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class District(CatalogModel):
    """School district management."""

    id = f.IdField("Unique district ID")
    name = f.StringField("District name")
    state = f.StringField("State/Province")
    region = f.StringField("Region", null=True)
    superintendent_name = f.StringField("Leader name", null=True)
    contact_email = f.StringField("Contact email", null=True)
    contact_phone = f.StringField("Contact phone", null=True)
    website = f.StringField("District website", null=True)
    student_count = f.IntField("Total students", null=True)
    school_count = f.IntField("Total schools", null=True)
    teacher_count = f.IntField("Total teachers", null=True)
    subscription_tier = f.StringField("Subscription level")
    contract_details = f.MapField("Contract info", null=True)
    is_active = f.BooleanField("Active status")
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[District]] = ScopedManager(district="id")

    class Meta(CatalogModel.Meta):
        db_table = "admin.districts"
        db_table_comment = "School district management."
        indexes = [
            models.Index(fields=["is_active"], name="districts_is_act_ix"),
        ]


class SchoolSetting(CatalogModel):
    """School-specific configuration settings."""

    id = f.IdField("Unique setting ID")
    school = f.Reference("warehouse.School", "School (FK)", db_index=False)
    setting_key = f.StringField("Setting name")
    setting_value = f.StringField("Setting value")
    setting_type = f.StringField("Value type")
    description = f.StringField("Setting description", null=True)
    is_editable = f.BooleanField("Can be changed")
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[SchoolSetting]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "admin.school_settings"
        db_table_comment = "School-specific configuration settings."
        indexes = [
            models.Index(fields=["school", "setting_key"], name="school_setting_school_sett_ix"),
        ]

"""The tables of schema `notifications`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class NotificationTemplate(CatalogModel):
    """Notification template management."""

    id = f.IdField("Unique template ID")
    name = f.StringField("Template name")
    description = f.StringField("Template description", null=True)
    channel = f.StringField("Delivery channel")
    category = f.StringField("Template category")
    subject_template = f.StringField("Subject template", null=True)
    body_template = f.StringField("Body template")
    variables = f.ArrayField("Template variables", null=True)
    is_active = f.BooleanField("Active status")
    version = f.IntField("Template version")
    created_by = f.StringField("Creator ID", null=True)
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    class Meta(CatalogModel.Meta):
        db_table = "notifications.templates"
        db_table_comment = "Notification template management."
        indexes = [
            models.Index(fields=["category", "name", "version"], name="templates_catego_name_vers_ix"),
        ]


class NotificationQueue(CatalogModel):
    """Notification delivery queue."""

    id = f.IdField("Unique notification ID")
    user_id = f.StringField("Recipient ID")
    notification_type = f.StringField("Notification type")
    priority = f.StringField("Priority level")
    channel = f.StringField("Delivery channel")
    recipient_address = f.StringField("Delivery address")
    subject = f.StringField("Message subject", null=True)
    content = f.StringField("Message content")
    template_id = f.StringField("Template used", null=True)
    template_data = f.MapField("Template data", null=True)
    scheduled_for = f.TimestampField("Schedule time", null=True)
    expires_at = f.TimestampField("Expiration", null=True)
    retry_count = f.IntField("Retry attempts")
    max_retries = f.IntField("Max retries")
    status = f.StringField("Delivery status")
    sent_at = f.TimestampField("Send time", null=True)
    failed_at = f.TimestampField("Failure time", null=True)
    failure_reason = f.StringField("Failure reason", null=True)
    created_at = f.TimestampField("Record creation", default=now)

    class Meta(CatalogModel.Meta):
        db_table = "notifications.notification_queue"
        db_table_comment = "Notification delivery queue."
        indexes = [
            models.Index(fields=["status", "scheduled_for"], name="notification_q_status_sche_ix"),
            models.Index(fields=["user_id", "created_at"], name="notification_q_user_i_crea_ix"),
            models.Index(fields=["created_at", "id", "notification_type"], name="notification_q_crea_id_typ_ix"),
            models.Index(fields=["recipient_address"], name="notification_q_recipi_ix"),
            models.Index(fields=["notification_type", "created_at", "id"], name="notification_q_typ_crea_id_ix"),
        ]

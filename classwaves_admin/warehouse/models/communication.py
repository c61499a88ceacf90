"""The tables of schema `communication`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class Message(CatalogModel):
    """Internal messaging between users."""

    id = f.IdField("Unique message ID")
    session = f.Reference("warehouse.ClassroomSession", "Session context", null=True)
    sender_id = f.StringField("Sender ID")
    sender_type = f.StringField("Sender type")
    recipient_id = f.StringField("Recipient ID", null=True)
    recipient_type = f.StringField("Recipient type", null=True)
    message_type = f.StringField("Message type")
    subject = f.StringField("Message subject", null=True)
    content = f.StringField("Message content")
    metadata = f.MapField("Extra data", null=True)
    is_read = f.BooleanField("Read status")
    is_archived = f.BooleanField("Archive status")
    is_deleted = f.BooleanField("Delete status")
    created_at = f.TimestampField("Send time", default=now)
    read_at = f.TimestampField("Read time", null=True)
    deleted_at = f.TimestampField("Delete time", null=True)

    objects: ClassVar[models.Manager[Message]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "communication.messages"
        db_table_comment = "Internal messaging between users."
        indexes = [
            models.Index(fields=["sender_id", "created_at"], name="messages_sender_create_ix"),
            models.Index(fields=["recipient_id", "created_at"], name="messages_recipi_create_ix"),
            models.Index(fields=["created_at"], name="messages_create_ix"),
        ]

"""Inventory of schema `communication`: messages between people."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models import Message

TABLES = (
    Table(
        Message,
        columns={
            Privacy.VOICE: "subject content metadata",
            Privacy.STUDENT_PII: "sender_id recipient_id",
            Privacy.EDUCATION_RECORD: "sender_type recipient_type message_type read_at",
            Privacy.OPERATIONAL: "id session_id is_read is_archived is_deleted created_at deleted_at",
        },
        retention=Retention.MESSAGES,
        students=(
            Link("sender_id", Subject.STUDENT),
            Link("sender_id", Subject.PARTICIPANT),
            Link("recipient_id", Subject.STUDENT),
            Link("recipient_id", Subject.PARTICIPANT),
            Link("recipient_id", Subject.GROUP, alone=False),
        ),
        school="session__school_id",
    ),
)

"""Inventory of schema `notifications`: mails and their wording."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models import NotificationQueue, NotificationTemplate

TABLES = (
    Table(
        NotificationTemplate,
        columns={
            Privacy.STAFF_PII: "created_by",
            Privacy.OPERATIONAL: "id channel category variables is_active version created_at updated_at",
            Privacy.PUBLIC: "name description subject_template body_template",
        },
        no_retention="Wording without persons: each version stays, since it proves what a notice said.",
        no_students="Wording, filled in only when a mail is queued.",
        no_school="Shared by all schools of the installation.",
    ),
    Table(
        NotificationQueue,
        columns={
            Privacy.STUDENT_PII: "user_id content template_data",
            Privacy.GUARDIAN_PII: "recipient_address subject",
            Privacy.OPERATIONAL: "id notification_type priority channel template_id scheduled_for expires_at"
            " retry_count max_retries status sent_at failed_at failure_reason created_at",
        },
        retention=Retention.NOTIFICATIONS,
        students=(
            Link("user_id", Subject.STUDENT),
            Link("recipient_address", Subject.GUARDIAN_ADDRESS, alone=False),
        ),
        no_school="The queue serves the whole installation; its rows reach a school through the student.",
    ),
)

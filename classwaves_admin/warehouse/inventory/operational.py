"""Inventory of schema `operational`: how the service runs."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models import ApiMetric, BackgroundJob, SystemEvent

TABLES = (
    Table(
        SystemEvent,
        columns={
            Privacy.STUDENT_PII: "user_id",
            Privacy.OPERATIONAL: "id event_type severity component message error_details school_id session_id"
            " created_at",
        },
        retention=Retention.OPERATIONS,
        students=(Link("user_id", Subject.STUDENT),),
        school="school_id",
    ),
    Table(
        ApiMetric,
        columns={
            Privacy.STUDENT_PII: "user_id ip_address user_agent",
            Privacy.OPERATIONAL: "id endpoint method response_time_ms status_code school_id timestamp",
        },
        retention=Retention.OPERATIONS,
        students=(Link("user_id", Subject.STUDENT),),
        school="school_id",
    ),
    Table(
        BackgroundJob,
        columns={
            Privacy.OPERATIONAL: "id job_type status scheduled_at started_at completed_at parameters result"
            " error_message retry_count created_at updated_at",
        },
        retention=Retention.OPERATIONS,
        no_students="Jobs carry ids of work, not of people; rows go by the policy `operations`.",
        no_school="Jobs of the whole installation.",
    ),
)

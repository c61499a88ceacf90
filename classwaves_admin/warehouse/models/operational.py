"""The tables of schema `operational`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class SystemEvent(CatalogModel):
    """System-level event logging."""

    id = f.IdField("Unique event ID")
    event_type = f.StringField("Event type")
    severity = f.StringField("Severity level")
    component = f.StringField("System component")
    message = f.StringField("Event message")
    error_details = f.StringField("Error details", null=True)
    school_id = f.StringField("School context", null=True)
    session_id = f.StringField("Session context", null=True)
    user_id = f.StringField("User context", null=True)
    created_at = f.TimestampField("Event time", default=now)

    objects: ClassVar[models.Manager[SystemEvent]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "operational.system_events"
        db_table_comment = "System-level event logging."
        indexes = [
            models.Index(fields=["school_id", "created_at"], name="system_events_school_creat_ix"),
            models.Index(fields=["created_at"], name="system_events_create_ix"),
            models.Index(fields=["user_id"], name="system_events_user_i_ix"),
        ]


class ApiMetric(CatalogModel):
    """API performance tracking."""

    id = f.IdField("Unique metric ID")
    endpoint = f.StringField("API endpoint")
    method = f.StringField("HTTP method")
    response_time_ms = f.IntField("Response time")
    status_code = f.IntField("HTTP status")
    user_id = f.StringField("User making request", null=True)
    school_id = f.StringField("School context", null=True)
    ip_address = f.StringField("Client IP", null=True)
    user_agent = f.StringField("Client info", null=True)
    timestamp = f.TimestampField("Request time")

    objects: ClassVar[models.Manager[ApiMetric]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "operational.api_metrics"
        db_table_comment = "API performance tracking."
        indexes = [
            models.Index(fields=["school_id", "timestamp"], name="api_metrics_school_timest_ix"),
            models.Index(fields=["timestamp"], name="api_metrics_timest_ix"),
            models.Index(fields=["user_id"], name="api_metrics_user_i_ix"),
        ]


class BackgroundJob(CatalogModel):
    """Background job tracking and management."""

    id = f.IdField("Unique job ID")
    job_type = f.StringField("Job type")
    status = f.StringField("Job status")
    scheduled_at = f.TimestampField("Schedule time")
    started_at = f.TimestampField("Start time", null=True)
    completed_at = f.TimestampField("Complete time", null=True)
    parameters = f.StringField("Job parameters", null=True)
    result = f.StringField("Job result", null=True)
    error_message = f.StringField("Error if failed", null=True)
    retry_count = f.IntField("Retry attempts")
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    class Meta(CatalogModel.Meta):
        db_table = "operational.background_jobs"
        db_table_comment = "Background job tracking and management."
        indexes = [
            models.Index(fields=["status", "scheduled_at"], name="background_job_status_sche_ix"),
            models.Index(fields=["job_type", "created_at"], name="background_job_job_ty_crea_ix"),
            models.Index(fields=["created_at", "id"], name="background_job_crea_id_ix"),
        ]

"""The tables of schema `audio`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class Recording(CatalogModel):
    """Audio recording metadata and processing status."""

    id = f.IdField("Unique recording ID")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    group = f.Reference("warehouse.StudentGroup", "Group (FK)", null=True)
    participant = f.Reference("warehouse.Participant", "Participant (FK)", null=True)
    file_path = f.StringField("Storage path")
    file_size_bytes = f.BigIntField("File size", null=True)
    duration_seconds = f.IntField("Duration", null=True)
    format = f.StringField("Audio format")
    sample_rate = f.IntField("Sample rate")
    channels = f.IntField("Audio channels")
    codec = f.StringField("Audio codec", null=True)
    is_processed = f.BooleanField("Processing status")
    transcription_status = f.StringField("Transcription status")
    processing_attempts = f.IntField("Process attempts")
    last_error = f.StringField("Last error", null=True)
    created_at = f.TimestampField("Record creation", default=now)
    processed_at = f.TimestampField("Process time", null=True)

    objects: ClassVar[models.Manager[Recording]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "audio.recordings"
        db_table_comment = "Audio recording metadata and processing status."
        indexes = [
            models.Index(fields=["created_at"], name="recordings_create_ix"),
            models.Index(fields=["transcription_status"], name="recordings_transc_ix"),
        ]

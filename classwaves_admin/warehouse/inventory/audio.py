"""Inventory of schema `audio`: recordings."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models import Recording

TABLES = (
    Table(
        Recording,
        columns={
            Privacy.VOICE: "file_path",
            Privacy.STUDENT_PII: "participant_id",
            Privacy.EDUCATION_RECORD: "duration_seconds created_at",
            Privacy.OPERATIONAL: "id session_id group_id file_size_bytes format sample_rate channels codec is_processed"
            " transcription_status processing_attempts last_error processed_at",
        },
        retention=Retention.AUDIO_RECORDINGS,
        students=(
            Link("participant__student_id", Subject.STUDENT),
            Link("participant_id", Subject.PARTICIPANT),
            Link("group_id", Subject.GROUP, alone=False),
            Link("session_id", Subject.SESSION, alone=False),
        ),
        school="session__school_id",
    ),
)

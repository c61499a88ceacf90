"""The tables of schema `sessions`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class ClassroomSession(CatalogModel):
    """Core session information and configuration."""

    id = f.IdField("Unique session identifier")
    title = f.StringField("Session title")
    description = f.StringField("Session description", null=True)
    status = f.StringField("Status (created/active/paused/ended)")
    scheduled_start = f.TimestampField("Planned start time", null=True)
    actual_start = f.TimestampField("Actual start time", null=True)
    actual_end = f.TimestampField("End time", null=True)
    planned_duration_minutes = f.IntField("Expected duration")
    actual_duration_minutes = f.IntField("Actual duration", null=True)
    max_students = f.IntField("Student limit")
    target_group_size = f.IntField("Ideal group size")
    auto_group_enabled = f.BooleanField("Auto-grouping enabled")
    teacher = f.Reference("warehouse.Teacher", "Teacher (FK)")
    school = f.Reference("warehouse.School", "School (FK)", db_index=False)
    recording_enabled = f.BooleanField("Recording allowed")
    transcription_enabled = f.BooleanField("Transcription enabled")
    ai_analysis_enabled = f.BooleanField("AI analysis enabled")
    ferpa_compliant = f.BooleanField("FERPA compliance")
    coppa_compliant = f.BooleanField("COPPA compliance")
    recording_consent_obtained = f.BooleanField("Consent status")
    data_retention_date = f.TimestampField("Data deletion date", null=True)
    total_groups = f.IntField("Group count")
    total_students = f.IntField("Student count")
    participation_rate = f.DecimalField("Participation %", 5, 2)
    engagement_score = f.DecimalField("Engagement metric", 5, 2)
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[ClassroomSession]] = ScopedManager(school="school_id")

    class Meta(CatalogModel.Meta):
        db_table = "sessions.classroom_sessions"
        db_table_comment = "Core session information and configuration."
        indexes = [
            models.Index(fields=["school", "created_at"], name="classroom_sess_school_crea_ix"),
            models.Index(fields=["status"], name="classroom_sess_status_ix"),
            models.Index(fields=["scheduled_start"], name="classroom_sess_schedu_ix"),
        ]


class StudentGroup(CatalogModel):
    """Breakout groups within sessions."""

    id = f.IdField("Unique group identifier")
    session = f.Reference("warehouse.ClassroomSession", "Parent session (FK)")
    name = f.StringField("Group name")
    group_number = f.IntField("Group number")
    status = f.StringField("Status (active/paused/ended)")
    max_size = f.IntField("Maximum members")
    current_size = f.IntField("Current members")
    auto_managed = f.BooleanField("AI-managed group")
    start_time = f.TimestampField("Group start time", null=True)
    end_time = f.TimestampField("Group end time", null=True)
    total_speaking_time_seconds = f.IntField("Total talk time", null=True)
    participation_balance = f.DecimalField("Balance score", 5, 2, null=True)
    collaboration_score = f.DecimalField("Collaboration metric", 5, 2, null=True)
    topic_focus_score = f.DecimalField("On-topic score", 5, 2, null=True)
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[StudentGroup]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "sessions.student_groups"
        db_table_comment = "Breakout groups within sessions."
        indexes = [
            models.Index(fields=["status"], name="student_groups_status_ix"),
        ]


class Participant(CatalogModel):
    """Individual participant tracking in sessions."""

    id = f.IdField("Unique participant ID")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    group = f.Reference("warehouse.StudentGroup", "Current group (FK)", null=True)
    student = f.Reference("warehouse.Student", "Student ID (FK)", null=True)
    anonymous_id = f.StringField("Anonymous identifier", null=True)
    display_name = f.StringField("Display name")
    join_time = f.TimestampField("Join timestamp")
    leave_time = f.TimestampField("Leave timestamp", null=True)
    is_active = f.BooleanField("Currently active")
    device_type = f.StringField("Device info", null=True)
    browser_info = f.StringField("Browser details", null=True)
    connection_quality = f.StringField("Connection status", null=True)
    can_speak = f.BooleanField("Audio enabled")
    can_hear = f.BooleanField("Can hear audio")
    is_muted = f.BooleanField("Currently muted")
    total_speaking_time_seconds = f.IntField("Talk time", null=True)
    message_count = f.IntField("Messages sent", null=True)
    interaction_count = f.IntField("Interactions", null=True)
    created_at = f.TimestampField("Record creation", default=now)
    updated_at = f.TimestampField("Last update", default=now)

    objects: ClassVar[models.Manager[Participant]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "sessions.participants"
        db_table_comment = "Individual participant tracking in sessions."
        indexes = [
            models.Index(fields=["join_time"], name="participants_join_t_ix"),
        ]


class Transcription(CatalogModel):
    """Speech-to-text transcriptions from sessions."""

    id = f.IdField("Unique transcription ID")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)", db_index=False)
    group = f.Reference("warehouse.StudentGroup", "Group (FK)", null=True)
    speaker_id = f.StringField("Speaker identifier")
    speaker_type = f.StringField("Type (teacher/student)")
    speaker_name = f.StringField("Display name")
    content = f.StringField("Transcribed text")
    language_code = f.StringField("Language (en-US)")
    start_time = f.TimestampField("Speech start")
    end_time = f.TimestampField("Speech end")
    duration_seconds = f.DecimalField("Duration", 10, 3)
    confidence_score = f.DecimalField("STT confidence", 5, 4)
    is_final = f.BooleanField("Final transcription")
    sentiment = f.StringField("Sentiment analysis", null=True)
    key_phrases = f.StringField("Extracted phrases", null=True)
    academic_vocabulary_detected = f.BooleanField("Academic language", null=True)
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[models.Manager[Transcription]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "sessions.transcriptions"
        db_table_comment = "Speech-to-text transcriptions from sessions."
        indexes = [
            models.Index(fields=["session", "start_time"], name="transcriptions_sessio_star_ix"),
            models.Index(fields=["speaker_id"], name="transcriptions_speake_ix"),
        ]

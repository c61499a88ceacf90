"""Inventory of schema `sessions`: lessons, groups, who took part and what was said."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models import ClassroomSession, Participant, StudentGroup, Transcription

TABLES = (
    Table(
        ClassroomSession,
        columns={
            Privacy.STAFF_PII: "teacher_id",
            Privacy.DERIVED: "participation_rate engagement_score",
            Privacy.EDUCATION_RECORD: "title description actual_start actual_end actual_duration_minutes"
            " recording_consent_obtained total_students",
            Privacy.OPERATIONAL: "id status scheduled_start planned_duration_minutes max_students target_group_size"
            " auto_group_enabled school_id recording_enabled transcription_enabled ai_analysis_enabled ferpa_compliant"
            " coppa_compliant data_retention_date total_groups created_at updated_at",
        },
        retention=Retention.SESSION_RECORDS,
        students=(Link("id", Subject.SESSION, alone=False),),
        school="school_id",
    ),
    Table(
        StudentGroup,
        columns={
            Privacy.DERIVED: "total_speaking_time_seconds participation_balance collaboration_score topic_focus_score",
            Privacy.EDUCATION_RECORD: "name start_time end_time",
            Privacy.OPERATIONAL: "id session_id group_number status max_size current_size auto_managed"
            " created_at updated_at",
        },
        retention=Retention.SESSION_RECORDS,
        students=(Link("id", Subject.GROUP, alone=False),),
        school="session__school_id",
    ),
    Table(
        Participant,
        columns={
            Privacy.STUDENT_PII: "id student_id anonymous_id display_name device_type browser_info",
            Privacy.DERIVED: "total_speaking_time_seconds message_count interaction_count",
            Privacy.EDUCATION_RECORD: "group_id join_time leave_time",
            Privacy.OPERATIONAL: "session_id is_active connection_quality can_speak can_hear is_muted"
            " created_at updated_at",
        },
        retention=Retention.SESSION_RECORDS,
        students=(Link("student_id", Subject.STUDENT),),
        school="session__school_id",
    ),
    Table(
        Transcription,
        columns={
            Privacy.VOICE: "content key_phrases",
            Privacy.STUDENT_PII: "speaker_id speaker_name",
            Privacy.DERIVED: "sentiment academic_vocabulary_detected",
            Privacy.EDUCATION_RECORD: "speaker_type language_code start_time end_time duration_seconds",
            Privacy.OPERATIONAL: "id session_id group_id confidence_score is_final created_at",
        },
        retention=Retention.TRANSCRIPTS,
        students=(Link("speaker_id", Subject.PARTICIPANT), Link("speaker_id", Subject.STUDENT)),
        school="session__school_id",
    ),
)

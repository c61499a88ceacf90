"""Makers of catalog rows. Each fills every required column, takes overrides by name, and saves.

    from tests.factories import catalog as make
    school = make.school(name="Harbour School")
    student = make.student(school=school)

A parent row that is not given is made too. Nothing here is a real person; addresses end in `.example`.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from classwaves_admin.lib import clock
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import (
    AnalysisResult,
    AuditLog,
    ClassroomSession,
    CoppaCompliance,
    District,
    EducationalInsight,
    EducationalMetric,
    InterventionSuggestion,
    Message,
    NotificationQueue,
    NotificationTemplate,
    ParentalConsent,
    Participant,
    Recording,
    RetentionPolicy,
    School,
    SchoolSetting,
    Student,
    StudentGroup,
    StudentMetrics,
    SystemEvent,
    Teacher,
    Transcription,
)
from classwaves_admin.warehouse.models._base import CatalogModel

Row = TypeVar("Row", bound=CatalogModel)
_number = itertools.count(1)


def saved(model: type[Row], defaults: dict[str, Any], given: dict[str, Any]) -> Row:
    """Save and return one row of `model`; what the test gave wins over the defaults."""
    row = model(**(defaults | given))
    with guard.writing():
        row.save(force_insert=True)
    return row


def change(row: CatalogModel, **values: Any) -> None:
    """Set values on a row as another ClassWaves service does: past our gateway."""
    for name, value in values.items():
        setattr(row, name, value)
    with guard.writing():
        row.save(update_fields=list(values))


def removed(row: CatalogModel) -> None:
    """Delete a row as another ClassWaves service does: past our gateway."""
    with guard.writing():
        row.delete()


def district(**given: Any) -> District:
    """Save a district in New York."""
    n = next(_number)
    return saved(
        District,
        {"name": f"District {n}", "state": "NY", "subscription_tier": "premium", "is_active": True},
        given,
    )


def school(**given: Any) -> School:
    """Save a school with an active subscription."""
    n = next(_number)
    domain = given.get("domain", f"school{n}.example")
    defaults = {
        "name": f"School {n}",
        "domain": domain,
        "admin_email": f"office@{domain}",
        "subscription_tier": "premium",
        "subscription_status": "active",
        "max_teachers": 50,
        "current_teachers": 0,
        "ferpa_agreement": True,
        "coppa_compliant": True,
        "data_retention_days": 365,
    }
    return saved(School, defaults, given)


def setting(*, key: str, value: str, school: School | None = None, **given: Any) -> SchoolSetting:
    """Save one setting of a school."""
    defaults = {"setting_type": "string", "is_editable": True}
    given |= {"setting_key": key, "setting_value": value}
    return saved(SchoolSetting, {"school": school or _school()} | defaults, given)


def teacher(*, school: School | None = None, **given: Any) -> Teacher:
    """Save an active teacher; `role="admin"` makes a school admin."""
    n = next(_number)
    home = school or _school()
    defaults = {
        "school": home,
        "google_id": f"google-teacher-{n}",
        "email": f"teacher{n}@{home.domain}",
        "name": f"Teacher {n}",
        "role": "teacher",
        "status": "active",
        "access_level": "standard",
        "max_concurrent_sessions": 3,
        "current_sessions": 0,
        "timezone": "America/New_York",
        "login_count": 0,
        "total_sessions_created": 0,
    }
    return saved(Teacher, defaults, given)


def student(*, school: School | None = None, **given: Any) -> Student:
    """Save an active student without any consent, with one parent address."""
    n = next(_number)
    defaults = {
        "school": school or _school(),
        "display_name": f"Student {n}",
        "status": "active",
        "grade_level": "5",
        "parent_email": f"parent{n}@home.example",
        "has_parental_consent": False,
        "data_sharing_consent": False,
        "audio_recording_consent": False,
    }
    return saved(Student, defaults, given)


def session(*, school: School | None = None, teacher: Teacher | None = None, **given: Any) -> ClassroomSession:
    """Save an ended classroom session of one hour, without recording."""
    home = school or (School(id=teacher.school_id) if teacher else _school())
    start = clock.now() - timedelta(hours=1)
    defaults = {
        "school": home,
        "teacher": teacher or _teacher(home),
        "title": f"Session {next(_number)}",
        "status": "ended",
        "actual_start": start,
        "actual_end": start + timedelta(hours=1),
        "planned_duration_minutes": 60,
        "max_students": 30,
        "target_group_size": 4,
        "auto_group_enabled": True,
        "recording_enabled": False,
        "transcription_enabled": True,
        "ai_analysis_enabled": True,
        "ferpa_compliant": True,
        "coppa_compliant": True,
        "recording_consent_obtained": False,
        "total_groups": 1,
        "total_students": 1,
        "participation_rate": Decimal("75.00"),
        "engagement_score": Decimal("80.00"),
    }
    return saved(ClassroomSession, defaults, given)


def group(*, session: ClassroomSession | None = None, **given: Any) -> StudentGroup:
    """Save an ended group of a session."""
    n = next(_number)
    defaults = {
        "session": session or _session(),
        "name": f"Group {n}",
        "group_number": 1,
        "status": "ended",
        "max_size": 4,
        "current_size": 1,
        "auto_managed": True,
    }
    return saved(StudentGroup, defaults, given)


def participant(
    *, session: ClassroomSession | None = None, student: Student | None = None, **given: Any
) -> Participant:
    """Save the part a student took in a session; `student=None` makes a new one of the same school."""
    meeting = session or _session()
    child = student or _student(School(id=meeting.school_id))
    defaults = {
        "session": meeting,
        "student": child,
        "display_name": child.display_name,
        "join_time": clock.now() - timedelta(hours=1),
        "is_active": False,
        "can_speak": True,
        "can_hear": True,
        "is_muted": False,
    }
    return saved(Participant, defaults, given)


def transcription(
    *, session: ClassroomSession | None = None, speaker: Participant | None = None, **given: Any
) -> Transcription:
    """Save one turn of speech; the speaker is identified by the participant's id."""
    meeting = session or (ClassroomSession(id=speaker.session_id) if speaker else _session())
    voice = speaker or _participant(meeting)
    start = clock.now() - timedelta(minutes=30)
    defaults = {
        "session": meeting,
        "group_id": voice.group_id,
        "speaker_id": voice.id,
        "speaker_type": "student",
        "speaker_name": voice.display_name,
        "content": "The river carries the sand to the sea.",
        "language_code": "en-US",
        "start_time": start,
        "end_time": start + timedelta(seconds=4),
        "duration_seconds": Decimal("4.000"),
        "confidence_score": Decimal("0.9500"),
        "is_final": True,
    }
    return saved(Transcription, defaults, given)


def recording(*, session: ClassroomSession | None = None, **given: Any) -> Recording:
    """Save the metadata of one recording of a session."""
    defaults = {
        "session": session or _session(),
        "file_path": f"recordings/{next(_number)}.opus",
        "format": "opus",
        "sample_rate": 48_000,
        "channels": 1,
        "is_processed": True,
        "transcription_status": "completed",
        "processing_attempts": 1,
    }
    return saved(Recording, defaults, given)


def message(*, session: ClassroomSession | None = None, **given: Any) -> Message:
    """Save a message from a teacher to a student of the session."""
    defaults = {
        "session": session or _session(),
        "sender_id": f"sender-{next(_number)}",
        "sender_type": "teacher",
        "message_type": "text",
        "content": "Please share your notes with the group.",
        "is_read": False,
        "is_archived": False,
        "is_deleted": False,
    }
    return saved(Message, defaults, given)


def consent(*, student: Student | None = None, **given: Any) -> ParentalConsent:
    """Save an active, verified consent of the type `service_collection_use`."""
    child = student or _student(_school())
    at = clock.now()
    defaults = {
        "student": child,
        "school_id": child.school_id,
        "consent_type": "service_collection_use",
        "consent_given": True,
        "consent_date": at,
        "parent_name": "Parent One",
        "parent_email": child.parent_email or "parent@home.example",
        "relationship": "parent",
        "verification_method": "email_plus",
        "verified_at": at,
        "consent_text_version": "service_collection_use@1/en/sha256:000000000000",
        "expires_at": at + timedelta(days=365),
    }
    return saved(ParentalConsent, defaults, given)


def coppa(*, student: Student | None = None, **given: Any) -> CoppaCompliance:
    """Save the age record of a child under 13."""
    child = student or _student(_school())
    defaults = {
        "student": child,
        "school_id": child.school_id,
        "birth_year": clock.now().year - 10,
        "is_under_13": True,
        "age_verification_method": "sis_dob",
        "data_collection_limited": True,
        "no_behavioral_targeting": True,
        "no_third_party_sharing": True,
        "auto_delete_enabled": True,
        "parent_access_enabled": True,
    }
    return saved(CoppaCompliance, defaults, given)


def retention_policy(*, school: School | None = None, **given: Any) -> RetentionPolicy:
    """Save a policy for transcripts with the default days."""
    defaults = {
        "school": school or _school(),
        "policy_type": "transcripts",
        "retention_days": 365,
        "delete_after_days": 395,
        "legal_basis": "16 CFR 312.10; FERPA education record; instruction",
        "auto_delete_enabled": True,
    }
    return saved(RetentionPolicy, defaults, given)


def audit_row(*, school: School | None = None, **given: Any) -> AuditLog:
    """Save one audit row as another ClassWaves service might have written it."""
    defaults = {
        "school": school or _school(),
        "actor_id": "system:test",
        "actor_type": "system",
        "event_type": "student.viewed",
        "event_category": "data",
        "event_timestamp": clock.now(),
        "resource_type": "student",
        "description": "A student's page was opened.",
    }
    return saved(AuditLog, defaults, given)


def analysis(*, session: ClassroomSession | None = None, **given: Any) -> AnalysisResult:
    """Save the raw result of one AI analysis."""
    defaults = {
        "session": session or _session(),
        "analysis_type": "discussion_quality",
        "analysis_timestamp": clock.now(),
        "processing_time_ms": 900,
        "result_data": "{}",
        "model_version": "test-1",
    }
    return saved(AnalysisResult, defaults, given)


def insight(*, session: ClassroomSession | None = None, **given: Any) -> EducationalInsight:
    """Save an insight about a whole session."""
    defaults = {
        "session": session or _session(),
        "insight_type": "discussion",
        "title": "Questions led the talk",
        "description": "Most turns answered a question of another child.",
        "applies_to_type": "session",
    }
    return saved(EducationalInsight, defaults, given)


def suggestion(*, session: ClassroomSession | None = None, **given: Any) -> InterventionSuggestion:
    """Save a suggestion to the teacher about a whole group."""
    meeting = session or _session()
    defaults = {
        "session": meeting,
        "teacher_id": meeting.teacher_id,
        "intervention_type": "participation",
        "urgency": "low",
        "reason": "Two have not spoken yet.",
        "suggested_action": "Ask them for an example.",
        "target_type": "group",
        "status": "pending",
    }
    return saved(InterventionSuggestion, defaults, given)


def student_metrics(*, participant: Participant, **given: Any) -> StudentMetrics:
    """Save the numbers of one part taken in a session."""
    defaults = {
        "participant": participant,
        "session_id": participant.session_id,
        "calculation_timestamp": clock.now(),
        "total_speaking_time_seconds": 12,
    }
    return saved(StudentMetrics, defaults, given)


def educational_metric(*, session: ClassroomSession | None = None, **given: Any) -> EducationalMetric:
    """Save a metric of a whole session."""
    defaults = {
        "session": session or _session(),
        "metric_type": "discourse",
        "metric_name": "questions",
        "calculation_timestamp": clock.now(),
    }
    return saved(EducationalMetric, defaults, given)


def queued_notification(**given: Any) -> NotificationQueue:
    """Save a mail that was sent."""
    defaults = {
        "user_id": f"user-{next(_number)}",
        "notification_type": "consent_request",
        "priority": "normal",
        "channel": "email",
        "recipient_address": "parent@home.example",
        "content": "Please answer.",
        "retry_count": 0,
        "max_retries": 3,
        "status": "sent",
    }
    return saved(NotificationQueue, defaults, given)


def system_event(**given: Any) -> SystemEvent:
    """Save what happened on a machine."""
    defaults = {"event_type": "device", "severity": "info", "component": "audio", "message": "A microphone joined."}
    return saved(SystemEvent, defaults, given)


def notification_template(**given: Any) -> NotificationTemplate:
    """Save an active mail template."""
    defaults = {
        "name": f"template-{next(_number)}",
        "channel": "email",
        "category": "consent",
        "body_template": "Hello",
        "variables": ["child"],
        "is_active": True,
        "version": 1,
    }
    return saved(NotificationTemplate, defaults, given)


def _school() -> School:
    return school()


def _teacher(home: School) -> Teacher:
    return teacher(school=home)


def _student(home: School) -> Student:
    return student(school=home)


def _session() -> ClassroomSession:
    return session()


def _group() -> StudentGroup:
    return group()


def _participant(meeting: ClassroomSession) -> Participant:
    return participant(session=meeting)

"""The 27 tables of the catalog, one module a schema. Written only through the outbox gateway."""

from classwaves_admin.warehouse.models.admin import (
    District,
    SchoolSetting,
)
from classwaves_admin.warehouse.models.ai_insights import (
    AnalysisResult,
    EducationalInsight,
    InterventionSuggestion,
)
from classwaves_admin.warehouse.models.analytics import (
    EducationalMetric,
    GroupMetrics,
    SessionMetrics,
    StudentMetrics,
)
from classwaves_admin.warehouse.models.audio import (
    Recording,
)
from classwaves_admin.warehouse.models.communication import (
    Message,
)
from classwaves_admin.warehouse.models.compliance import (
    AuditLog,
    CoppaCompliance,
    ParentalConsent,
    RetentionPolicy,
)
from classwaves_admin.warehouse.models.notifications import (
    NotificationQueue,
    NotificationTemplate,
)
from classwaves_admin.warehouse.models.operational import (
    ApiMetric,
    BackgroundJob,
    SystemEvent,
)
from classwaves_admin.warehouse.models.sessions import (
    ClassroomSession,
    Participant,
    StudentGroup,
    Transcription,
)
from classwaves_admin.warehouse.models.users import (
    School,
    Student,
    Teacher,
)

__all__ = [
    "AnalysisResult",
    "ApiMetric",
    "AuditLog",
    "BackgroundJob",
    "ClassroomSession",
    "CoppaCompliance",
    "District",
    "EducationalInsight",
    "EducationalMetric",
    "GroupMetrics",
    "InterventionSuggestion",
    "Message",
    "NotificationQueue",
    "NotificationTemplate",
    "ParentalConsent",
    "Participant",
    "Recording",
    "RetentionPolicy",
    "School",
    "SchoolSetting",
    "SessionMetrics",
    "Student",
    "StudentGroup",
    "StudentMetrics",
    "SystemEvent",
    "Teacher",
    "Transcription",
]

"""Inventory of schema `ai_insights`: what software concluded."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models import AnalysisResult, EducationalInsight, InterventionSuggestion

TABLES = (
    Table(
        AnalysisResult,
        columns={
            Privacy.DERIVED: "analysis_type result_data confidence_score",
            Privacy.OPERATIONAL: "id session_id analysis_timestamp processing_time_ms model_version created_at",
        },
        retention=Retention.AI_ANALYSES,
        students=(Link("session_id", Subject.SESSION, alone=False),),
        school="session__school_id",
    ),
    Table(
        InterventionSuggestion,
        columns={
            Privacy.STUDENT_PII: "target_student_id",
            Privacy.STAFF_PII: "teacher_id",
            Privacy.DERIVED: "intervention_type urgency reason suggested_action target_type acted_upon acted_at"
            " was_effective",
            Privacy.OPERATIONAL: "id session_id group_id status created_at",
        },
        retention=Retention.AI_ANALYSES,
        students=(
            Link("target_student_id", Subject.STUDENT),
            Link("target_student_id", Subject.PARTICIPANT),
            Link("group_id", Subject.GROUP, alone=False),
            Link("session_id", Subject.SESSION, alone=False),
        ),
        school="session__school_id",
    ),
    Table(
        EducationalInsight,
        columns={
            Privacy.STUDENT_PII: "applies_to_id",
            Privacy.DERIVED: "insight_type title description recommendations impact_score confidence_level"
            " applies_to_type",
            Privacy.OPERATIONAL: "id session_id created_at",
        },
        retention=Retention.AI_ANALYSES,
        students=(
            Link("applies_to_id", Subject.STUDENT),
            Link("applies_to_id", Subject.PARTICIPANT),
            Link("applies_to_id", Subject.GROUP, alone=False),
            Link("session_id", Subject.SESSION, alone=False),
        ),
        school="session__school_id",
    ),
)

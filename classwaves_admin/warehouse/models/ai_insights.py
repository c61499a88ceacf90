"""The tables of schema `ai_insights`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class AnalysisResult(CatalogModel):
    """Raw AI analysis outputs."""

    id = f.IdField("Unique result ID")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    analysis_type = f.StringField("Analysis type")
    analysis_timestamp = f.TimestampField("Analysis time")
    processing_time_ms = f.IntField("Processing duration")
    result_data = f.StringField("JSON results")
    confidence_score = f.DecimalField("Confidence level", 5, 4, null=True)
    model_version = f.StringField("AI model version")
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[models.Manager[AnalysisResult]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "ai_insights.analysis_results"
        db_table_comment = "Raw AI analysis outputs."
        indexes = [
            models.Index(fields=["analysis_timestamp"], name="analysis_resul_analys_ix"),
        ]


class InterventionSuggestion(CatalogModel):
    """AI-suggested teacher interventions."""

    id = f.IdField("Unique suggestion ID")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    group = f.Reference("warehouse.StudentGroup", "Group (FK)", null=True)
    teacher = f.Reference("warehouse.Teacher", "Teacher (FK)")
    intervention_type = f.StringField("Intervention type")
    urgency = f.StringField("Urgency level")
    reason = f.StringField("Why suggested")
    suggested_action = f.StringField("What to do")
    target_type = f.StringField("Target (student/group)")
    target_student_id = f.StringField("Specific student", null=True)
    status = f.StringField("Status (pending/acted)")
    acted_upon = f.BooleanField("Action taken", null=True)
    acted_at = f.TimestampField("Action time", null=True)
    was_effective = f.BooleanField("Effectiveness", null=True)
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[models.Manager[InterventionSuggestion]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "ai_insights.intervention_suggestions"
        db_table_comment = "AI-suggested teacher interventions."
        indexes = [
            models.Index(fields=["status"], name="intervention_s_status_ix"),
            models.Index(fields=["target_student_id"], name="intervention_s_target_ix"),
        ]


class EducationalInsight(CatalogModel):
    """Educational insights and recommendations."""

    id = f.IdField("Unique insight ID")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    insight_type = f.StringField("Insight category")
    title = f.StringField("Insight title")
    description = f.StringField("Full description")
    recommendations = f.StringField("Suggested actions", null=True)
    impact_score = f.DecimalField("Potential impact", 5, 2, null=True)
    confidence_level = f.DecimalField("Confidence", 5, 2, null=True)
    applies_to_type = f.StringField("Target type")
    applies_to_id = f.StringField("Target ID", null=True)
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[models.Manager[EducationalInsight]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "ai_insights.educational_insights"
        db_table_comment = "Educational insights and recommendations."
        indexes = [
            models.Index(fields=["applies_to_type", "applies_to_id"], name="educational_in_applie_appl_ix"),
        ]

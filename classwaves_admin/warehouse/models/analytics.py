"""The tables of schema `analytics`, column for column as in the ClassWaves Unity Catalog."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse import fields as f
from classwaves_admin.warehouse.models._base import CatalogModel


class SessionMetrics(CatalogModel):
    """Overall session performance metrics."""

    id = f.IdField("Unique metric ID")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    calculation_timestamp = f.TimestampField("Calculation time")
    total_students = f.IntField("Total participants")
    active_students = f.IntField("Active participants")
    participation_rate = f.DecimalField("Participation %", 5, 2)
    average_speaking_time_seconds = f.DecimalField("Avg talk time", 10, 2, null=True)
    speaking_time_std_dev = f.DecimalField("Talk time variance", 10, 2, null=True)
    overall_engagement_score = f.DecimalField("Engagement metric", 5, 2)
    attention_score = f.DecimalField("Attention metric", 5, 2, null=True)
    interaction_score = f.DecimalField("Interaction metric", 5, 2, null=True)
    collaboration_score = f.DecimalField("Collaboration metric", 5, 2, null=True)
    on_topic_percentage = f.DecimalField("On-topic %", 5, 2, null=True)
    academic_vocabulary_usage = f.DecimalField("Academic language %", 5, 2, null=True)
    question_asking_rate = f.DecimalField("Question frequency", 5, 2, null=True)
    group_formation_time_seconds = f.IntField("Grouping time", null=True)
    average_group_size = f.DecimalField("Avg group size", 5, 2, null=True)
    group_stability_score = f.DecimalField("Group stability", 5, 2, null=True)
    average_connection_quality = f.DecimalField("Connection quality", 5, 2, null=True)
    technical_issues_count = f.IntField("Tech problems", null=True)
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[models.Manager[SessionMetrics]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "analytics.session_metrics"
        db_table_comment = "Overall session performance metrics."
        indexes = [
            models.Index(fields=["calculation_timestamp"], name="session_metric_calcul_ix"),
        ]


class GroupMetrics(CatalogModel):
    """Breakout group performance analysis."""

    id = f.IdField("Unique metric ID")
    group = f.Reference("warehouse.StudentGroup", "Group (FK)")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    calculation_timestamp = f.TimestampField("Calculation time")
    participation_equality_index = f.DecimalField("Equality metric", 5, 4, null=True)
    dominant_speaker_percentage = f.DecimalField("Dominance %", 5, 2, null=True)
    silent_members_count = f.IntField("Silent members", null=True)
    turn_taking_score = f.DecimalField("Turn-taking metric", 5, 2, null=True)
    interruption_rate = f.DecimalField("Interruption frequency", 5, 2, null=True)
    supportive_interactions_count = f.IntField("Support instances", null=True)
    topic_coherence_score = f.DecimalField("Topic focus", 5, 2, null=True)
    vocabulary_diversity_score = f.DecimalField("Vocabulary range", 5, 2, null=True)
    academic_discourse_score = f.DecimalField("Academic level", 5, 2, null=True)
    average_sentiment_score = f.DecimalField("Group sentiment", 5, 2, null=True)
    emotional_support_instances = f.IntField("Support events", null=True)
    conflict_instances = f.IntField("Conflict events", null=True)
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[models.Manager[GroupMetrics]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "analytics.group_metrics"
        db_table_comment = "Breakout group performance analysis."
        indexes = [
            models.Index(fields=["calculation_timestamp"], name="group_metrics_calcul_ix"),
        ]


class StudentMetrics(CatalogModel):
    """Individual student performance tracking."""

    id = f.IdField("Unique metric ID")
    participant = f.Reference("warehouse.Participant", "Participant (FK)")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    calculation_timestamp = f.TimestampField("Calculation time")
    total_speaking_time_seconds = f.IntField("Total talk time")
    speaking_turns_count = f.IntField("Number of turns", null=True)
    average_turn_duration_seconds = f.DecimalField("Avg turn length", 10, 2, null=True)
    participation_score = f.DecimalField("Participation metric", 5, 2, null=True)
    initiative_score = f.DecimalField("Initiative metric", 5, 2, null=True)
    responsiveness_score = f.DecimalField("Response metric", 5, 2, null=True)
    vocabulary_complexity_score = f.DecimalField("Vocabulary level", 5, 2, null=True)
    grammar_accuracy_score = f.DecimalField("Grammar accuracy", 5, 2, null=True)
    fluency_score = f.DecimalField("Fluency metric", 5, 2, null=True)
    peer_interaction_count = f.IntField("Peer interactions", null=True)
    supportive_comments_count = f.IntField("Support given", null=True)
    questions_asked_count = f.IntField("Questions asked", null=True)
    average_sentiment = f.DecimalField("Sentiment score", 5, 2, null=True)
    confidence_level = f.DecimalField("Confidence metric", 5, 2, null=True)
    stress_indicators_count = f.IntField("Stress signals", null=True)
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[models.Manager[StudentMetrics]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "analytics.student_metrics"
        db_table_comment = "Individual student performance tracking."
        indexes = [
            models.Index(fields=["calculation_timestamp"], name="student_metric_calcul_ix"),
        ]


class EducationalMetric(CatalogModel):
    """Generic educational metrics storage."""

    id = f.IdField("Unique metric ID")
    session = f.Reference("warehouse.ClassroomSession", "Session (FK)")
    metric_type = f.StringField("Metric category")
    metric_name = f.StringField("Metric name")
    metric_value = f.DecimalField("Numeric value", 10, 4, null=True)
    metric_metadata = f.MapField("Additional data", null=True)
    aggregation_level = f.StringField("Level (session/group/student)", null=True)
    calculation_timestamp = f.TimestampField("Calculation time")
    created_at = f.TimestampField("Record creation", default=now)

    objects: ClassVar[models.Manager[EducationalMetric]] = ScopedManager(school="session__school_id")

    class Meta(CatalogModel.Meta):
        db_table = "analytics.educational_metrics"
        db_table_comment = "Generic educational metrics storage."
        indexes = [
            models.Index(fields=["calculation_timestamp"], name="educational_me_calcul_ix"),
            models.Index(fields=["metric_type", "metric_name"], name="educational_me_metric_metr_ix"),
        ]

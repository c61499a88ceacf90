"""Inventory of schema `analytics`: numbers worked out from sessions, groups and students."""

from __future__ import annotations

from classwaves_admin.warehouse.inventory.kinds import Link, Privacy, Retention, Subject, Table
from classwaves_admin.warehouse.models import EducationalMetric, GroupMetrics, SessionMetrics, StudentMetrics

TABLES = (
    Table(
        SessionMetrics,
        columns={
            Privacy.DERIVED: "total_students active_students participation_rate average_speaking_time_seconds"
            " speaking_time_std_dev overall_engagement_score attention_score interaction_score collaboration_score"
            " on_topic_percentage academic_vocabulary_usage question_asking_rate group_formation_time_seconds"
            " average_group_size group_stability_score",
            Privacy.OPERATIONAL: "id session_id calculation_timestamp average_connection_quality"
            " technical_issues_count created_at",
        },
        retention=Retention.METRICS,
        students=(Link("session_id", Subject.SESSION, alone=False),),
        school="session__school_id",
    ),
    Table(
        GroupMetrics,
        columns={
            Privacy.DERIVED: "participation_equality_index dominant_speaker_percentage silent_members_count"
            " turn_taking_score interruption_rate supportive_interactions_count topic_coherence_score"
            " vocabulary_diversity_score academic_discourse_score average_sentiment_score"
            " emotional_support_instances conflict_instances",
            Privacy.OPERATIONAL: "id group_id session_id calculation_timestamp created_at",
        },
        retention=Retention.METRICS,
        students=(Link("group_id", Subject.GROUP, alone=False),),
        school="session__school_id",
    ),
    Table(
        StudentMetrics,
        columns={
            Privacy.STUDENT_PII: "participant_id",
            Privacy.DERIVED: "total_speaking_time_seconds speaking_turns_count average_turn_duration_seconds"
            " participation_score initiative_score responsiveness_score vocabulary_complexity_score"
            " grammar_accuracy_score fluency_score peer_interaction_count supportive_comments_count"
            " questions_asked_count average_sentiment confidence_level stress_indicators_count",
            Privacy.OPERATIONAL: "id session_id calculation_timestamp created_at",
        },
        retention=Retention.METRICS,
        students=(Link("participant__student_id", Subject.STUDENT), Link("participant_id", Subject.PARTICIPANT)),
        school="session__school_id",
    ),
    Table(
        EducationalMetric,
        columns={
            Privacy.DERIVED: "metric_type metric_name metric_value metric_metadata",
            Privacy.OPERATIONAL: "id session_id aggregation_level calculation_timestamp created_at",
        },
        retention=Retention.METRICS,
        students=(Link("session_id", Subject.SESSION, alone=False),),
        school="session__school_id",
    ),
)

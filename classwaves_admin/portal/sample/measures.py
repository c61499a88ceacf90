"""Numbers and AI results about the lessons, only for tables where every child's consent allows analysis."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from classwaves_admin.portal.sample.classroom import Meeting, Table
from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.warehouse.models import (
    AnalysisResult,
    EducationalInsight,
    EducationalMetric,
    GroupMetrics,
    InterventionSuggestion,
    Participant,
    SessionMetrics,
    StudentMetrics,
)
from classwaves_admin.warehouse.models._base import CatalogModel

MODEL = "classwaves-discourse-2.3"


@dataclass(slots=True)
class Measures:
    """Collects the rows of `analytics` and `ai_insights`."""

    dice: Dice
    rows: list[CatalogModel] = field(default_factory=list)

    def take(self, meetings: Sequence[Meeting]) -> None:
        """Measure every lesson."""
        for meeting in meetings:
            at = meeting.start + timedelta(minutes=65)
            self.rows += [self._session(meeting, at), self._educational(meeting, at)]
            analysed = [table for table in meeting.tables if table.recorded and table.analysable]
            for table in analysed:
                self.rows.append(self._group(meeting, table, at))
                self.rows += [self._student(meeting, member, at) for member in table.members]
            if analysed:
                self._results(meeting, analysed[0], at)

    def _session(self, meeting: Meeting, at: datetime) -> SessionMetrics:
        dice, session = self.dice, meeting.session
        return SessionMetrics(
            id=dice.id_at(at),
            session_id=session.id,
            calculation_timestamp=at,
            total_students=session.total_students,
            active_students=session.total_students - dice.randint(0, 3),
            participation_rate=session.participation_rate,
            average_speaking_time_seconds=dice.score(20, 90),
            speaking_time_std_dev=dice.score(5, 30),
            overall_engagement_score=session.engagement_score,
            attention_score=dice.score(55, 95),
            interaction_score=dice.score(50, 95),
            collaboration_score=dice.score(50, 95),
            on_topic_percentage=dice.score(70, 99),
            academic_vocabulary_usage=dice.score(4, 18),
            question_asking_rate=dice.score(0.2, 2.5),
            group_formation_time_seconds=dice.randint(60, 260),
            average_group_size=dice.score(3.2, 4),
            group_stability_score=dice.score(80, 100),
            average_connection_quality=dice.score(80, 99),
            technical_issues_count=dice.choices([0, 1, 2], [80, 15, 5])[0],
            created_at=at,
        )

    def _educational(self, meeting: Meeting, at: datetime) -> EducationalMetric:
        return EducationalMetric(
            id=self.dice.id_at(at),
            session_id=meeting.session.id,
            metric_type="discourse",
            metric_name="reasons_per_minute",
            metric_value=self.dice.score(0.3, 2.8, 4),
            metric_metadata={"subject": meeting.lesson.subject},
            aggregation_level="session",
            calculation_timestamp=at,
            created_at=at,
        )

    def _group(self, meeting: Meeting, table: Table, at: datetime) -> GroupMetrics:
        dice, group = self.dice, table.group
        group.participation_balance = dice.score(55, 98)
        group.collaboration_score = dice.score(55, 98)
        group.topic_focus_score = dice.score(65, 99)
        silent = sum(not member.total_speaking_time_seconds for member in table.members)
        return GroupMetrics(
            id=dice.id_at(at),
            group_id=group.id,
            session_id=meeting.session.id,
            calculation_timestamp=at,
            participation_equality_index=dice.score(0.5, 0.98, 4),
            dominant_speaker_percentage=dice.score(26, 52),
            silent_members_count=silent,
            turn_taking_score=dice.score(55, 98),
            interruption_rate=dice.score(0, 1.5),
            supportive_interactions_count=dice.randint(1, 9),
            topic_coherence_score=group.topic_focus_score,
            vocabulary_diversity_score=dice.score(40, 90),
            academic_discourse_score=dice.score(40, 92),
            average_sentiment_score=dice.score(0.1, 0.8),
            emotional_support_instances=dice.randint(0, 4),
            conflict_instances=dice.choices([0, 1], [90, 10])[0],
            created_at=at,
        )

    def _student(self, meeting: Meeting, member: Participant, at: datetime) -> StudentMetrics:
        dice, seconds = self.dice, member.total_speaking_time_seconds or 0
        turns = max(1, seconds // 5) if seconds else 0
        return StudentMetrics(
            id=dice.id_at(at),
            participant_id=member.id,
            session_id=meeting.session.id,
            calculation_timestamp=at,
            total_speaking_time_seconds=seconds,
            speaking_turns_count=turns,
            average_turn_duration_seconds=dice.score(3, 8) if turns else None,
            participation_score=dice.score(45, 98),
            initiative_score=dice.score(35, 95),
            responsiveness_score=dice.score(45, 98),
            vocabulary_complexity_score=dice.score(35, 90),
            grammar_accuracy_score=dice.score(60, 99),
            fluency_score=dice.score(55, 98),
            peer_interaction_count=dice.randint(1, 12),
            supportive_comments_count=dice.randint(0, 5),
            questions_asked_count=dice.randint(0, 5),
            average_sentiment=dice.score(0, 0.9),
            confidence_level=dice.score(40, 95),
            stress_indicators_count=dice.choices([0, 1], [92, 8])[0],
            created_at=at,
        )

    def _results(self, meeting: Meeting, table: Table, at: datetime) -> None:
        result = {
            "group": table.group.id,
            "key_phrases": list(meeting.lesson.words),
            "turns": len(meeting.lesson.talk),
        }
        analysis = AnalysisResult(
            id=self.dice.id_at(at),
            session_id=meeting.session.id,
            analysis_type="discourse",
            analysis_timestamp=at,
            processing_time_ms=self.dice.randint(900, 6000),
            result_data=json.dumps(result, ensure_ascii=False),
            confidence_score=self.dice.score(0.7, 0.97, 4),
            model_version=MODEL,
            created_at=at,
        )
        self.rows += [analysis, self._insight(meeting, table, at), self._suggestion(meeting, table)]

    def _insight(self, meeting: Meeting, table: Table, at: datetime) -> EducationalInsight:
        lesson = meeting.lesson
        return EducationalInsight(
            id=self.dice.id_at(at),
            session_id=meeting.session.id,
            insight_type="collaboration",
            title=lesson.insight,
            description=lesson.detail,
            recommendations=lesson.advice,
            impact_score=self.dice.score(40, 95),
            confidence_level=self.dice.score(60, 97),
            applies_to_type="group",
            applies_to_id=table.group.id,
            created_at=at,
        )

    def _suggestion(self, meeting: Meeting, table: Table) -> InterventionSuggestion:
        dice, at, acted = self.dice, meeting.start + timedelta(minutes=25), self.dice.chance(60)
        return InterventionSuggestion(
            id=dice.id_at(at),
            session_id=meeting.session.id,
            group_id=table.group.id,
            teacher_id=meeting.teacher.id,
            intervention_type="discussion",
            urgency=dice.choices(["low", "medium", "high"], [60, 33, 7])[0],
            reason=meeting.lesson.nudge,
            suggested_action=meeting.lesson.action,
            target_type="group",
            status="acted" if acted else "pending",
            acted_upon=acted,
            acted_at=dice.after(at, minutes=(1, 6)) if acted else None,
            was_effective=dice.chance(75) if acted else None,
            created_at=at,
        )

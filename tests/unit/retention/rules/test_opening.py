"""Which rows of a student are opened: those of the student alone, also of a group where certainly nobody else sat."""

from __future__ import annotations

from typing import Any

import pytest

from classwaves_admin.warehouse.inventory import Subject
from classwaves_admin.warehouse.models import (
    AnalysisResult,
    AuditLog,
    Message,
    NotificationQueue,
    Recording,
    StudentMetrics,
    Transcription,
)
from classwaves_admin.warehouse.models._base import CatalogModel
from retention.rules.held import rules_about_students
from retention.rules.held_fields import HIDDEN, shown_columns
from retention.rules.opening import Company, Opening, Seat, event_of, opening
from retention.schedule import rule_of

PARTS = {
    Subject.STUDENT: frozenset({"maya"}),
    Subject.PARTICIPANT: frozenset({"seat"}),
    Subject.GROUP: frozenset({"table"}),
    Subject.SESSION: frozenset({"lesson"}),
    Subject.GUARDIAN_ADDRESS: frozenset({"ana@home.example"}),
}
MINE, HIS = Seat("seat", "lesson", "table", "maya"), Seat("other", "lesson", "table", "bruno")
APART = Seat("other", "lesson", "elsewhere", "bruno")
ONE = {"lesson": 1, "table": 1}
ALONE, TWO = Company([MINE], ONE), Company([MINE, HIS], ONE)


def told(row: CatalogModel, company: Company, *, own: bool = False) -> Opening:
    """Return whether a row may be opened."""
    return opening(rule_of(type(row)), row, own=own, parts=PARTS, company=company)


def recording(**given: Any) -> Recording:
    """Return a recording of the lesson."""
    return Recording(session_id="lesson", **given)


@pytest.mark.parametrize(
    ("row", "own", "company", "may"),
    [
        (StudentMetrics(session_id="lesson"), True, TWO, True),
        (AnalysisResult(session_id="lesson"), False, TWO, False),
        (AnalysisResult(session_id="lesson"), False, ALONE, True),
        (recording(group_id="table"), False, TWO, False),
        (recording(group_id="table"), False, ALONE, True),
        (recording(group_id="table"), False, Company([MINE, APART], ONE), True),
        (recording(group_id="table", participant_id="seat"), True, TWO, False),
        (recording(participant_id="seat"), True, TWO, True),
        (recording(), False, Company([MINE, APART], ONE), False),
        # Nobody can tell: the own seat is gone, the number noted says more, nothing is noted.
        (recording(group_id="table"), False, Company([], ONE), False),
        (recording(group_id="table"), False, Company([MINE], {"table": 4}), False),
        (recording(group_id="table"), False, Company([MINE], {}), False),
        # Somebody without a seat spoke there.
        (recording(group_id="table"), False, Company([MINE], ONE, {("lesson", "table", "guest")}), False),
        (recording(group_id="table"), False, Company([MINE], ONE, {("lesson", "elsewhere", "guest")}), True),
        (recording(), False, Company([MINE], ONE, {("lesson", "elsewhere", "guest")}), False),
        (AuditLog(affected_student_ids='["maya", "bruno"]'), False, ALONE, False),
        (AuditLog(affected_student_ids='["maya"]'), False, ALONE, True),
        (AuditLog(affected_student_ids="maya; bruno"), False, ALONE, False),
        (NotificationQueue(recipient_address="ana@home.example"), False, ALONE, False),
        (Message(sender_id="seat", sender_type="student"), True, TWO, True),
        (Message(sender_id="t", sender_type=" Teacher", recipient_id="maya"), True, TWO, True),
        (Message(sender_id="other", sender_type="student", recipient_id="seat"), True, TWO, False),
        (Message(sender_id="other", sender_type="who knows", recipient_id="seat"), True, ALONE, False),
        (Message(sender_id="t", sender_type="teacher", recipient_id="table"), False, TWO, False),
        (Message(sender_id="t", sender_type="teacher", recipient_id="table"), False, ALONE, True),
    ],
)
def test_what_is_opened(row: CatalogModel, own: bool, company: Company, may: bool) -> None:
    """A closed row says why in words; an open one needs none."""
    answer = told(row, company, own=own)
    assert answer.may is may
    assert bool(answer.why) is not may


def test_why_it_stays_closed_is_a_number_of_others() -> None:
    """Each other child counts once, by its seat or by the id under which it spoke."""
    spoke = Company([MINE, HIS], ONE, {("lesson", "table", "bruno"), ("lesson", "table", "guest")})
    assert told(recording(group_id="table"), spoke).why.startswith("It is also about 2 other students of the group")
    assert told(AnalysisResult(session_id="lesson"), TWO).why.startswith("It is also about 1 other student of the ses")
    words = Message(sender_id="other", sender_type="student", recipient_id="seat", content="psst!")
    assert "5 characters" in told(words, TWO, own=True).why


def test_each_table_leaves_its_own_event() -> None:
    """Transcripts and results have names of their own in the log; everything else is the student's record."""
    assert event_of(rule_of(Transcription)) == "transcript.viewed"
    assert event_of(rule_of(StudentMetrics)) == event_of(rule_of(AnalysisResult)) == "analysis.viewed"
    assert event_of(rule_of(Message)) == event_of(rule_of(Recording)) == "student.viewed"


def test_no_contact_of_a_guardian_and_no_trace_of_staff_is_shown() -> None:
    """By the class of each column: a new one of these classes stays out by itself. What is hidden besides is there."""
    shown = {rule.name: {str(field.column) for field in shown_columns(rule)} for rule in rules_about_students()}
    assert "relationship" in shown["compliance.parental_consents"]
    for column in ("parent_name", "parent_email", "ip_address", "user_agent", "verification_token"):
        assert column not in shown["compliance.parental_consents"]
    assert "parent_email" not in shown["users.students"]
    assert "teacher_id" not in shown["ai_insights.intervention_suggestions"]
    assert {"recipient_address", "subject"}.isdisjoint(shown["notifications.notification_queue"])
    for rule in rules_about_students():
        columns = {str(field.column) for field in rule.model.columns()}
        assert HIDDEN.get(rule.name, {}).keys() <= columns
        assert HIDDEN.get(rule.name, {}).keys().isdisjoint(shown[rule.name])

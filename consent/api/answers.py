"""What the interface answers: ids and codes, never a name. `manage.py recording_gate --json` prints the same."""

from __future__ import annotations

from datetime import datetime

from ninja import Field, Schema

from consent.queries.gate import JudgedSession
from consent.queries.student_state import StudentState
from consent.rules.session_gate import Member

REASON = (
    "Why: conflict, refused, withdrawn, unverified, waiting, expired, adult, not_asked, "
    "or no_student, unknown_student, not_enrolled, no_group."
)


class Barred(Schema):
    """One participant who stands in the way."""

    participant_id: str
    student_id: str | None = Field(description="Null where the participant names no student.")
    reason: str = Field(description=REASON)


class GroupAnswer(Schema):
    """One group. A group without participants may not be recorded."""

    group_id: str
    participants: int
    may_record: bool
    may_analyse: bool
    recording_barred_by: list[Barred]
    analysis_barred_by: list[Barred]


class SessionAnswer(Schema):
    """What the gate says of a session at `asked_at`. Ask again before each recording."""

    session_id: str
    school_id: str
    asked_at: datetime
    may_record: bool = Field(description="Every group may be recorded and nobody sits outside of one.")
    groups: list[GroupAnswer]
    ungrouped: list[Barred] = Field(description="Participants in no group: they may not be recorded.")


class ConsentState(Schema):
    """The answer that counts for one type of consent."""

    type: str
    status: str = Field(description="active, or why not.")
    expires_at: datetime | None = Field(description="When a consent in force ends.")


class StudentAnswer(Schema):
    """What counts for one student at `asked_at`. `standing` is recordable, or why not."""

    student_id: str
    school_id: str
    asked_at: datetime
    enrolled: bool
    may_record: bool
    may_analyse: bool
    standing: str
    consents: list[ConsentState]


def session_answer(judged: JudgedSession) -> SessionAnswer:
    """Return the answer about a session."""
    return SessionAnswer(
        session_id=judged.session.id,
        school_id=judged.session.school_id,
        asked_at=judged.asked_at,
        may_record=judged.gate.all_may_record,
        groups=[
            GroupAnswer(
                group_id=group.group_id,
                participants=len(group.members),
                may_record=group.may_record,
                may_analyse=group.may_analyse,
                recording_barred_by=[_barred(one) for one in group.blocking],
                analysis_barred_by=[_barred(one, analysis=True) for one in group.members if not one.may_analyse],
            )
            for group in judged.gate.groups
        ],
        ungrouped=[_barred(one) for one in judged.gate.ungrouped],
    )


def _barred(member: Member, *, analysis: bool = False) -> Barred:
    reason = member.bars_analysis if analysis else member.bars_recording
    return Barred(
        participant_id=member.seat.participant_id,
        student_id=member.seat.student_id,
        reason=reason.value if reason else "",
    )


def student_answer(state: StudentState) -> StudentAnswer:
    """Return the answer about a student. Who is no longer enrolled may be neither recorded nor analysed."""
    return StudentAnswer(
        student_id=state.student.id,
        school_id=state.student.school_id,
        asked_at=state.asked_at,
        enrolled=state.enrolled,
        may_record=state.may_record,
        may_analyse=state.may_analyse,
        standing=state.standing.value,
        consents=[
            ConsentState(type=kind.value, status=answer.status.value, expires_at=state.ends_at(kind))
            for kind, answer in state.answers.items()
        ],
    )

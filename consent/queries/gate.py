"""The recording gate for classroom sessions, from the same effective answers as every page and job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce

from classwaves_admin.accounts.access import ACTIVE
from classwaves_admin.lib.keyset import page
from classwaves_admin.warehouse.fields import StringField, TimestampField
from classwaves_admin.warehouse.models import (
    ClassroomSession,
    CoppaCompliance,
    Participant,
    Recording,
    StudentGroup,
    Teacher,
)
from consent.queries.circumstances import AgeFacts, circumstances_from, said_to_be_adult
from consent.queries.glances import glances_from, open_requests
from consent.queries.rows import consents_of
from consent.rules.overview import Glance
from consent.rules.session_gate import Seat, SessionGate, gate_of

PAGE_SIZE = 20
# Newest first. A session that is not planned yet stands where it was made.
ORDER = ("-start", "-id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of sessions is narrowed to: begun between two moments, by whom, in which state.

    `unconsented` are those with a recording although no consent to it is noted on the session.
    """

    school: str = ""
    teacher: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    unconsented: bool = False


@dataclass(frozen=True, slots=True)
class JudgedSession:
    """A session with what the gate says of it, and the names of its teacher, groups and participants by id.

    `recorded`: a recording of it is held.
    """

    session: ClassroomSession
    asked_at: datetime
    gate: SessionGate
    names: Mapping[str, str]
    recorded: bool = False

    @property
    def lacks_consent(self) -> bool:
        """Tell whether there is a recording although no consent to it is noted on the session."""
        return self.recorded and not self.session.recording_consent_obtained


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One page of the list of sessions with the cursors of its neighbours, and the teachers to choose from."""

    rows: tuple[JudgedSession, ...]
    previous: str
    next: str
    teachers: tuple[tuple[str, str], ...] = ()

    @property
    def is_past_the_end(self) -> bool:
        """Tell whether nothing stands here: the row that a cursor names is gone."""
        return not (self.rows or self.previous or self.next)


def session_gate(session_id: str, now: datetime) -> JudgedSession:
    """Return what the gate says of a session in scope: three warehouse queries.

    It never reads the flags on students. Raises ClassroomSession.DoesNotExist.
    """
    session = ClassroomSession.objects.get(id=session_id)
    return _judged([session], now)[0]


def session_page(wanted: Wanted, *, cursor: str, now: datetime, size: int = PAGE_SIZE) -> SessionPage:
    """Return one page of the sessions in scope that fit, newest first: three warehouse queries. Raises BadCursor."""
    part = page(_fitting(wanted), order=ORDER, size=size, cursor=cursor)
    lines = _seating(part.rows, all_teachers=True)
    teachers = sorted({(line.name or "", line.id) for line in lines if line.kind == _TEACHER})
    rows = tuple(_judged(part.rows, now, lines))
    return SessionPage(rows, part.previous, part.next, tuple((id_, name) for name, id_ in teachers))


def _fitting(wanted: Wanted) -> QuerySet[ClassroomSession]:
    start = Coalesce("actual_start", "scheduled_start", "created_at")
    sessions = ClassroomSession.objects.annotate(start=start)
    if wanted.school:
        sessions = sessions.filter(school_id=wanted.school)
    if wanted.teacher:
        sessions = sessions.filter(teacher_id=wanted.teacher)
    if wanted.status:
        sessions = sessions.filter(status=wanted.status)
    if wanted.since:
        sessions = sessions.filter(start__gte=wanted.since)
    if wanted.until:
        sessions = sessions.filter(start__lt=wanted.until)
    if wanted.unconsented:
        recorded = Recording.objects.filter(session_id=OuterRef("pk")).order_by()
        sessions = sessions.filter(Exists(recorded), recording_consent_obtained=False)
    return sessions


class _Line(NamedTuple):
    """One line of the seating, of a kind below. `number` is a group's, or a birth year."""

    kind: str
    id: str
    session: str
    group_id: str | None
    student_id: str | None
    name: str | None
    student_name: str | None
    school_id: str | None
    status: str | None
    number: int | None
    updated_at: datetime


_PARTICIPANT, _GROUP, _AGE, _TEACHER, _RECORDING = "participant", "group", "age", "teacher", "recording"
_SINCE = "updated_at"


def _judged(
    sessions: Collection[ClassroomSession], now: datetime, lines: Sequence[_Line] | None = None
) -> list[JudgedSession]:
    """Return what the gate says of each session, in their order: two warehouse queries."""
    lines = _seating(sessions) if lines is None else lines
    homes = {session.id: session.school_id for session in sessions}
    # A student of another school is nobody that this one knows.
    at_home = [line for line in lines if line.school_id and line.school_id == homes.get(line.session)]
    students = {str(line.student_id): str(line.school_id) for line in at_home}
    ages = [AgeFacts(str(one.student_id), one.number, one.name, one.updated_at) for one in lines if one.kind == _AGE]
    about = circumstances_from(ages, students, now, confirmed=said_to_be_adult(students))
    glances = glances_from(consents_of(students), about, open_requests(now, students), now)
    by_session: dict[str, list[_Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: (line.number or 0, line.name or "", line.id)):
        by_session[line.session].append(line)
    own = {session.teacher_id for session in sessions}
    teachers = {line.id: line.name or "" for line in lines if line.kind == _TEACHER and line.id in own}
    return [_judged_one(session, by_session[session.id], teachers, glances, now) for session in sessions]


def _judged_one(
    session: ClassroomSession,
    lines: Sequence[_Line],
    teachers: Mapping[str, str],
    glances: Mapping[str, Glance],
    now: datetime,
) -> JudgedSession:
    groups = [line.id for line in lines if line.kind == _GROUP]
    recorded = any(line.kind == _RECORDING for line in lines)
    seats = [_seat(line, session.school_id) for line in lines if line.kind == _PARTICIPANT]
    names = {line.id: _name(line, session.school_id) for line in lines}
    return JudgedSession(session, now, gate_of(groups, seats, glances), {**teachers, **names}, recorded)


def _seating(sessions: Collection[ClassroomSession], *, all_teachers: bool = False) -> list[_Line]:
    """Return the participants, groups, teachers and the participants' age records. One warehouse query.

    A union, since a group may be empty, and what a row refers to may be missing in the catalog.
    """
    ids = [session.id for session in sessions]
    nothing, no_number = Value(None, output_field=StringField()), Cast(Value(None), IntegerField())
    seated = Participant.objects.filter(session_id__in=ids).order_by()
    groups = StudentGroup.objects.filter(session_id__in=ids).order_by()
    ages = CoppaCompliance.objects.filter(student_id__in=seated.values("student_id")).order_by()
    of_them = Q(id__in=[session.teacher_id for session in sessions])
    teachers = Teacher.objects.filter(of_them | Q(status=ACTIVE) if all_teachers else of_them).order_by()
    no_moment = Cast(Value(None), TimestampField())
    student = ("student__display_name", "student__school_id", "student__status")
    none = (nothing, nothing, nothing)
    recorded = Recording.objects.filter(session_id__in=ids).order_by()
    recorded = recorded.values_list(_word(_RECORDING), "session_id", "session_id", *none, *none, no_number, no_moment)
    union = seated.values_list(
        _word(_PARTICIPANT), "id", "session_id", "group_id", "student_id", "display_name", *student, no_number, _SINCE
    ).union(
        groups.values_list(_word(_GROUP), "id", "session_id", nothing, nothing, "name", *none, "group_number", _SINCE),
        ages.values_list(
            _word(_AGE), "id", nothing, nothing, "student_id", "age_verification_method", *none, "birth_year", _SINCE
        ),
        recorded.distinct(),
        teachers.values_list(_word(_TEACHER), "id", nothing, nothing, nothing, "name", *none, no_number, _SINCE),
        all=True,
    )
    return [_Line(*row) for row in union]


def _word(kind: str) -> Value:
    return Value(kind, output_field=StringField())


def _seat(line: _Line, home: str) -> Seat:
    return Seat(
        participant_id=line.id,
        group_id=line.group_id,
        student_id=line.student_id or None,
        known=line.school_id == home,
        enrolled=line.status == "active",
    )


def _name(line: _Line, home: str) -> str:
    """Return the student's name on the roster, or what the participant was called in the session."""
    return (line.student_name if line.school_id == home else None) or line.name or ""

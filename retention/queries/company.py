"""Who else was in the sessions that rows of a student name, and what else names other children."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import IntegerField, Q, Value
from django.db.models.functions import Cast

from classwaves_admin.warehouse.fields import StringField
from classwaves_admin.warehouse.inventory import Subject
from classwaves_admin.warehouse.models import ClassroomSession, Participant, Student, StudentGroup, Transcription
from consent.models import Guardianship
from retention.queries.held import Pupil, word
from retention.rules.opening import STAFF_TYPES, Company, Seat
from retention.rules.other_children import Others, others_of, phrases

__all__ = ["company_of", "company_with_others"]

_SEAT, _SESSION, _GROUP, _VOICE, _CHILD = "seat", "session", "group", "voice", "child"


class _Line(NamedTuple):
    """One line of the union, of a kind above. `text` is a name as the session had it, or what was said."""

    kind: str
    session: str | None
    id: str
    group: str | None
    student: str | None
    text: str | None
    name: str | None
    number: int | None


def company_of(pupil: Pupil, sessions: Iterable[str | None]) -> Company:
    """Return who was in these sessions: one warehouse query, none for no session."""
    named = sorted({one for one in sessions if one})
    return _company(pupil, _lines(pupil, named)) if named else Company()


def company_with_others(pupil: Pupil, sessions: Iterable[str | None]) -> tuple[Company, Others]:
    """Return who was in these sessions, and what names other children: one warehouse query.

    The names are those of all students of the school. First names count of those who sat in the sessions and of those
    who share a guardian with the student.
    """
    lines = _lines(pupil, sorted({one for one in sessions if one}), everything=True)
    own = {pupil.id, *pupil.parts[Subject.PARTICIPANT]}
    siblings = _siblings(pupil)
    seats = [line for line in lines if line.kind == _SEAT and not {line.id, line.student} & own]
    mine = [line for line in lines if line.kind == _SEAT and {line.id, line.student} & own]
    children = [line for line in lines if line.kind == _CHILD and line.id != pupil.id]
    beside = [name for line in seats for name in (line.text, line.name) if name]
    beside += [line.name for line in children if line.id in siblings and line.name]
    said = set(phrases(line.text or "" for line in lines if line.kind == _VOICE and line.id not in own))
    said -= set(phrases(line.text or "" for line in lines if line.kind == _VOICE and line.id in own))
    return _company(pupil, lines), others_of(
        own=[pupil.name, *own, *(line.text for line in mine if line.text)],
        names=[line.name for line in children if line.name],
        beside=beside,
        ids=[*(line.id for line in children), *(one for line in seats for one in (line.id, line.student) if one)],
        said=said,
    )


def _lines(pupil: Pupil, sessions: list[str], *, everything: bool = False) -> list[_Line]:
    nothing, no_number = Value(None, output_field=StringField()), Cast(Value(None), IntegerField())
    seats = Participant.objects.filter(session_id__in=sessions).order_by()
    groups = StudentGroup.objects.filter(session_id__in=sessions).order_by()
    meetings = ClassroomSession.objects.filter(pk__in=sessions).order_by()
    turns = Transcription.objects.filter(~Q(speaker_type__in=STAFF_TYPES), session_id__in=sessions).order_by()
    gap = (nothing, nothing)
    spoken: list[Any] = [word(_VOICE), "session_id", "speaker_id", "group_id", nothing]
    voices = turns.values_list(*spoken, "content" if everything else nothing, nothing, no_number)
    parts: list[Any] = [
        groups.values_list(word(_GROUP), "session_id", "id", "id", *gap, nothing, "current_size"),
        meetings.values_list(word(_SESSION), "id", "id", *gap, *gap, "total_students"),
        voices.distinct(),
    ]
    if everything:
        children = Student.objects.filter(school_id=pupil.school_id).order_by()
        parts.append(children.values_list(word(_CHILD), nothing, "id", *gap, nothing, "display_name", no_number))
    seated = seats.values_list(
        word(_SEAT), "session_id", "id", "group_id", "student_id", "display_name", "student__display_name", no_number
    )
    return [_Line(*line) for line in seated.union(*parts, all=True)]


def _company(pupil: Pupil, lines: list[_Line]) -> Company:
    own = {pupil.id, *pupil.parts[Subject.PARTICIPANT]}
    return Company(
        seats=[Seat(one.id, one.session or "", one.group, one.student) for one in lines if one.kind == _SEAT],
        sizes={one.id: one.number or 0 for one in lines if one.kind in {_SESSION, _GROUP}},
        voices={(one.session or "", one.group, one.id) for one in lines if one.kind == _VOICE and one.id not in own},
    )


def _siblings(pupil: Pupil) -> set[str]:
    """Return the students who share a guardian with the student: no warehouse query."""
    own = Guardianship.objects.filter(student_id=pupil.id).values("guardian_id")
    ties = Guardianship.objects.filter(guardian_id__in=own).exclude(student_id=pupil.id)
    return set(ties.values_list("student_id", flat=True))

"""Who else was in the sessions that rows of a student name, and what else names other children."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast

from classwaves_admin.warehouse.fields import StringField, TimestampField
from classwaves_admin.warehouse.inventory import Subject
from classwaves_admin.warehouse.models import (
    ClassroomSession,
    ParentalConsent,
    Participant,
    Student,
    StudentGroup,
    Transcription,
)
from consent.models import Guardianship
from consent.vocabulary import ConsentType
from retention.queries.held import Pupil, word
from retention.rules.opening import STAFF_TYPES, Company, Seat
from retention.rules.other_children import Others, others_of, phrases

__all__ = ["Around", "Consented", "around", "company_of"]

_SEAT, _SESSION, _GROUP, _VOICE, _CHILD, _CONSENT = "seat", "session", "group", "voice", "child", "consent"
_TO_RECORD = (ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.SCHOOL_AUTHORIZATION)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Consented:
    """A consent of the student that was in force at some moment: for what, by whom, how and when it was given."""

    consent_type: str
    relationship: str
    method: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a row: who was there, what names other children, which consents were in force."""

    company: Company
    others: Others
    consents: tuple[Consented, ...] = ()


def company_of(pupil: Pupil, sessions: Iterable[str | None]) -> Company:
    """Return who was in these sessions: one warehouse query, none for no session."""
    named = sorted({one for one in sessions if one})
    return _company(pupil, _lines(pupil, named)) if named else Company()


def around(pupil: Pupil, sessions: Iterable[str | None], *, recorded_at: datetime | None = None) -> Around:
    """Return who was in these sessions, and what names other children: one warehouse query.

    With `recorded_at`, the consents to recording that were in force then, too.
    """
    lines = _lines(pupil, sorted({one for one in sessions if one}), everything=True, recorded_at=recorded_at)
    consents = sorted(
        (one for one in lines if one.kind == _CONSENT and one.at), key=lambda one: (one.at or _EPOCH, one.id)
    )
    given = [Consented(one.session or "", one.text or "", one.name or "", one.at or _EPOCH) for one in consents]
    return Around(_company(pupil, lines), _others(pupil, lines), tuple(given))


def _others(pupil: Pupil, lines: list[_Line]) -> Others:
    """Return what names other children.

    The names are those of all students of the school. First names count of those who sat in the sessions and of those
    who share a guardian with the student.
    """
    own = {pupil.id, *pupil.parts[Subject.PARTICIPANT]}
    siblings = _siblings(pupil)
    seats = [line for line in lines if line.kind == _SEAT and not {line.id, line.student} & own]
    mine = [line for line in lines if line.kind == _SEAT and {line.id, line.student} & own]
    children = [line for line in lines if line.kind == _CHILD and line.id != pupil.id]
    beside = [name for line in seats for name in (line.text, line.name) if name]
    beside += [line.name for line in children if line.id in siblings and line.name]
    said = set(phrases(line.text or "" for line in lines if line.kind == _VOICE and line.id not in own))
    said -= set(phrases(line.text or "" for line in lines if line.kind == _VOICE and line.id in own))
    return others_of(
        own=[pupil.name, *own, *(line.text for line in mine if line.text)],
        names=[line.name for line in children if line.name],
        beside=beside,
        ids=[*(line.id for line in children), *(one for line in seats for one in (line.id, line.student) if one)],
        said=said,
    )


def _lines(
    pupil: Pupil, sessions: list[str], *, everything: bool = False, recorded_at: datetime | None = None
) -> list[_Line]:
    no_moment = Cast(Value(None), TimestampField())
    nothing, no_number = Value(None, output_field=StringField()), Cast(Value(None), IntegerField())
    seats = Participant.objects.filter(session_id__in=sessions).order_by()
    groups = StudentGroup.objects.filter(session_id__in=sessions).order_by()
    meetings = ClassroomSession.objects.filter(pk__in=sessions).order_by()
    turns = Transcription.objects.filter(~Q(speaker_type__in=STAFF_TYPES), session_id__in=sessions).order_by()
    gap = (nothing, nothing)
    spoken: list[Any] = [word(_VOICE), "session_id", "speaker_id", "group_id", nothing]
    voices = turns.values_list(*spoken, "content" if everything else nothing, nothing, no_number, no_moment)
    parts: list[Any] = [
        groups.values_list(word(_GROUP), "session_id", "id", "id", *gap, nothing, "current_size", no_moment),
        meetings.values_list(word(_SESSION), "id", "id", *gap, *gap, "total_students", no_moment),
        voices.distinct(),
    ]
    if everything:
        children = Student.objects.filter(school_id=pupil.school_id).order_by()
        named = (nothing, "id", *gap, nothing, "display_name", no_number, no_moment)
        parts.append(children.values_list(word(_CHILD), *named))
    if recorded_at:
        signers = (nothing, nothing, "relationship", "verification_method", no_number, "consent_date")
        in_force = _in_force(pupil, recorded_at)
        parts.append(in_force.values_list(word(_CONSENT), "consent_type", "id", *signers))
    names = ("display_name", "student__display_name")
    seated = seats.values_list(word(_SEAT), "session_id", "id", "group_id", "student_id", *names, no_number, no_moment)
    return [_Line(*line) for line in seated.union(*parts, all=True)]


def _in_force(pupil: Pupil, moment: datetime) -> QuerySet[ParentalConsent]:
    """Return the consents to take part and to be recorded that were in force at a moment."""
    ends = Q(revoked_at__isnull=True) | Q(revoked_at__gt=moment)
    runs = Q(expires_at__isnull=True) | Q(expires_at__gt=moment)
    given = ParentalConsent.objects.filter(consent_given=True, verified_at__isnull=False, consent_date__lte=moment)
    return given.filter(ends, runs, student_id=pupil.id, consent_type__in=_TO_RECORD).order_by()


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

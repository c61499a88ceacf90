"""One student's record of consent, as the office sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from classwaves_admin.warehouse.models import CoppaCompliance, Student
from consent.models import Guardianship
from consent.queries.circumstances import age_records, circumstances_from, said_to_be_adult
from consent.queries.contacts import Request, guardians_of, requests_about
from consent.queries.glances import office_watch, open_requests
from consent.queries.notices import numbers_of
from consent.queries.rows import RecordedConsent, consents_of, facts_of
from consent.rules.effective import Circumstances, effective
from consent.rules.notices import Numbers, is_outdated
from consent.rules.overview import Glance, glance
from consent.rules.status import row_status
from consent.vocabulary import ASKED_TYPES, ConsentType, EffectiveStatus, RowStatus


@dataclass(frozen=True, slots=True)
class TypeState:
    """The answer that counts for one type, and the consent that carries it where one does.

    `asks_again`: the consent is in force, and the notice has changed in meaning since it was given.
    """

    type: ConsentType
    status: EffectiveStatus
    consent: RecordedConsent | None
    asks_again: bool = False


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One row of the history with its own status; `counts` tells that it carries the effective answer."""

    consent: RecordedConsent
    status: RowStatus
    counts: bool


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """Everything that the page shows."""

    student: Student
    age: CoppaCompliance | None
    about: Circumstances
    glance: Glance
    types: tuple[TypeState, ...]
    history: tuple[HistoryRow, ...]
    guardians: tuple[Guardianship, ...]
    requests: tuple[Request, ...]


def student_record(student_id: str, now: datetime) -> StudentRecord:
    """Return the record of a student in scope: three warehouse queries. Raises Student.DoesNotExist."""
    student = Student.objects.get(id=student_id)
    ages = age_records([student_id])[student_id]
    schools, confirmed = {student_id: student.school_id}, said_to_be_adult([student_id])
    about = circumstances_from(ages, schools, now, confirmed=confirmed)[student_id]
    consents = consents_of([student_id])[student_id]
    asked = student_id in open_requests(now, [student_id])
    seen = glance(facts_of(consents), about, now, asked=asked, watch=office_watch())
    numbers = numbers_of([student.school_id])[student.school_id]
    types = _types(consents, about, seen, numbers, now)
    counting = {one.consent.facts.id for one in types if one.consent}
    return StudentRecord(
        student=student,
        age=ages[-1] if ages else None,
        about=about,
        glance=seen,
        types=types,
        history=tuple(
            HistoryRow(one, row_status(one.facts, now), one.facts.id in counting) for one in reversed(consents)
        ),
        guardians=tuple(guardians_of(student_id)),
        requests=tuple(requests_about(student_id, now)),
    )


def _types(
    consents: tuple[RecordedConsent, ...], about: Circumstances, seen: Glance, numbers: Numbers, now: datetime
) -> tuple[TypeState, ...]:
    """Return the types that parents are asked about, and every other type with an answer."""
    by_id: Mapping[str, RecordedConsent] = {one.facts.id: one for one in consents}
    answered = {one.facts.consent_type for one in consents}
    states = []
    for consent_type in ConsentType:
        if consent_type in ASKED_TYPES or consent_type in answered:
            answer = effective(facts_of(consents), consent_type, about, now)
            status = seen.shown.get(consent_type, answer.status)
            consent = by_id.get(answer.row.id) if answer.row else None
            outdated = answer.active and consent is not None and is_outdated(consent.notice_version, numbers)
            states.append(TypeState(consent_type, status, consent, outdated))
    return tuple(states)

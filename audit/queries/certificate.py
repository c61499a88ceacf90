"""Gathers what a consent certificate says, from the same record that the student's page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from audit.rules.certificate import Answer, Certificate, Notice, Standing, answer_of
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox import gateway
from consent.models import NoticeText
from consent.queries.student_record import StudentRecord, student_record
from consent.rules.effective import effective


def certificate_of(student_id: str, now: datetime, *, schools: Mapping[str, str]) -> Certificate:
    """Return one child's consents at `now`. Raises Student.DoesNotExist outside the person's scope.

    `schools` are names that are known already. Three warehouse queries, a fourth for the name of a
    school that is not among them.
    """
    record = student_record(student_id, now)
    student = record.student
    answers = tuple(
        answer_of(row.consent.facts, signer=row.consent.signer_name, notice_version=row.consent.notice_version, now=now)
        for row in reversed(record.history)
    )
    return Certificate(
        student_id=student.pk,
        student=student.display_name,
        grade=student.grade_level or "",
        school_id=student.school_id,
        school=schools.get(student.school_id) or _school_name(student.school_id),
        zone=time_zone(student.school_id),
        as_of=now,
        may_record=record.glance.may_record,
        may_record_label=str(record.glance.standing.label),
        standings=_standings(record, answers, now),
        answers=answers,
        notices=_notices(answers),
        waiting=gateway.pending(),
    )


def _standings(record: StudentRecord, answers: Sequence[Answer], now: datetime) -> tuple[Standing, ...]:
    """Return the status of each type as the student's page has it, then of types that other services made up."""
    by_id = {answer.id: answer for answer in answers}
    found = [
        Standing(state.type.value, state.status, by_id[state.consent.facts.id] if state.consent else None)
        for state in record.types
    ]
    facts = [row.consent.facts for row in record.history]
    for consent_type in sorted({answer.consent_type for answer in answers} - {one.consent_type for one in found}):
        result = effective(facts, consent_type, record.about, now)
        found.append(Standing(consent_type, result.status, by_id[result.row.id] if result.row else None))
    return tuple(found)


def _school_name(school_id: str) -> str:
    """Return the school's name, or its id where the catalog has no row for it."""
    return School.objects.filter(pk=school_id).values_list("name", flat=True).first() or school_id


def _notices(answers: Iterable[Answer]) -> tuple[Notice, ...]:
    """Return each notice that was answered, once, in the order of the answers."""
    versions = list(dict.fromkeys(answer.notice_version for answer in answers))
    kept = NoticeText.objects.in_bulk(versions)
    return tuple(
        Notice(version, text.title, text.language, text.text)
        if (text := kept.get(version))
        else Notice(version, "", "", None)
        for version in versions
    )

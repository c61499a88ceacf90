"""What counts for one student, for a program that asks: no contacts, no history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from classwaves_admin.warehouse.models import Student
from consent.queries.circumstances import circumstances_of
from consent.queries.glances import office_watch, open_requests
from consent.queries.rows import consents_of, facts_of
from consent.rules.effective import Effective, effective_all
from consent.rules.overview import Glance, glance
from consent.rules.session_gate import Bar, Reason
from consent.vocabulary import ASKED_TYPES, ConsentType


@dataclass(frozen=True, slots=True)
class StudentState:
    """A student with the answer that counts for each type that parents are asked about."""

    student: Student
    asked_at: datetime
    glance: Glance
    answers: Mapping[ConsentType, Effective]

    @property
    def enrolled(self) -> bool:
        """Tell whether the student is active at the school."""
        return self.student.status == "active"

    @property
    def may_record(self) -> bool:
        """Tell whether the student may be recorded: never one who has left."""
        return self.enrolled and self.glance.may_record

    @property
    def may_analyse(self) -> bool:
        """Tell whether what the student says may be analysed by AI."""
        return self.enrolled and self.glance.may_analyse

    @property
    def standing(self) -> Reason:
        """Return where the student stands on being recorded, in the words of the gate."""
        return self.glance.standing if self.enrolled else Bar.NOT_ENROLLED

    def ends_at(self, consent_type: ConsentType) -> datetime | None:
        """Return when a consent in force ends."""
        answer = self.answers[consent_type]
        return answer.row.expires_at if answer.active and answer.row else None


def student_state(student_id: str, now: datetime) -> StudentState:
    """Return what counts for a student in scope: three warehouse queries. Raises Student.DoesNotExist."""
    student = Student.objects.get(id=student_id)
    about = circumstances_of({student_id: student.school_id}, now)[student_id]
    rows = facts_of(consents_of([student_id])[student_id])
    asked = student_id in open_requests(now, [student_id])
    seen = glance(rows, about, now, asked=asked, watch=office_watch())
    return StudentState(student, now, seen, effective_all(rows, about, now, ASKED_TYPES))

"""What a guardian sees behind a link: the school, the children, the notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from classwaves_admin.warehouse.models import School, Student
from consent.models import Invitation
from consent.notices.texts import Notice, slot_values, written
from consent.queries.families import answers_for, answers_for_self, children_of
from consent.queries.notices import school_facts


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """One invitation with everything that its page shows.

    `slots` are the parts of the notices that the school fills, in Markdown: periods, partners and the like.
    `own` tells that the reader is an adult student, who answers alone (34 CFR 99.5).
    """

    invitation: Invitation
    school: School
    children: tuple[Student, ...]
    notices: tuple[Notice, ...]
    slots: Mapping[str, str]
    own: bool = False


def answer_page(invitation: Invitation, language: str, *, shown_in: str = "") -> AnswerPage:
    """Return the page of an invitation: three queries to the warehouse.

    The notices are those of `language`; where the page around them is shown in another one, its slots are too.

    Children with a court order against this guardian, whose tie to them has ended, or who left the
    school are not shown.
    Raises School.DoesNotExist, and NoticeIncomplete where the school's notice has a blank.
    """
    facts = school_facts(invitation.school_id)
    notices = written(facts, language)
    children = children_to_answer_for(invitation)
    slots = slot_values(facts, shown_in or notices[0].language)
    own = answers_for_self(invitation.guardian_id)
    return AnswerPage(invitation, facts.school, children, notices, slots, own)


def children_to_answer_for(invitation: Invitation) -> tuple[Student, ...]:
    """Return the children of an invitation that its guardian may still answer for, by name."""
    allowed = answers_for(invitation.guardian_id, children_of(invitation))
    students = Student.objects.filter(school_id=invitation.school_id, id__in=allowed, status="active")
    return tuple(students.order_by("display_name", "id"))

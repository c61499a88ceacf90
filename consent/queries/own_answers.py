"""What a guardian sees of their own answers: never those of another guardian."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import CoppaCompliance, School, Student
from consent.actions.changes import said_by
from consent.models import Answer, Guardian, Guardianship, Invitation, Withdrawal, WithdrawnConsent
from consent.queries.circumstances import age_records, circumstances_from, said_to_be_adult
from consent.queries.families import with_own_rights
from consent.queries.rows import RecordedConsent, consents_of, facts_of, restricted_guardians
from consent.rules.effective import Circumstances, effective
from consent.rules.names import first_name
from consent.rules.own import OwnStanding, own_standing
from consent.rules.status import row_status
from consent.vocabulary import ASKED_TYPES, PARENTAL_RELATIONSHIPS, ConsentType, Relationship, RowStatus, label_for

# A yes in one of these can be taken back.
STANDING = frozenset({RowStatus.ACTIVE, RowStatus.UNVERIFIED, RowStatus.PENDING})


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """The guardian's own answer to one type, and the row that carries it where there is one."""

    type: ConsentType
    label: str | Promise
    standing: OwnStanding
    consent: RecordedConsent | None


@dataclass(frozen=True, slots=True)
class OwnChild:
    """One child of a guardian with the guardian's own answers.

    `standing` are the types with a yes that can be taken back. `rights_passed`: the student is an adult and
    answers alone (34 CFR 99.5). `delete_by` is the last day of the guardian's own request to delete,
    `deleted_at` when it was done; both None where there is none.
    """

    student: Student
    relationship: str
    rights_passed: bool = False
    answers: tuple[OwnAnswer, ...] = ()
    standing: tuple[ConsentType, ...] = ()
    delete_by: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def key(self) -> str:
        """A mark of the child for names of fields."""
        return child_key(self.student.id)

    @property
    def name(self) -> str:
        """The child's first name, where it was not deleted."""
        return _("Your child") if self.deleted_at else first_name(self.student.display_name)

    @property
    def can_answer_again(self) -> bool:
        """Tell whether the school may be told something new about this child."""
        return not self.rights_passed and self.student.status == "active"


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """Everything on record that one guardian said, by child."""

    guardian: Guardian
    school: School
    zone: ZoneInfo
    children: tuple[OwnChild, ...]

    @property
    def anything_on_record(self) -> bool:
        """Tell whether the guardian has said anything, or their rights have passed to an adult student."""
        return any(child.rights_passed or any(answer.consent for answer in child.answers) for child in self.children)

    @property
    def anything_standing(self) -> bool:
        """Tell whether there is a yes that can be taken back."""
        return any(child.standing for child in self.children)


def child_key(student_id: str) -> str:
    """Return a mark of a child that is the same on every page and tells no id."""
    return hashlib.sha256(student_id.encode()).hexdigest()[:12]


def own_answers(guardian: Guardian, now: datetime) -> OwnAnswers | None:
    """Return what a guardian said about each of their children; None where there is no child that they may know about.

    Three warehouse queries. Children with a court order against the guardian are not there at all.
    """
    ties = _ties(guardian)
    students = list(
        Student.objects.select_related("school")
        .filter(school_id=guardian.school_id, id__in=list(ties))
        .order_by("display_name", "id")
    )
    if not students:
        return None
    known = _known(guardian, [student.id for student in students], now)
    children = tuple(_child(known, student, ties[student.id]) for student in students)
    return OwnAnswers(guardian, students[0].school, time_zone(guardian.school_id), children)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read about all children of one guardian, by student; `awaits` are ids of consents."""

    guardian: Guardian
    consents: Mapping[str, Collection[RecordedConsent]]
    ages: Mapping[str, Collection[CoppaCompliance]]
    about: Mapping[str, Circumstances]
    awaits: Collection[str]
    own_rights: Collection[str]
    asked_to_delete: Mapping[str, Withdrawal]
    now: datetime


def _known(guardian: Guardian, student_ids: Collection[str], now: datetime) -> _Known:
    ages = age_records(student_ids)
    confirmed, schools = said_to_be_adult(student_ids), dict.fromkeys(student_ids, guardian.school_id)
    return _Known(
        guardian=guardian,
        consents=consents_of(student_ids),
        ages=ages,
        about=circumstances_from(chain(*ages.values()), schools, now, confirmed=confirmed),
        awaits=_awaiting(guardian, student_ids),
        own_rights=with_own_rights(student_ids),
        asked_to_delete=_asked_to_delete(guardian, student_ids),
        now=now,
    )


def _ties(guardian: Guardian) -> dict[str, str]:
    """Return the students whom the guardian may know about, with what the guardian is to each.

    Not those from whom a court order keeps somebody who reads the same mailbox.
    """
    if guardian.restricted_at:
        return {}
    ties = Guardianship.objects.filter(
        guardian=guardian, restricted=False, relationship__in=[*PARENTAL_RELATIONSHIPS, Relationship.SELF]
    )
    found = dict(ties.values_list("student_id", "relationship"))
    barred = restricted_guardians(found)
    return {key: words for key, words in found.items() if not barred.holds(key, guardian.id, guardian.email)}


def _child(known: _Known, student: Student, relationship: str) -> OwnChild:
    """Return one child; nothing of what was said about a student whose rights have passed."""
    asked = known.asked_to_delete.get(student.id)
    if relationship != Relationship.SELF and (known.about[student.id].adult or student.id in known.own_rights):
        return OwnChild(student, relationship, rights_passed=True)
    own = said_by(known.guardian.id, known.guardian.email, known.consents[student.id])
    answered = {one.facts.consent_type for one in own}
    types = [kind for kind in ConsentType if kind in ASKED_TYPES or kind in answered]
    standing = {
        one.facts.consent_type for one in own if one.facts.given and row_status(one.facts, known.now) in STANDING
    }
    return OwnChild(
        student=student,
        relationship=relationship,
        answers=tuple(_answer(known, student.id, kind, relationship, own) for kind in types),
        standing=tuple(kind for kind in types if kind in standing),
        delete_by=asked.due_at if asked else None,
        deleted_at=_deleted_at(asked, known.ages[student.id]),
    )


def _answer(
    known: _Known, student_id: str, kind: ConsentType, relationship: str, own: Collection[RecordedConsent]
) -> OwnAnswer:
    about = known.about[student_id]
    mine = effective(facts_of(own), kind, about, known.now)
    row = next((one for one in own if mine.row and one.facts.id == mine.row.id), None)
    standing = own_standing(
        mine,
        effective(facts_of(known.consents[student_id]), kind, about, known.now),
        awaits_second_step=row is not None and row.facts.id in known.awaits,
    )
    return OwnAnswer(kind, label_for(kind, relationship), standing, row)


def _asked_to_delete(guardian: Guardian, student_ids: Collection[str]) -> dict[str, Withdrawal]:
    """Return the guardian's newest request to delete for each child that has one."""
    asked = WithdrawnConsent.objects.filter(
        withdrawal__guardian=guardian, withdrawal__delete_data=True, student_id__in=student_ids
    ).select_related("withdrawal")
    return {one.student_id: one.withdrawal for one in asked.order_by("withdrawal__created_at")}


def _deleted_at(asked: Withdrawal | None, ages: Collection[CoppaCompliance]) -> datetime | None:
    done = [one.deletion_completed_at for one in ages if one.deletion_completed_at]
    return max((at for at in done if asked and at >= asked.created_at), default=None)


def _awaiting(guardian: Guardian, student_ids: Collection[str]) -> set[str]:
    """Return the consents that a link in a mail can still confirm."""
    alive = Invitation.objects.filter(guardian=guardian, revoked_at=None, verified_at=None)
    waiting = Answer.objects.filter(
        guardian=guardian, student_id__in=student_ids, awaits_second_step=True, revoked_at=None, invitation__in=alive
    )
    return set(waiting.values_list("consent_id", flat=True))

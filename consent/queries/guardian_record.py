"""One guardian of one student, as the office sees them, and what a change would end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from classwaves_admin.warehouse.models import Student
from consent.actions.changes import said_by
from consent.actions.orders import About, children_concerned
from consent.models import CourtOrder, Evidence, Guardianship
from consent.queries.circumstances import circumstances_of
from consent.queries.contacts import Request, requests_about
from consent.queries.families import open_invitations, sharing_mailbox
from consent.queries.own_answers import STANDING
from consent.queries.rows import RecordedConsent, consents_of, restricted_guardians
from consent.rules.effective import Circumstances
from consent.rules.gate import may_record
from consent.rules.signed import waiting
from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import ConsentType, RowStatus


@dataclass(frozen=True, slots=True)
class Signed:
    """One answer of the guardian for the student, with its status and the check that stands for it."""

    consent: RecordedConsent
    status: RowStatus
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a step against a guardian would change, in numbers.

    `requests`: open requests that end. `answers`: answers that stand today. `stop` and `start`:
    students who may be recorded today and then not, and the other way round.
    """

    requests: int
    answers: int
    stop: int = 0
    start: int = 0


@dataclass(frozen=True, slots=True)
class GuardianRecord:
    """Everything that the guardian's page shows.

    `siblings` counts other students of the same guardian, `waiting` their answers that a check can verify.
    `shares_mailbox`: somebody whom an order keeps from this student reads the guardian's mail.
    """

    tie: Guardianship
    student: Student
    siblings: int
    answers: tuple[Signed, ...]
    waiting: int
    requests: tuple[Request, ...]
    orders: tuple[CourtOrder, ...]
    shares_mailbox: bool = False

    @property
    def restricted(self) -> bool:
        """Tell whether a court order stands against this guardian for this student."""
        return self.tie.restricted or self.tie.guardian.restricted_at is not None

    @property
    def can_answer(self) -> bool:
        """Tell whether an answer of this guardian for this student would count."""
        return bool(self.tie.relationship) and not self.restricted and not self.shares_mailbox


def tie_with_student(tie_id: str) -> tuple[Guardianship, Student]:
    """Return a tie in scope and its student: one warehouse query.

    Raises Guardianship.DoesNotExist and Student.DoesNotExist.
    """
    tie = Guardianship.objects.select_related("guardian").get(pk=tie_id)
    return tie, Student.objects.get(id=tie.student_id)


def guardian_record(tie_id: str, now: datetime) -> GuardianRecord:
    """Return the record of a tie: three warehouse queries. Raises as `tie_with_student`."""
    tie, student = tie_with_student(tie_id)
    own = said_by(tie.guardian_id, tie.guardian.email, consents_of([student.id])[student.id])
    proofs = evidence_of([one.facts.id for one in own])
    about = CourtOrder.objects.filter(guardian=tie.guardian, student_id__in=["", student.id])
    return GuardianRecord(
        tie=tie,
        student=student,
        siblings=Guardianship.objects.filter(guardian=tie.guardian).count() - 1,
        answers=tuple(Signed(one, row_status(one.facts, now), proofs.get(one.facts.id)) for one in reversed(own)),
        waiting=len(
            waiting([one.facts for one in own], circumstances_of({student.id: student.school_id}, now)[student.id], now)
        ),
        requests=tuple(one for one in requests_about(student.id, now) if one.invitation.guardian_id == tie.guardian_id),
        orders=tuple(about.order_by("-recorded_at", "id")),
        shares_mailbox=restricted_guardians([student.id]).holds(student.id, None, tie.guardian.email),
    )


def evidence_of(consent_ids: Collection[str]) -> Mapping[str, Evidence]:
    """Return the newest evidence for each consent that has one. No warehouse query."""
    found = Evidence.objects.filter(consents__consent_id__in=consent_ids).order_by("recorded_at", "id")
    pairs = found.values_list("consents__consent_id", "pk")
    evidence = {one.pk: one for one in found}
    return {consent_id: evidence[pk] for consent_id, pk in pairs if consent_id in set(consent_ids)}


def standing_types(tie: Guardianship, now: datetime) -> tuple[ConsentType, ...]:
    """Return the types with a yes of this guardian for this student that can be taken back. One warehouse query."""
    own = _own(tie, consents_of([tie.student_id])[tie.student_id])
    given = {one.facts.consent_type for one in own if one.facts.given and row_status(one.facts, now) in STANDING}
    return tuple(kind for kind in ConsentType if kind in given)


def waiting_answers(tie: Guardianship, now: datetime) -> list[ConsentRow]:
    """Return the guardian's answers for the student that a check can verify. Two warehouse queries."""
    own = _own(tie, consents_of([tie.student_id])[tie.student_id])
    about = circumstances_of({tie.student_id: tie.guardian.school_id}, now)[tie.student_id]
    return waiting([one.facts for one in own], about, now)


def consequences_of_new_address(tie: Guardianship) -> Consequences:
    """Return what a changed address ends, and how many answers stay where they are. One warehouse query."""
    children = list(Guardianship.objects.filter(guardian_id=tie.guardian_id).values_list("student_id", flat=True))
    answers = sum(len(_own(tie, rows)) for rows in consents_of(children).values())
    return Consequences(_open_requests(tie), answers)


def consequences_of_end(tie: Guardianship) -> Consequences:
    """Return what ending the tie touches. One warehouse query."""
    own = _own(tie, consents_of([tie.student_id])[tie.student_id])
    return Consequences(_open_requests(tie, tie.student_id), len(own))


def consequences_of_order(tie: Guardianship, now: datetime, *, restricted: bool) -> Mapping[About, Consequences]:
    """Return what an order of each kind would change, or its lifting where `restricted` is false.

    Two warehouse queries.
    """
    children = children_concerned(tie, About.ANY)
    consents = consents_of(children)
    about = circumstances_of(dict.fromkeys(children, tie.guardian.school_id), now)
    parts = {
        student_id: _difference(tie, rows, about[student_id], now, restricted=restricted)
        for student_id, rows in consents.items()
    }
    return {
        About.CHILD: replace(
            parts[tie.student_id], requests=_open_requests(tie, tie.student_id) + _sharing(tie, [tie.student_id])
        ),
        About.ANY: Consequences(
            requests=_open_requests(tie) + _sharing(tie, children),
            answers=sum(part.answers for part in parts.values()),
            stop=sum(part.stop for part in parts.values()),
            start=sum(part.start for part in parts.values()),
        ),
    }


def _difference(
    tie: Guardianship, rows: Collection[RecordedConsent], about: Circumstances, now: datetime, *, restricted: bool
) -> Consequences:
    """Return how one student's consents count when the guardian's own are restricted or not."""
    own = {one.facts.id for one in _own(tie, rows)}
    facts = [one.facts for one in rows]
    then = [replace(row, restricted=restricted) if row.id in own else row for row in facts]
    may, will = may_record(facts, about, now), may_record(then, about, now)
    return Consequences(0, len(own), stop=may and not will, start=will and not may)


def _open_requests(tie: Guardianship, student_id: str | None = None) -> int:
    return open_invitations([tie.guardian_id], student_id=student_id).count()


def _sharing(tie: Guardianship, student_ids: Collection[str]) -> int:
    """Return how many open requests about these students lie in the same mailbox for another guardian."""
    requests = [
        open_invitations([one.guardian_id], student_id=one.student_id).values_list("pk", flat=True)
        for one in sharing_mailbox(tie.guardian, student_ids)
    ]
    return len({key for keys in requests for key in keys})


def _own(tie: Guardianship, rows: Collection[RecordedConsent]) -> list[RecordedConsent]:
    own = said_by(tie.guardian_id, tie.guardian.email, rows)
    return [one for one in own if one.facts.revoked_at is None]

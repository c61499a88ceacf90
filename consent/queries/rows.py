"""The consent rows of students: the catalog, completed by what is still on its way there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import ParentalConsent
from classwaves_admin.warehouse.outbox import gateway
from consent.models import Answer, AuthorizedStudent, Guardianship, MatchedSigner
from consent.rules.status import ConsentRow
from consent.vocabulary import VerificationMethod

M = TypeVar("M", bound=Model)


class CatalogRow(NamedTuple):
    """The columns of `compliance.parental_consents` that decide, for streams of rows."""

    id: str
    student_id: str
    consent_type: str
    consent_given: bool
    consent_date: datetime
    verification_token: str | None
    verified_at: datetime | None
    verification_method: str
    relationship: str
    parent_email: str
    expires_at: datetime | None
    revoked_at: datetime | None
    parent_name: str


@dataclass(frozen=True, slots=True)
class RecordedConsent:
    """One consent as a page shows it, with the facts that the rules judge.

    `guardian_id` names the guardian of the roster who answered, None for a row of another service whose
    signer nobody has matched.
    """

    facts: ConsentRow
    signer_name: str
    signer_email: str
    notice_version: str
    created_at: datetime
    guardian_id: str | None


@dataclass(frozen=True, slots=True)
class Restricted:
    """Guardians with a court order against them, by student: their ids and addresses."""

    ids: frozenset[tuple[str, str]]
    addresses: frozenset[tuple[str, str]]

    def holds(self, student_id: str, guardian_id: str | None, address: str) -> bool:
        """Tell whether an order stands against this signer for this child."""
        return (student_id, guardian_id) in self.ids or (student_id, _folded(address)) in self.addresses


def consents_of(student_ids: Collection[str]) -> Mapping[str, tuple[RecordedConsent, ...]]:
    """Return every consent of each student, oldest first; one query to the warehouse.

    While the outbox holds entries, answers that have not arrived count too, so that a parent's answer
    decides from the moment it is safe.
    """
    waiting = gateway.pending()
    answers = {answer.consent_id: answer for answer in _answers(student_ids)}
    restricted = restricted_guardians(student_ids)
    signers = matched_signers(student_ids)
    ended = ended_authorizations(student_ids)
    found: dict[str, list[RecordedConsent]] = {student_id: [] for student_id in student_ids}
    arrived = set()
    for row in ParentalConsent.objects.filter(student_id__in=student_ids):
        arrived.add(row.id)
        recorded = _from_catalog(row, answers.get(row.id), restricted, signers.get(row.id))
        found[row.student_id].append(recorded if row.id not in ended else _ended(recorded, ended[row.id]))
    for answer in answers.values():
        if answer.consent_id not in arrived and waiting:
            found[answer.student_id].append(_from_answer(answer, restricted))
    return {key: tuple(sorted(value, key=_order)) for key, value in found.items()}


def facts_of(consents: Iterable[RecordedConsent]) -> list[ConsentRow]:
    """Return what the rules need of these consents."""
    return [consent.facts for consent in consents]


def _order(consent: RecordedConsent) -> tuple[datetime, str]:
    return consent.facts.consented_at, consent.facts.id


def _answers(student_ids: Collection[str]) -> Iterable[Answer]:
    return Answer.objects.filter(student_id__in=student_ids).select_related("guardian")


def of_students(rows: QuerySet[M], student_ids: Collection[str] | None) -> QuerySet[M]:
    """Return the rows of these students, or all where no students are named."""
    return rows if student_ids is None else rows.filter(student_id__in=student_ids)


def students_with_orders() -> set[str]:
    """Return the students in scope with a court order against somebody who may sign for them. No warehouse query."""
    ties = Guardianship.objects.filter(Q(restricted=True) | Q(guardian__restricted_at__isnull=False))
    answers = Answer.objects.filter(guardian__restricted_at__isnull=False)
    return {*ties.values_list("student_id", flat=True), *answers.values_list("student_id", flat=True)}


def restricted_guardians(student_ids: Collection[str]) -> Restricted:
    """Return the court orders that concern these students, at whichever school. No warehouse query."""
    orders = Q(restricted=True) | Q(guardian__restricted_at__isnull=False)
    with system_scope(reason="an order of the school that a student has left still holds"):
        ties = Guardianship.objects.filter(orders, student_id__in=student_ids)
        kept = list(ties.values_list("student_id", "guardian_id", "guardian__email"))
    return Restricted(
        ids=frozenset((student_id, guardian_id) for student_id, guardian_id, _ in kept),
        addresses=frozenset((student_id, _folded(email)) for student_id, _, email in kept if email),
    )


def _is_barred(answer: Answer | None) -> bool:
    """Tell whether the guardian may have no contact at all: their answers count for nothing, with a tie or without."""
    return answer is not None and answer.guardian.restricted_at is not None


def matched_signers(student_ids: Collection[str]) -> dict[str, str]:
    """Return the guardian of each row of another service whose signer the office has matched, by the row's id."""
    matched = MatchedSigner.objects.filter(student_id__in=student_ids)
    return dict(matched.values_list("consent_id", "guardian_id"))


def ended_authorizations(student_ids: Collection[str] | None = None) -> dict[str, datetime]:
    """Return when the school took back its authorizations of these students, or of all in scope, by the row's id.

    One that was taken back counts no more from that moment, while the end of its row is on its way.
    """
    revoked = of_students(AuthorizedStudent.objects.filter(authorization__revoked_at__isnull=False), student_ids)
    found = revoked.values_list("consent_id", "authorization__revoked_at")
    return {consent_id: at for consent_id, at in found if at is not None}


def _ended(recorded: RecordedConsent, at: datetime) -> RecordedConsent:
    return replace(recorded, facts=replace(recorded.facts, revoked_at=recorded.facts.revoked_at or at))


def _folded(address: str) -> str:
    return address.strip().casefold()


def facts_from_catalog(
    row: ParentalConsent | CatalogRow, answer: Answer | None, restricted: Restricted, signer: str | None = None
) -> ConsentRow:
    """Join a catalog row with its twin. What either side knows to have ended has ended.

    `signer` is the guardian whom the office matched with a row that has no twin.
    """
    verified_at, method = row.verified_at, row.verification_method
    if answer and answer.verified_at and not verified_at:
        verified_at, method = answer.verified_at, answer.method
    return ConsentRow(
        id=row.id,
        student_id=row.student_id,
        consent_type=row.consent_type,
        given=row.consent_given,
        consented_at=row.consent_date,
        has_token=bool(row.verification_token),
        verified_at=verified_at,
        method=method,
        relationship=row.relationship,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at or (answer.revoked_at if answer else None),
        restricted=restricted.holds(row.student_id, answer.guardian_id if answer else signer, row.parent_email)
        or _is_barred(answer),
    )


def _from_catalog(
    row: ParentalConsent, answer: Answer | None, restricted: Restricted, signer: str | None
) -> RecordedConsent:
    facts = facts_from_catalog(row, answer, restricted, signer)
    guardian_id = answer.guardian_id if answer else signer
    return RecordedConsent(
        facts, row.parent_name, row.parent_email, row.consent_text_version, row.created_at, guardian_id
    )


def facts_of_fresh(answers: Collection[Answer]) -> list[ConsentRow]:
    """Return the facts of answers of this moment, under the orders that hold. No warehouse query."""
    restricted = restricted_guardians({answer.student_id for answer in answers})
    return [facts_from_answer(answer, restricted) for answer in answers]


def facts_from_answer(answer: Answer, restricted: Restricted) -> ConsentRow:
    """Return the facts of an answer that has not arrived in the catalog."""
    return ConsentRow(
        id=answer.consent_id,
        student_id=answer.student_id,
        consent_type=answer.consent_type,
        given=answer.given,
        consented_at=answer.answered_at,
        has_token=answer.awaits_second_step,
        verified_at=answer.verified_at,
        method=answer.method if answer.verified_at else VerificationMethod.UNVERIFIED.value,
        relationship=answer.relationship,
        expires_at=answer.expires_at,
        revoked_at=answer.revoked_at,
        restricted=restricted.holds(answer.student_id, answer.guardian_id, answer.guardian.email) or _is_barred(answer),
    )


def _from_answer(answer: Answer, restricted: Restricted) -> RecordedConsent:
    facts = facts_from_answer(answer, restricted)
    return RecordedConsent(
        facts, answer.signer_name, answer.guardian.email, answer.notice_id or "", answer.answered_at, answer.guardian_id
    )

"""Both sides where guardians disagree about a student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.warehouse.models import Student
from consent.queries.circumstances import circumstances_of
from consent.queries.rows import RecordedConsent, consents_of, facts_of
from consent.rules.effective import effective_all, sides
from consent.vocabulary import ASKED_TYPES, ConsentType, EffectiveStatus


@dataclass(frozen=True, slots=True)
class Sides:
    """The grants in force and the live refusals of one type."""

    grants: tuple[RecordedConsent, ...]
    refusals: tuple[RecordedConsent, ...]

    def against(self, *, consent: bool) -> tuple[RecordedConsent, ...]:
        """Return the answers that end where the consent stands, or else the refusal."""
        return self.refusals if consent else self.grants


def disagreement_of(student: Student, now: datetime) -> Mapping[ConsentType, Sides]:
    """Return the types about which a student's guardians disagree, with both sides: two warehouse queries."""
    consents = consents_of([student.id])[student.id]
    about = circumstances_of({student.id: student.school_id}, now)[student.id]
    by_id, rows = {one.facts.id: one for one in consents}, facts_of(consents)
    answers = effective_all(rows, about, now, ASKED_TYPES)
    found = {}
    for kind in ASKED_TYPES:
        if answers[kind].status is EffectiveStatus.CONFLICT:
            grants, refusals = sides(rows, kind, about, now)
            found[kind] = Sides(tuple(by_id[row.id] for row in grants), tuple(by_id[row.id] for row in refusals))
    return found


def seen_as(disputed: Mapping[ConsentType, Sides]) -> str:
    """Return a mark of the answers that a person saw, by which one that came meanwhile is noticed."""
    ids = sorted(one.facts.id for both in disputed.values() for one in (*both.grants, *both.refusals))
    return sha256_hex("\n".join(ids).encode())[:16]

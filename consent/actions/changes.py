"""One child's consents before and after a change, and the writes that lead from one to the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import CoppaCompliance, ParentalConsent, Student
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.limits import limit
from consent.models import Answer, Guardianship
from consent.queries.circumstances import age_records, circumstances_from, said_to_be_adult
from consent.queries.rows import RecordedConsent, consents_of, facts_of
from consent.rules.effective import Circumstances, effective_all
from consent.rules.flags import Flags, flags_for
from consent.rules.limits import limits_for
from consent.rules.status import ConsentRow
from consent.vocabulary import EffectiveStatus


@dataclass(slots=True)
class Change:
    """What happens to one student's consents in one action.

    Other code fills `ended`, `verified` (id -> the row as verified) and `added`, then asks for the
    flags and the conflicts that follow. `before` are the consents as they counted before the action,
    where it changes who may sign (a court order) rather than rows.
    """

    student_id: str
    consents: tuple[RecordedConsent, ...]
    about: Circumstances
    ages: tuple[CoppaCompliance, ...] = ()
    ended: set[str] = field(default_factory=set)
    verified: dict[str, ConsentRow] = field(default_factory=dict)
    added: list[ConsentRow] = field(default_factory=list)
    before: tuple[RecordedConsent, ...] | None = None

    def rows(self, now: datetime) -> list[ConsentRow]:
        """Return the facts of all rows as they will be."""
        kept = [self.verified.get(row.id, row) for row in facts_of(self.consents)]
        return [
            replace(row, revoked_at=row.revoked_at or now) if row.id in self.ended else row for row in kept
        ] + self.added

    def flags(self, now: datetime) -> Flags:
        """Return the student's flags as they must be afterwards."""
        return flags_for(self.rows(now), self.about, now)

    def new_conflicts(self, now: datetime) -> list[str]:
        """Return the types about which the guardians disagree from now on."""
        start = self.consents if self.before is None else self.before
        before = effective_all(facts_of(start), self.about, now)
        after = effective_all(self.rows(now), self.about, now)
        conflict = EffectiveStatus.CONFLICT
        return [kind.value for kind in after if after[kind].status is conflict is not before[kind].status]


def changes_for(schools: Mapping[str, str], now: datetime) -> Mapping[str, Change]:
    """Return an empty change for each student; two queries to the warehouse, and the schools' settings.

    `schools` names the school of each student.
    """
    consents, ages = consents_of(schools), age_records(schools)
    about = circumstances_from(chain(*ages.values()), schools, now, confirmed=said_to_be_adult(schools))
    return {key: Change(key, consents[key], about[key], ages[key]) for key in schools}


def said_by(guardian_id: str, address: str, consents: Iterable[RecordedConsent]) -> list[RecordedConsent]:
    """Return the consents of one guardian: their own answers, and other services' rows with their address.

    Under an address that two guardians share nobody knows who refused: such a refusal is neither's to lift.
    """
    folded = address.strip().casefold()
    return [
        consent
        for consent in consents
        if consent.guardian_id == guardian_id
        or (
            consent.guardian_id is None
            and folded
            and consent.signer_email.strip().casefold() == folded
            and (consent.facts.given or not is_shared(address, consent.facts.student_id))
        )
    ]


def is_shared(address: str, student_id: str) -> bool:
    """Tell whether several guardians of a student have this address, so that a row with it names nobody."""
    return Guardianship.objects.filter(student_id=student_id, guardian__email__iexact=address.strip()).count() > 1


def lower_flags(change: Change, *, now: datetime) -> None:
    """Write the flags that do not stand any more. Called before anything else: a no takes effect first.

    A child under 13 who is left without a parent's verified consent is limited at once.
    """
    gateway.update(Student, change.student_id, **change.flags(now).fallen(), updated_at=now)
    keep_limits(change, now=now)


def write_flags(change: Change, *, now: datetime) -> None:
    """Write all flags. Called after everything else: a yes takes effect last. No limit falls with it."""
    keep_limits(change, now=now)
    gateway.update(Student, change.student_id, **change.flags(now).columns(), updated_at=now)


def keep_limits(change: Change, *, now: datetime) -> None:
    """Set the limits that must stand. The change has its age records with them from here on, so they are set once."""
    change.ages = limit(change.student_id, change.ages, limits_for(change.rows(now), change.about, now), now=now)


def end_rows(change: Change, *, now: datetime) -> None:
    """Write `revoked_at` on the rows that the change ends. Nothing else of them is touched."""
    already = {row.id for row in facts_of(change.consents) if row.revoked_at}
    for consent_id in sorted(change.ended - already):
        gateway.update(ParentalConsent, consent_id, revoked_at=now, verification_token=None, updated_at=now)
    Answer.objects.filter(consent_id__in=change.ended, revoked_at=None).update(revoked_at=now, awaits_second_step=False)


def flag_conflicts(change: Change, *, school_id: str, by: Actor, now: datetime) -> None:
    """Audit each type about which the guardians disagree from now on."""
    if types := change.new_conflicts(now):
        record(
            "consent.conflict_flagged",
            by=by,
            school_id=school_id,
            resource=("student", change.student_id),
            students=[change.student_id],
            data={"types": types},
            at=now,
        )

"""Whom the school would ask about which students: the plan that a person confirms and the action carries out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from classwaves_admin.notifications.rules import is_address
from consent.models import Guardian
from consent.queries.circumstances import circumstances_of
from consent.queries.families import answered, asked_and_open, guardianships_of
from consent.queries.rows import restricted_guardians
from consent.rules.asking import Candidate, Skip, why_not
from consent.rules.effective import Circumstances

# A guardian and a student, by their ids.
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """Guardians with the children they are asked about, and who is left out.

    `left_out` has pairs of guardian and child with the reason; `without_guardian` counts children of whom
    the school has named no guardian.
    """

    askable: Mapping[Guardian, list[str]]
    left_out: Mapping[Pair, Skip]
    without_guardian: int

    @property
    def skipped(self) -> dict[Skip, int]:
        """How many pairs are left out for each reason."""
        # A plain dict: a template that asks a Counter for `items` gets the count of the key "items".
        return dict(Counter(self.left_out.values()))

    @property
    def children(self) -> int:
        """How many children the requests are about; one whom two guardians answer for counts once."""
        return len({child for children in self.askable.values() for child in children})


def whom_to_ask(
    student_ids: Collection[str],
    now: datetime,
    *,
    guardian_id: str | None = None,
    pairs: Collection[Pair] | None = None,
    about: Mapping[str, Circumstances] | None = None,
    again: bool = False,
    nameless: Collection[str] = (),
) -> Plan:
    """Return whom to ask about these students: all guardians, one alone, or those of `pairs`.

    `again`: also who has answered, because the answers end soon. A mailbox that somebody under a court order reads too
    gets no mail about the child, and about the `nameless` students, whom no mail can call by a name, nobody is asked.
    One warehouse query, none where the students' circumstances are known and given as `about`.
    """
    families = [
        one
        for one in guardianships_of(student_ids)
        if guardian_id in {None, one.guardian_id} and (pairs is None or (one.guardian_id, one.student_id) in pairs)
    ]
    guardian_ids = {one.guardian_id for one in families}
    outstanding, done = asked_and_open(guardian_ids, now), answered(guardian_ids, now)
    if about is None:
        about = circumstances_of({one.student_id: one.guardian.school_id for one in families}, now)
    barred = restricted_guardians(student_ids)
    askable: dict[Guardian, list[str]] = {}
    left_out: dict[Pair, Skip] = {}
    for one in families:
        pair = (one.guardian_id, one.student_id)
        reason = why_not(
            Candidate(
                has_address=is_address(one.guardian.email),
                relationship=one.relationship,
                restricted=barred.holds(one.student_id, one.guardian_id, one.guardian.email),
                adult=about[one.student_id].adult,
                bounced=one.guardian.bounced_at is not None,
                outstanding=pair in outstanding,
                answered=pair in done and not again,
                has_name=one.student_id not in nameless,
            )
        )
        if reason is None:
            askable.setdefault(one.guardian, []).append(one.student_id)
        else:
            left_out[pair] = reason
    alone = set(student_ids) - {one.student_id for one in families}
    return Plan(askable, left_out, len(alone))

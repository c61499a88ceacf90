"""What needs a person: pure, from what is known of one student."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from consent.rules.effective import Circumstances, effective_all
from consent.rules.flags import Raised, flags_for
from consent.rules.gate import may_record
from consent.rules.past import as_of
from consent.rules.status import ConsentRow
from consent.rules.watch import Watch
from consent.vocabulary import ASKED_TYPES, ConsentType, EffectiveStatus, LabelledEnum


class Matter(LabelledEnum):
    """A reason why a person must look, the most pressing first.

    `findings` tells the first five from what is known of one student; the others stand in the portal's own tables.
    """

    RECORDED = "recorded", _("Recorded without consent")
    CONFLICT = "conflict", _("Guardians disagree")
    DRIFT = "drift", _("Flags differ from the consents")
    UNVERIFIED = "unverified", _("Not verified in time")
    ENDING = "ending", _("Ends soon")
    BOUNCED = "bounced", _("Mail came back")
    AUTHORITY = "authority", _("Relationship not stated")
    ADULT = "adult", _("Turned 18 and not asked")
    NAMELESS = "nameless", _("No first name")


@dataclass(frozen=True, slots=True)
class Finding:
    """One matter about one student: since when, and which types of consent it is about."""

    matter: Matter
    since: datetime
    types: tuple[ConsentType, ...] = ()


def findings(
    rows: Collection[ConsentRow],
    about: Circumstances,
    now: datetime,
    *,
    raised: Raised,
    watch: Watch,
    recorded_at: Iterable[datetime] = (),
) -> Iterator[Finding]:
    """Yield what of one student needs a person.

    `rows` are all consents, `raised` the flags that stand in the catalog, `watch` from when on the office looks,
    `recorded_at` the times of recordings in which the student took part.
    """
    answers = effective_all(rows, about, now)
    of_asked = {kind: answers[kind] for kind in ASKED_TYPES}
    disputed = tuple(kind for kind, one in of_asked.items() if one.status is EffectiveStatus.CONFLICT)
    if disputed:
        yield Finding(Matter.CONFLICT, max(_said_at(answers[kind].row, now) for kind in disputed), disputed)
    unverified = tuple(kind for kind, one in of_asked.items() if watch.overdue(one, now))
    if unverified:
        yield Finding(Matter.UNVERIFIED, min(_said_at(answers[kind].row, now) for kind in unverified), unverified)
    ends = {
        kind: one.row.expires_at
        for kind, one in of_asked.items()
        if watch.ends_soon(one, now) and one.row and one.row.expires_at
    }
    if ends:
        yield Finding(Matter.ENDING, min(ends.values()), tuple(ends))
    if raised != flags_for(rows, about, now).raised:
        yield Finding(Matter.DRIFT, now)
    without = [moment for moment in recorded_at if not may_record(as_of(rows, moment), about, moment)]
    if without:
        yield Finding(Matter.RECORDED, max(without))


def _said_at(row: ConsentRow | None, otherwise: datetime) -> datetime:
    return row.consented_at if row else otherwise

"""One student at a glance: may we record, and if not, what stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from consent.rules.effective import Circumstances, Effective, effective_all
from consent.rules.gate import JUDGED, analysable, recordable
from consent.rules.status import ConsentRow
from consent.rules.watch import Watch
from consent.vocabulary import ASKED_TYPES, ConsentType, EffectiveStatus, LabelledEnum

# Recording needs both; what stands against one of them stands against recording.
NEEDED = (ConsentType.SERVICE, ConsentType.AUDIO)


class Standing(LabelledEnum):
    """Where a student stands on being recorded. Each student has exactly one."""

    RECORDABLE = "recordable", _("May be recorded")
    CONFLICT = "conflict", _("Guardians disagree")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    UNVERIFIED = "unverified", _("Waiting for verification")
    WAITING = "waiting", _("Waiting for an answer")
    EXPIRED = "expired", _("Expired")
    ADULT = "adult", _("Adult, must answer alone")
    NOT_ASKED = "not_asked", _("Not asked")


class Together(LabelledEnum):
    """Standings that ask for the same work: one number of a chart, and one list."""

    AGAINST = "against", "Refused, withdrawn or disagreed"
    SILENT = "silent", "Not asked, expired or adult"


_TOGETHER: Mapping[Together, tuple[Standing, ...]] = {
    Together.AGAINST: (Standing.REFUSED, Standing.WITHDRAWN, Standing.CONFLICT),
    Together.SILENT: (Standing.NOT_ASKED, Standing.EXPIRED, Standing.ADULT),
}


def standing_named(word: str) -> Standing | Together | None:
    """Return the standing, or those together, of a code in an address or a campaign; None for another word."""
    kinds: tuple[type[Standing] | type[Together], ...] = (Standing, Together)
    return next((kind(word) for kind in kinds if word in set(kind)), None)


def standings_of(asked: Standing | Together) -> tuple[Standing, ...]:
    """Return the standings that are asked for."""
    return _TOGETHER[asked] if isinstance(asked, Together) else (asked,)


# First match wins, by what the office must look at first.
_ORDER = (
    (EffectiveStatus.CONFLICT, Standing.CONFLICT),
    (EffectiveStatus.REFUSED, Standing.REFUSED),
    (EffectiveStatus.REVOKED, Standing.WITHDRAWN),
    (EffectiveStatus.UNVERIFIED, Standing.UNVERIFIED),
    (EffectiveStatus.PENDING, Standing.WAITING),
    (EffectiveStatus.EXPIRED, Standing.EXPIRED),
    (EffectiveStatus.SUSPENDED, Standing.ADULT),
)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list or a dashboard says about one student.

    `shown` is the status of each type that parents are asked about; a type that nobody answered while
    a request is open shows as waiting. `overdue` and `ends_soon`: one of these answers is so for `Watch`.
    """

    standing: Standing
    may_record: bool
    may_analyse: bool
    shown: Mapping[ConsentType, EffectiveStatus]
    under_13_without_consent: bool = False
    overdue: bool = False
    ends_soon: bool = False

    @property
    def in_conflict(self) -> bool:
        """Tell whether guardians disagree about any type."""
        return EffectiveStatus.CONFLICT in self.shown.values()


def glance(rows: Collection[ConsentRow], about: Circumstances, now: datetime, *, asked: bool, watch: Watch) -> Glance:
    """Return where a student stands; `asked` tells that a request to a guardian is open.

    It judges by `effective` and `gate` alone, so pages, jobs and reports agree.
    """
    answers = effective_all(rows, about, now, JUDGED)
    may_record = recordable(answers, about)
    shown = {kind: _shown(answers[kind], asked=asked) for kind in ASKED_TYPES}
    return Glance(
        standing=Standing.RECORDABLE if may_record else standing_from([shown[kind] for kind in NEEDED]),
        may_record=may_record,
        may_analyse=analysable(answers, about),
        shown=shown,
        under_13_without_consent=about.under_13 and not answers[ConsentType.SERVICE].active,
        overdue=any(watch.overdue(answers[kind], now) for kind in ASKED_TYPES),
        ends_soon=any(watch.ends_soon(answers[kind], now) for kind in ASKED_TYPES),
    )


def _shown(answer: Effective, *, asked: bool) -> EffectiveStatus:
    return EffectiveStatus.PENDING if asked and answer.status is EffectiveStatus.NOT_ASKED else answer.status


def standing_from(statuses: Collection[EffectiveStatus]) -> Standing:
    """Return what stands in the way where one of these answers is missing: the first that the office must look at."""
    return next((standing for status, standing in _ORDER if status in statuses), Standing.NOT_ASKED)

"""What one guardian's own answer amounts to, in the terms in which the guardian sees it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from consent.rules.effective import Effective
from consent.vocabulary import EffectiveStatus, LabelledEnum


class OwnStanding(LabelledEnum):
    """Where a guardian's own answer stands."""

    IN_FORCE = "in_force", _("Yes. It is in force.")
    NOT_COUNTING = "not_counting", _("Yes. It does not count just now. The school can tell you why.")
    WAITS_FOR_YOU = "waits_for_you", _("Yes, but not confirmed yet. Please confirm it in our mail.")
    WAITS_FOR_SCHOOL = "waits_for_school", _("Yes, but it does not count yet. The school will contact you.")
    NO = "no", _("No.")
    ENDED = "ended", _("Your yes has ended. It does not count any more.")
    TAKEN_BACK = "taken_back", _("You took this back.")
    NONE = "none", _("You have not answered this.")


_PLAIN = {
    EffectiveStatus.REFUSED: OwnStanding.NO,
    EffectiveStatus.EXPIRED: OwnStanding.ENDED,
    EffectiveStatus.REVOKED: OwnStanding.TAKEN_BACK,
    # An own no beside an own yes, of another service: the no is what counts.
    EffectiveStatus.CONFLICT: OwnStanding.NO,
}


def own_standing(own: Effective, overall: Effective, *, awaits_second_step: bool) -> OwnStanding:
    """Return where a guardian's answer stands. `own` is judged from their rows alone, `overall` from all.

    What another guardian said is never told, only that the own yes does not count (34 CFR 99.4).
    """
    if own.status is EffectiveStatus.ACTIVE:
        return OwnStanding.IN_FORCE if overall.active else OwnStanding.NOT_COUNTING
    if own.status is EffectiveStatus.UNVERIFIED:
        return OwnStanding.WAITS_FOR_YOU if awaits_second_step else OwnStanding.WAITS_FOR_SCHOOL
    return _PLAIN.get(own.status, OwnStanding.NONE)

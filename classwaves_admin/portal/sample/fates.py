"""Which family of the sample answers how: every state at every school, in plausible shares."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.portal.sample.families import Family


class Fate(StrEnum):
    """What becomes of asking a family."""

    GRANTED = "granted"
    ON_PAPER = "on_paper"
    WITHOUT_AUDIO = "without_audio"
    REFUSED = "refused"
    UNVERIFIED = "unverified"
    PENDING = "pending"
    REVOKED = "revoked"
    EXPIRED = "expired"
    RENEWED = "renewed"
    ENDING = "ending"
    CONFLICT = "conflict"
    COURT_ORDER = "court_order"
    SCHOOL_AUTHORIZED = "school_authorized"
    NOT_ASKED = "not_asked"


# Out of 100 families of a school; each fate falls on at least one.
SHARES = {
    Fate.CONFLICT: 3,
    Fate.COURT_ORDER: 2,
    Fate.WITHOUT_AUDIO: 7,
    Fate.REFUSED: 5,
    Fate.UNVERIFIED: 5,
    Fate.PENDING: 10,
    Fate.REVOKED: 4,
    Fate.EXPIRED: 4,
    Fate.RENEWED: 6,
    Fate.ENDING: 4,
    Fate.GRANTED: 34,
    Fate.ON_PAPER: 7,
    Fate.SCHOOL_AUTHORIZED: 3,
    Fate.NOT_ASKED: 6,
}
_NEED_TWO = frozenset({Fate.CONFLICT, Fate.COURT_ORDER})
_NEED_NO_ADDRESS = frozenset({Fate.ON_PAPER, Fate.SCHOOL_AUTHORIZED, Fate.NOT_ASKED})


def fates_of(families: Sequence[Family], dice: Dice) -> list[tuple[Family, Fate]]:
    """Return each family of one school with its fate, in the order of the families.

    The picky fates choose first; a family that fits none of the rest answers on paper.
    """
    wanted = [fate for fate, share in SHARES.items() for _ in range(max(1, round(len(families) * share / 100)))]
    waiting = list(range(len(families)))
    dice.shuffle(waiting)
    chosen: dict[int, Fate] = {}
    for fate in wanted:
        place = next((place for place in waiting if _fits(families[place], fate)), None)
        if place is not None:
            waiting.remove(place)
            chosen[place] = fate
    for place in waiting:
        chosen[place] = Fate.GRANTED if _fits(families[place], Fate.GRANTED) else Fate.ON_PAPER
    return [(family, chosen[place]) for place, family in enumerate(families)]


def _fits(family: Family, fate: Fate) -> bool:
    if fate in _NEED_NO_ADDRESS:
        # Families without an address are left for the answers on paper first.
        return fate is Fate.ON_PAPER or bool(family.guardians[0].email)
    if fate in _NEED_TWO and not (family.two and all(guardian.email for guardian in family.guardians)):
        return False
    return bool(family.guardians[0].email)

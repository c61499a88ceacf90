"""Whose word a school's move needs: that of the side which it leaves. Pure.

Whoever looks after the new district sees the school's students. Records go to another party by the word of the school
or district that holds them (34 CFR 99.31(a)(1), NDPA Article II), so never by that of ClassWaves, which keeps them.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

__all__ = ["Word", "missing_word"]


class Word(StrEnum):
    """Whose word is missing; the label says what they have to do."""

    label: str

    def __new__(cls, value: str, label: str) -> Word:
        """Make a member from its code and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    DISTRICT = "district", "An administrator of the district that the school leaves has to make this move"
    SCHOOL = "school", "An administrator of the school has to agree to this move"


def missing_word(
    *, district_admins: Collection[str], school_admins: int, maker: str, school_agreed: bool
) -> Word | None:
    """Return whose word is missing where `maker` would make the move, or None.

    `district_admins` are the accounts that look after the district which the school leaves, none of whom ever was of
    ClassWaves: one of them makes the move. Without them the school's own administrators agree to it. Where there is
    nobody of either, nobody is asked.
    """
    if district_admins:
        return None if maker in district_admins else Word.DISTRICT
    return Word.SCHOOL if school_admins and not school_agreed else None

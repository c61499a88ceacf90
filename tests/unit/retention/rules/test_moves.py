"""Whose word a school's move needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.moves import Word, missing_word

PEOPLE = st.sampled_from(["dana", "lin", "sam", "ada"])


@pytest.mark.parametrize(
    ("district_admins", "school_admins", "maker", "school_agreed", "expected"),
    [
        ({"dana"}, 0, "dana", False, None),
        ({"dana", "lin"}, 3, "lin", False, None),
        ({"dana"}, 0, "sam", False, Word.DISTRICT),
        ({"dana"}, 3, "sam", True, Word.DISTRICT),
        (set(), 1, "sam", False, Word.SCHOOL),
        (set(), 1, "sam", True, None),
        (set(), 0, "sam", False, None),
    ],
)
def test_the_side_that_the_school_leaves_says_its_word(
    district_admins: set[str], school_admins: int, maker: str, school_agreed: bool, expected: Word | None
) -> None:
    """The district's administrators make it; without them the school agrees; without anybody nobody is asked."""
    found = missing_word(
        district_admins=district_admins, school_admins=school_admins, maker=maker, school_agreed=school_agreed
    )
    assert found is expected


@given(admins=st.sets(PEOPLE), school_admins=st.integers(0, 3), maker=PEOPLE, agreed=st.booleans())
def test_whoever_stands_outside_never_moves_a_school_past_somebody(
    admins: set[str], school_admins: int, maker: str, agreed: bool
) -> None:
    """Nothing is missing only for the district's own, for a school that has agreed, or where there is nobody."""
    missing = missing_word(district_admins=admins, school_admins=school_admins, maker=maker, school_agreed=agreed)
    alone = not admins and not school_admins
    assert (missing is None) == (maker in admins or alone or (not admins and agreed))

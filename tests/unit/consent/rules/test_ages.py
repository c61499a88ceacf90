"""A birth year decides on the side of the child, whatever the birthday, the moment and the place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consent.rules.ages import AgeGroup, age_group, attested_year, is_adult, is_plausible, is_under_13, turns
from consent.rules.ages import year_everywhere as everywhere

YEAR = 2025
birthdays = st.dates(date(1980, 1, 1), date(2025, 12, 31))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2060, 12, 31), timezones=st.just(UTC))
# From the Line Islands to Baker Island: the earliest and the latest day on earth.
places = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


def years_old(born: date, today: date) -> int:
    """Return an age in whole years; someone of 29 February has the birthday on 1 March of other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@given(birthdays, moments, places)
@example(date(2012, 2, 29), datetime(2025, 2, 28, 23, 59, tzinfo=UTC), timezone(timedelta(hours=14)))
@example(date(2012, 12, 31), datetime(2026, 1, 1, 0, 0, tzinfo=UTC), timezone(timedelta(hours=-12)))
@example(date(2007, 12, 31), datetime(2026, 1, 1, 11, 59, tzinfo=UTC), timezone(timedelta(hours=-12)))
def test_no_child_turns_older_too_early_anywhere(born: date, moment: datetime, place: timezone) -> None:
    """Whoever is treated as 13, or as an adult without the school's word, is so old wherever the school stands."""
    age, year = years_old(born, moment.astimezone(place).date()), everywhere(moment)
    if not is_under_13(born.year, year):
        assert age >= 13
    if is_adult(born.year, year):
        assert age >= 18


@given(birthdays, moments)
def test_the_protection_of_a_child_lasts_a_year_too_long_at_most(born: date, moment: datetime) -> None:
    """From the 14th birthday on nobody is under 13, and from the 19th on everybody is an adult, a school's age long."""
    age, year = years_old(born, moment.date()), everywhere(moment)
    if 14 < age < 49:
        assert not is_under_13(born.year, year)
    if 19 < age < 49:
        assert is_adult(born.year, year)


@given(st.integers(-(2**31), 2**31 - 1) | st.none(), st.integers(2020, 2100), st.booleans())
def test_any_stored_number_gives_one_group_that_agrees_with_the_rules(born: int | None, year: int, said: bool) -> None:
    """Nonsense of other services counts as under 13 and never as adult; groups, ages and rights agree."""
    group = age_group(born, year, school_says_so=said)
    assert (group in {AgeGroup.UNKNOWN, AgeGroup.UNDER_13}) == is_under_13(born, year)
    assert (group is AgeGroup.ADULT) == is_adult(born, year, school_says_so=said)
    assert (group is AgeGroup.UNKNOWN) == (not is_plausible(born, year))
    assert not (is_under_13(born, year) and is_adult(born, year, school_says_so=said))


@given(st.integers(1990, 2025), st.integers(2025, 2080))
def test_time_never_makes_a_student_a_child_again(born: int, year: int) -> None:
    """From one year to the next nobody becomes younger, until the year is one in which no student is born."""
    if is_plausible(born, year + 1):
        assert is_under_13(born, year + 1) <= is_under_13(born, year)
        assert is_adult(born, year + 1) >= is_adult(born, year)


@pytest.mark.parametrize("born", [0, -1, -2012, 3000, 2026, 1900, 1970, 1975, None])
def test_a_year_in_which_no_student_is_born_counts_as_under_13(born: int | None) -> None:
    """0, 1900 and 1970 are what programs write for no date; a year to come is a slip."""
    assert is_under_13(born, YEAR)
    assert not is_adult(born, YEAR, school_says_so=True)
    assert age_group(born, YEAR) is AgeGroup.UNKNOWN


@pytest.mark.parametrize(
    ("born", "said", "group"),
    [
        (2025, False, AgeGroup.UNDER_13),
        (2012, False, AgeGroup.UNDER_13),
        (2011, False, AgeGroup.TEEN),
        (2011, True, AgeGroup.TEEN),
        (2007, False, AgeGroup.TEEN),
        (2007, True, AgeGroup.ADULT),
        (2006, False, AgeGroup.ADULT),
        (1976, False, AgeGroup.ADULT),
    ],
)
def test_groups_by_year(born: int, said: bool, group: AgeGroup) -> None:
    """The school's word counts in the year of the 18th birthday alone."""
    assert age_group(born, YEAR, school_says_so=said) is group


@pytest.mark.parametrize(
    ("method", "kept"),
    [("sis_dob", 2010), ("school_attested", 2010), ("parent_attested", 2010), ("unknown", None), (None, None),
     ("student_said", None)],
)  # fmt: skip
def test_a_students_own_word_is_none(method: str | None, kept: int | None) -> None:
    """A year counts where somebody else stands for it."""
    assert attested_year(2010, method) == kept


def test_birthdays_of_this_year() -> None:
    """Who was born 13 or 18 years ago has that birthday this year."""
    assert turns(2012, 13, YEAR)
    assert not turns(2011, 13, YEAR)
    assert not turns(None, 18, YEAR)

"""Grades as rosters write them and people read them."""

from __future__ import annotations

import pytest

from classwaves_admin.schools.grades import CHOICES, grade_label, grade_place, stored_words


@pytest.mark.parametrize(
    ("stored", "label"),
    [
        ("05", "Grade 5"),
        ("5", "Grade 5"),
        ("12", "Grade 12"),
        ("KG", "Kindergarten"),
        ("PK", "Pre-kindergarten"),
        ("Ungraded", "Ungraded"),
        ("", ""),
        (None, ""),
    ],
)
def test_grades_are_told_in_words(stored: str | None, label: str) -> None:
    """Codes of rosters become words; what no standard knows is shown as it is."""
    assert grade_label(stored) == label


def test_every_choice_finds_what_rosters_write() -> None:
    """Each grade that can be chosen matches the words stored for it, and those words alone read like it."""
    for code, label in CHOICES:
        assert stored_words(code)
        assert {grade_label(stored) for stored in stored_words(code)} == {label}
    assert stored_words("99") == ()


def test_grades_sort_from_young_to_old() -> None:
    """Kindergarten comes first, Grade 10 after Grade 9, unknown words last."""
    assert sorted(["10", "Ungraded", "09", "KG", "PK"], key=grade_place) == ["PK", "KG", "09", "10", "Ungraded"]

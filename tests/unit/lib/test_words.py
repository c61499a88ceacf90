"""Words that are looked for, and the texts in which they stand."""

from __future__ import annotations

import re

import pytest

from classwaves_admin.lib.words import LONGEST, asked, pattern


@pytest.mark.parametrize("length", [1, LONGEST, LONGEST + 1, 3 * LONGEST])
def test_a_word_of_any_length_finds_the_text_that_has_it(length: int) -> None:
    """Data without a separator is found by itself, although an index keeps only its beginning."""
    word = "x" * length
    assert re.search(pattern(asked(word)), f"begin {word} end")


def test_signs_alone_ask_for_nothing() -> None:
    """Where there is no letter and no digit there is no word."""
    assert asked("%%% -- !") == ()

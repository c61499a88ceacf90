"""Words of a text: what separates them, which spellings count as one, and the patterns that databases get."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib.words import SEPARATORS, Word, asked, holds, in_order, literally, pattern

TEXTS = st.text(st.sampled_from(f"abAB1_ñÑéßİ李{SEPARATORS[:40]}\u201c\u00a0*"), max_size=30)


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Student record viewed", "RECORD", True),
        ("records", "record", False),
        ("records", "record*", True),
        ("under_score", "score", True),
        ("\u201cquoted\u201d", "quoted", True),
        ("record, viewed", "record viewed", True),
        ("viewed record", "record viewed", False),
        ("recorded again", "rec* again", True),
        ("Ñandú", "ñandú", True),
        ("nandu", "ñandú", False),
    ],
)
def test_a_text_holds_words(text: str, words: str, found: bool) -> None:
    """Whole words in their order, or beginnings; ASCII in any case, other letters in three spellings."""
    assert holds(text, asked(words)) is found


@given(TEXTS, TEXTS)
def test_a_pattern_finds_what_the_words_say(text: str, typed: str) -> None:
    """The regular expression and plain Python agree on any text and any words."""
    words = asked(typed)
    if words:
        assert bool(re.search(pattern(words), text)) is holds(text, words)


@given(st.text())
def test_text_in_a_pattern_is_literal(text: str) -> None:
    """Whatever a text holds, its own pattern matches it and it alone."""
    assert re.fullmatch(literally(text), text)


@given(TEXTS)
def test_words_hold_no_separator(text: str) -> None:
    """What was typed is cut at every separator, and nothing raises."""
    assert all(set(word).isdisjoint(SEPARATORS) for word in in_order(text))
    assert asked("-- !") == ()
    assert asked("a* b") == (Word("a", beginning=True), Word("b"))

"""What changed between two texts, word by word."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib.word_diff import Piece, differs, word_diff
from consent.notices import shipped
from consent.rules.notices import LONGEST_TEXT
from consent.vocabulary import ConsentType


def joined(pieces: tuple[Piece, ...], *kinds: str) -> str:
    """Return the text of the pieces of these kinds."""
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


@pytest.mark.parametrize(
    ("older", "newer", "found"),
    [
        ("We keep it.", "We keep it.", [("same", "We keep it.")]),
        ("We sell it.", "We keep it.", [("same", "We "), ("removed", "sell "), ("added", "keep "), ("same", "it.")]),
        ("", "New", [("added", "New")]),
        ("Old", "", [("removed", "Old")]),
        ("a b", "a", [("same", "a"), ("removed", " b")]),
        ("a  b", "a b", [("same", "a b")]),  # other spaces are no change
        # a changed word at the end of a line leaves the line as it is
        ("one.\n\ntwo", "One.\n\ntwo", [("removed", "one."), ("added", "One."), ("same", "\n\ntwo")]),
        # a line that ends in the place of a space: without the space two older words would be one
        ("one two", "one\ntwo", [("same", "one"), ("removed", " "), ("added", "\n"), ("same", "two")]),
    ],
)
def test_words_that_changed_are_told(older: str, newer: str, found: list[tuple[str, str]]) -> None:
    """And nothing else."""
    assert [(piece.kind, piece.text) for piece in word_diff(older, newer)] == found


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_both_texts_can_be_read_from_the_pieces(older: str, newer: str) -> None:
    """The newer one letter by letter; the older one in its words."""
    pieces = word_diff(older, newer)
    assert joined(pieces, "same", "added") == newer
    assert joined(pieces, "same", "removed").split() == older.split()
    assert differs(word_diff(newer, newer)) is False


def test_the_longest_notice_takes_no_time() -> None:
    """Ten thousand characters with a change in every line, while somebody types."""
    text = (shipped.source("en", ConsentType.SERVICE) * 5)[:LONGEST_TEXT]
    changed = text.replace(" the ", " our ").replace("$", "$$")
    start = time.perf_counter()
    assert differs(word_diff(text, changed))
    assert time.perf_counter() - start < 2

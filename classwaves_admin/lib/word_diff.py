"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "removed", "added"]
# The end of a line with what is empty after it, a word with the spaces behind it, or spaces that begin a text.
_WORD = re.compile(r"\n\s*|\S+[^\S\n]*|[^\S\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stand in both texts, or in one alone. The spaces behind the last word belong to it."""

    kind: Kind
    text: str


def word_diff(older: str, newer: str) -> tuple[Piece, ...]:
    """Return the pieces that lead from one text to the other; the added and the same ones together are `newer`.

    Other spaces between the same words are no change, but a line that ends elsewhere is. A line's end is a
    word of its own, so that a changed word before it does not double the line.
    """
    return tuple(_pieces(_WORD.findall(older), _WORD.findall(newer)))


def differs(pieces: tuple[Piece, ...]) -> bool:
    """Tell whether anything was added or removed."""
    return any(piece.kind != "same" for piece in pieces)


def _pieces(older: list[str], newer: list[str]) -> Iterator[Piece]:
    # Without `autojunk` a word that is frequent in a long text would never match.
    matcher = SequenceMatcher(None, [_key(word) for word in older], [_key(word) for word in newer], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(newer[k:m]))
            continue
        if gone := _space_before(older[:i], newer[:k]) + "".join(older[i:j]):
            yield Piece("removed", gone)
        if m > k:
            yield Piece("added", "".join(newer[k:m]))


def _space_before(older: list[str], newer: list[str]) -> str:
    """Return the space that the older text has before its next word, where the newer one ends or breaks off."""
    if not older or not newer or newer[-1] != newer[-1].rstrip():
        return ""
    return older[-1][len(older[-1].rstrip()) :]


def _key(word: str) -> str:
    return word.strip(" \t") if "\n" in word else word.strip()

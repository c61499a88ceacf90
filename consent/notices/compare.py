"""What changed between two texts of a notice, part by part."""

from __future__ import annotations

from dataclasses import dataclass

from classwaves_admin.lib.word_diff import Piece, differs, word_diff
from consent.notices.texts import Source
from consent.rules.notices import as_markdown


@dataclass(frozen=True, slots=True)
class Compared:
    """One part that differs: the text (`slot` is empty), or the words for a slot."""

    slot: str
    pieces: tuple[Piece, ...]


def compare(older: Source, newer: Source) -> tuple[Compared, ...]:
    """Return the parts that differ, the text first; nothing where parents would read the same."""
    parts = {"": (older.text.strip(), newer.text.strip())}
    for slot in dict.fromkeys([*older.words, *newer.words]):
        parts[slot] = (as_markdown(slot, older.words.get(slot, "")), as_markdown(slot, newer.words.get(slot, "")))
    compared = (Compared(slot, word_diff(*texts)) for slot, texts in parts.items())
    return tuple(one for one in compared if differs(one.pieces))

"""The name by which a child may be called in a mail."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def first_name(display_name: str) -> str:
    """Return the given name alone: a mail never carries a child's surname.

    `Lopez, Ana` and `Ana Lopez` give `Ana`; a name without a space is kept whole; `Lopez,` gives nothing.
    """
    before, comma, after = display_name.partition(",")
    words = one_line(after if comma else before).split()
    return words[0] if words else ""


def without_name(names: Iterable[tuple[str, str]]) -> set[str]:
    """Return those of the students, given with their display names, whom no mail can call by a name."""
    return {student_id for student_id, display_name in names if not first_name(display_name)}


def one_line(text: str) -> str:
    """Return text fit for a subject line: single spaces, no control characters."""
    return " ".join("".join(" " if unicodedata.category(one) == "Cc" else one for one in text).split())

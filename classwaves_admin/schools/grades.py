"""School grades: the words that rosters use for them, and the words that people read."""

from __future__ import annotations

# Each grade's code in our addresses, its label, and how rosters write it (CEDS codes and plain numbers).
_GRADES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("pk", "Pre-kindergarten", ("PK", "PR", "Pre-K")),
    ("kg", "Kindergarten", ("KG", "K", "TK")),
    *((str(year), f"Grade {year}", (str(year), f"{year:02d}")) for year in range(1, 10)),
    *((str(year), f"Grade {year}", (str(year),)) for year in range(10, 14)),
)
CHOICES: tuple[tuple[str, str], ...] = tuple((code, label) for code, label, _ in _GRADES)
_STORED = {code: stored for code, _, stored in _GRADES}
_CODES = {word: code for code, _, stored in _GRADES for word in stored}
_LABELS = {word: label for _, label, stored in _GRADES for word in stored}
_PLACES = {label: place for place, (_, label, _) in enumerate(_GRADES)}


def stored_words(code: str) -> tuple[str, ...]:
    """Return how `users.students.grade_level` may write the grade; empty for an unknown code."""
    return _STORED.get(code, ())


def grade_code(stored: str | None) -> str:
    """Return the code of a stored grade; empty for a word that no roster standard knows."""
    return _CODES.get(stored or "", "")


def grade_label(stored: str | None) -> str:
    """Return the words for a stored grade; a word that no roster standard knows is shown as it is."""
    return _LABELS.get(stored or "", stored or "")


def grade_place(stored: str | None) -> tuple[int, str]:
    """Return what sorts grades from the youngest to the oldest, unknown words last."""
    label = grade_label(stored)
    return _PLACES.get(label, len(_PLACES)), label

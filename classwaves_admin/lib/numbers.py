"""Whole numbers that a form or an address sends."""

from __future__ import annotations

__all__ = ["whole"]

# As many digits stay far below what every database holds.
MOST_DIGITS = 9


def whole(text: str, *, otherwise: int) -> int:
    """Return the number of a few plain digits; `otherwise` for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else otherwise

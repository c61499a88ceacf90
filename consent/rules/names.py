"""The name by which a child may be called in a mail."""

from __future__ import annotations


def first_name(display_name: str) -> str:
    """Return the given name alone: a mail never carries a child's surname.

    `Lopez, Ana` and `Ana Lopez` give `Ana`; a name without a space is kept whole; `Lopez,` gives nothing.
    """
    before, comma, after = display_name.partition(",")
    words = (after if comma else before).split()
    return words[0] if words else ""

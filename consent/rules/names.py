"""The name by which a child may be called in a mail."""

from __future__ import annotations


def first_name(display_name: str) -> str:
    """Return the given name alone: a mail never carries a child's surname.

    `Lopez, Ana` and `Ana Lopez` give `Ana`; a name without a space is kept whole.
    """
    family, comma, given = display_name.partition(",")
    words = (given if comma and given.strip() else family).split()
    return words[0] if words else ""

"""How much of a child's name the portal keeps."""

from __future__ import annotations


def display_name(given: str, family: str) -> str:
    """Return the first name and the initial of the family name: all that the catalog keeps of a name."""
    return f"{given.strip()} {family.strip()[:1]}.".strip()

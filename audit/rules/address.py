"""Which pieces of a search may stand readable in an address: codes, days and ids, never what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from audit.rules.language import WORD, Term

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PEOPLE = ("actor", "student")
_TYPED = (WORD, "ip")


def is_id(text: str) -> bool:
    """Tell whether the text is an id as the catalog writes it (UUID), which names nobody."""
    return ID.fullmatch(text) is not None


def may_stand_open(term: Term) -> bool:
    """Tell whether a piece is a code, a day or an id: no word, no name, no network address."""
    return term.name not in _TYPED and (term.name not in PEOPLE or is_id(term.value))


def parted(terms: Iterable[Term]) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Return the pieces that may stand open, and those that are sealed."""
    everything = tuple(terms)
    return tuple(filter(may_stand_open, everything)), tuple(term for term in everything if not may_stand_open(term))

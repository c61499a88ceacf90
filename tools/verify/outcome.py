"""How a check says that the warehouse is not as it was assumed to be."""

from __future__ import annotations

from typing import Any


class Wrong(Exception):
    """The warehouse answered otherwise than the portal relies on; the text says what came."""


def expect(got: Any, wanted: Any, what: str) -> None:
    """Raise Wrong unless both are equal."""
    if got != wanted:
        raise Wrong(f"{what}: {got!r} came, {wanted!r} was expected.")

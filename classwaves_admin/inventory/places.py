"""What a child's deletion does to the rows of this app."""

from __future__ import annotations

from retention.places import Place

__all__ = ["PLACES"]

_NOBODY = "About tables and companies: no row is about a student."

PLACES: tuple[Place, ...] = tuple(
    Place(f"inventory.{model}", keeps=_NOBODY)
    for model in ("Survey", "TableCount", "Subprocessor", "SubprocessorChange")
)

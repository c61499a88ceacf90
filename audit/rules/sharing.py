"""With whom a search that is kept can be shared."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOBODY", "Circle"]


@dataclass(frozen=True, slots=True)
class Circle:
    """Who sees a search besides its owner: those of one school's log, or those with a role in one district."""

    school_id: str = ""
    district_id: str = ""

    def __bool__(self) -> bool:
        """Tell whether there is anybody."""
        return bool(self.school_id or self.district_id)


NOBODY = Circle()

"""Numbers turned into bars. Pure: counts in, positions in per cent out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# A part narrower than this has no room for its number; the key and the table still tell it.
ROOM_FOR_NUMBER = 8.0


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bar. `start` and `width` are per cent of the bar; `url` is the list behind the number."""

    label: str
    tone: str
    count: int
    start: float
    width: float
    url: str = ""

    @property
    def middle(self) -> float:
        """Where the number stands, in per cent of the bar."""
        return round(self.start + self.width / 2, 3)

    @property
    def shows_number(self) -> bool:
        """Tell whether the number fits inside."""
        return self.width >= ROOM_FOR_NUMBER


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, with its name, the sum of its parts and the list behind it."""

    name: str
    total: int
    parts: tuple[Part, ...]
    url: str = ""


def stacked(name: str, parts: Sequence[Mapping[str, Any]], url: str = "") -> Bar:
    """Return the bar of `parts`, each a mapping with `label`, `count`, `tone` and, where it has a list, `url`.

    Parts that count nothing stay, with no width, so that the table of the chart is complete.
    """
    total = sum(int(part["count"]) for part in parts)
    start = 0.0
    pieces: list[Part] = []
    for part in parts:
        count = int(part["count"])
        width = 100 * count / total if total else 0.0
        place = (round(start, 3), round(width, 3))
        pieces.append(Part(str(part["label"]), str(part["tone"]), count, *place, str(part.get("url", ""))))
        start += width
    return Bar(name, total, tuple(pieces), url)

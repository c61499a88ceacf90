"""How fast something answers, from counts by duration. Pure: counts in, milliseconds out.

Durations are kept as they are below a tenth of a second, in steps of 10 ms below a second, of 100 ms above: a
percentile is told to within ten percent, and no list of single requests is read.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["FINE", "MIDDLE", "STEPS", "Speed", "percent_words", "percentile", "step_of", "time_words", "together"]

# Below FINE every millisecond counts for itself, below MIDDLE every ten, above every hundred.
FINE, MIDDLE = 100, 1_000
# A share below this, in percent, is told as below it.
LEAST_SHOWN = 0.1
# The parts of a chart: up to so many milliseconds.
STEPS = (
    (100, "up to 0.1 s", "good"),
    (500, "up to 0.5 s", "info"),
    (2_000, "up to 2 s", "wait"),
    (None, "longer", "bad"),
)


def step_of(milliseconds: int) -> int:
    """Return the beginning of the step in which a duration counts."""
    if milliseconds < FINE:
        return milliseconds
    return milliseconds - milliseconds % (10 if milliseconds < MIDDLE else 100)


def percentile(durations: Mapping[int, int], share: float) -> int | None:
    """Return the duration that `share` of all requests do not exceed (nearest rank); None where there are none."""
    total = sum(durations.values())
    if not total:
        return None
    rank, seen = max(math.ceil(share * total), 1), 0
    for duration in sorted(durations):
        seen += durations[duration]
        if seen >= rank:
            return duration
    return max(durations)


@dataclass(slots=True)
class Speed:
    """One endpoint in numbers: requests by duration, and how many of them were refused or failed."""

    endpoint: str
    method: str
    durations: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    failed: int = 0

    def add(self, duration: int, requests: int, refused: int, failed: int) -> None:
        """Add requests of one duration."""
        self.durations[duration] += requests
        self.refused += refused
        self.failed += failed

    @property
    def requests(self) -> int:
        """How many requests were counted."""
        return self.durations.total()

    @property
    def failed_share(self) -> float:
        """Failed requests in percent."""
        return 100 * self.failed / self.requests if self.requests else 0.0

    @property
    def refused_share(self) -> float:
        """Refused requests in percent."""
        return 100 * self.refused / self.requests if self.requests else 0.0

    @property
    def p50(self) -> int:
        """Half of the requests took no longer, in milliseconds."""
        return percentile(self.durations, 0.5) or 0

    @property
    def p95(self) -> int:
        """Nineteen of twenty requests took no longer, in milliseconds."""
        return percentile(self.durations, 0.95) or 0

    @property
    def p99(self) -> int:
        """All but one of a hundred requests took no longer, in milliseconds."""
        return percentile(self.durations, 0.99) or 0

    def parts(self) -> list[dict[str, object]]:
        """Return the parts of its bar in a chart."""
        found, least = [], None
        for most, label, tone in STEPS:
            within = [one for one in self.durations if (least is None or one > least) and (most is None or one <= most)]
            count = sum(self.durations[one] for one in within)
            found.append({"label": label, "count": count, "tone": tone})
            least = most
        return found


def together(speeds: Iterable[Speed]) -> Speed:
    """Return all endpoints as one."""
    every = Speed("", "")
    for one in speeds:
        every.durations.update(one.durations)
        every.refused += one.refused
        every.failed += one.failed
    return every


def time_words(milliseconds: int) -> str:
    """Return a duration as people read it: 85 ms, 1.2 s."""
    return f"{milliseconds} ms" if milliseconds < MIDDLE else f"{milliseconds / 1000:.1f} s"


def percent_words(share: float) -> str:
    """Return a share as people read it: 0 %, below 0.1 %, 2.5 %."""
    if not share:
        return "0 %"
    return f"below {LEAST_SHOWN} %" if share < LEAST_SHOWN else f"{share:.1f} %"

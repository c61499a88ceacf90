"""Figures over time turned into lines. Pure: counts in, shares and positions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from consent.queries.coverage_days import Point

WIDTH, HEIGHT, MARGIN = 200, 32, 3
TOGETHER = "All together"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a share in per cent for each day, None where nothing was counted; `path` is for an SVG polyline.

    `url` is the list of whom the newest share counts.
    """

    name: str
    shares: tuple[int | None, ...]
    counts: tuple[tuple[int, int] | None, ...]
    path: str
    url: str = ""

    @property
    def first(self) -> int | None:
        """Return the first share."""
        return next((share for share in self.shares if share is not None), None)

    @property
    def last(self) -> int | None:
        """Return the newest share."""
        return next((share for share in reversed(self.shares) if share is not None), None)

    @property
    def change(self) -> int:
        """Return by how many points the share has changed."""
        return (self.last or 0) - (self.first or 0)


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over the same days."""

    days: tuple[date, ...]
    lines: tuple[Line, ...]
    worked_out_until: date | None

    @property
    def is_drawn(self) -> bool:
        """Tell whether there is more than one day to compare."""
        return len(self.days) > 1


def chart(
    points: Iterable[Point],
    named: Callable[[str], str],
    *,
    most: int,
    address: Callable[[str | None], str] = lambda _name: "",
) -> Chart:
    """Return the lines of all names, the one of all together first; `named` gives the words for a name.

    `address` gives the list behind a name, and for None that of all together.
    """
    found = list(points)
    days = tuple(sorted({point.day for point in found}))
    by_name: dict[str, list[Point]] = {}
    for point in found:
        by_name.setdefault(point.name, []).append(point)
    lines = [_line(TOGETHER, days, found, address(None))] if found else []
    if len(by_name) > 1:
        lines += [_line(named(name), days, theirs, address(name)) for name, theirs in by_name.items()][:most]
    worked_out = [point.day for point in found if point.worked_out]
    return Chart(days, tuple(lines), max(worked_out, default=None))


def _line(name: str, days: Sequence[date], points: Iterable[Point], url: str) -> Line:
    sums = dict.fromkeys(days, (0, 0))
    for point in points:
        yes, of = sums[point.day]
        sums[point.day] = (yes + point.recordable, of + point.students)
    counts = tuple(pair if pair[1] else None for pair in sums.values())
    shares = tuple(None if pair is None else 100 * pair[0] // pair[1] for pair in counts)
    return Line(name, shares, counts, _path(days, shares), url)


def _path(days: Sequence[date], shares: Sequence[int | None]) -> str:
    """Return the points of the line: days in their true distances, 0 to 100 per cent from the bottom to the top."""
    length = max((days[-1] - days[0]).days, 1)
    places = []
    for day, share in zip(days, shares, strict=True):
        if share is not None:
            x = MARGIN + (WIDTH - 2 * MARGIN) * (day - days[0]).days / length
            y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share / 100
            places.append(f"{x:.1f},{y:.1f}")
    return " ".join(places)

"""What a long report is: columns, rows, two charts, and the words around them. Plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from classwaves_admin.lib.safe_csv import Cell

# More bars than these no reader compares.
MOST_TIMES, MOST_GROUPS = 18, 8
# Names of schools on the cover; each row says of which it is.
MOST_SCHOOLS = 40
OTHER = "Everything else"
EVERY_ROW = (
    "every one that the records of the portal have for the school, the period and the filters above, as they stood at "
    "the moment named there"
)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Column:
    """A printed column: its heading, and its part of the page's width in percent. `code` is set in narrow letters."""

    title: str
    width: float
    code: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is printed, what the CSV file holds, and where it counts in the two charts; "" counts nowhere."""

    cells: Sequence[str]
    values: Sequence[Cell]
    counts: tuple[date | str, date | str]


@dataclass(frozen=True, slots=True)
class ChartOf:
    """What a chart counts. A chart of days is drawn over time, any other one by size or in `order`."""

    title: str
    of: str
    over_time: bool = False
    order: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its share of the longest one, in percent."""

    label: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that is ready to be drawn."""

    title: str
    of: str
    bars: tuple[Bar, ...]
    over_time: bool
    step: str = ""

    @property
    def note(self) -> str:
        """Return what a bar counts."""
        return f"Each bar counts the {self.of} of {self.step}." if self.step else f"Each bar counts {self.of}."

    @property
    def words(self) -> str:
        """Return the chart in words, for people who hear it."""
        return f"{self.title}. " + "; ".join(f"{bar.label}: {bar.count:,}" for bar in self.bars)


@dataclass(frozen=True, slots=True)
class LongReport:
    """A report before it is printed. `rows` is read once; `statement` says what they are.

    `rows_in` names the file that holds them where they are too many to be printed: then the report is its cover.
    """

    title: str
    lead: str
    about: str
    zone: ZoneInfo
    period: str
    filters: str
    as_of: datetime
    columns: Sequence[Column]
    header: Sequence[str]
    charts: tuple[ChartOf, ChartOf]
    legend: Sequence[tuple[str, str]]
    rows: Iterator[Row]
    basis: str = ""
    statement: str = EVERY_ROW
    schools: Sequence[str] = ()
    rows_in: str = ""

    @property
    def school_words(self) -> str:
        """Return the names of the schools, or of as many as a cover has room for."""
        if not self.schools:
            return self.about
        rest = len(self.schools) - MOST_SCHOOLS
        return ", ".join(self.schools[:MOST_SCHOOLS]) + (f" and {rest:,} more" if rest > 0 else "")


@dataclass(slots=True)
class Tally:
    """Counts rows for the two charts as they pass."""

    charts: tuple[ChartOf, ChartOf]
    counters: tuple[Counter[date | str], Counter[date | str]] = field(default_factory=lambda: (Counter(), Counter()))

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows as they are."""
        for row in rows:
            for counter, label in zip(self.counters, row.counts, strict=True):
                if label:
                    counter[label] += 1
            yield row

    def drawn(self) -> list[Chart]:
        """Return the two charts."""
        return [_drawn(chart, counter) for chart, counter in zip(self.charts, self.counters, strict=True)]

    @property
    def days(self) -> tuple[date, date] | None:
        """Return the first and the last day that rows are of, or None where no chart tells."""
        found = [label for counter in self.counters for label in counter if isinstance(label, date)]
        return (min(found), max(found)) if found else None


def _drawn(chart: ChartOf, counter: Counter[date | str]) -> Chart:
    pairs, step = _over_time(counter) if chart.over_time else (_by_size(counter, chart.order), "")
    longest = max((count for _, count in pairs), default=0)
    bars = tuple(Bar(label, count, 100 * count / longest if longest else 0.0) for label, count in pairs)
    return Chart(chart.title, chart.of, bars, chart.over_time, step)


def _by_size(counter: Counter[date | str], order: Sequence[str]) -> list[tuple[str, int]]:
    if order:
        return [(label, counter[label]) for label in order]
    pairs = sorted(((str(label), count) for label, count in counter.items()), key=lambda pair: (-pair[1], pair[0]))
    if len(pairs) <= MOST_GROUPS:
        return pairs
    rest = sum(count for _, count in pairs[MOST_GROUPS - 1 :])
    return [*pairs[: MOST_GROUPS - 1], (OTHER, rest)]


def _over_time(counter: Counter[date | str]) -> tuple[list[tuple[str, int]], str]:
    """Return days, weeks, months or years in order, whichever are few enough, gaps included, and what a bar is."""
    days = sorted(day for day in counter if isinstance(day, date))
    if not days:
        return [], ""
    steps = ((_days, "a day"), (_weeks, "a week, from the Monday under it"), (_months, "a month"))
    for step, words in steps:
        starts = step(days[0], days[-1])
        if starts is not None:
            return _counted(counter, days, starts), words
    return _counted(counter, days, _years(days[0], days[-1])), "a year or more"


def _counted(counter: Counter[date | str], days: Sequence[date], starts: _Starts) -> list[tuple[str, int]]:
    found = dict.fromkeys(starts, 0)
    place, keys = 0, list(starts)
    for day in days:
        while place + 1 < len(keys) and keys[place + 1] <= day:
            place += 1
        found[keys[place]] += counter[day]
    return [(starts[start], count) for start, count in found.items()]


_Starts = dict[date, str]


def _days(first: date, last: date) -> _Starts | None:
    number = (last - first).days + 1
    if number > MOST_TIMES:
        return None
    return {day: f"{day:%b} {day.day}" for day in (first + timedelta(days=one) for one in range(number))}


def _weeks(first: date, last: date) -> _Starts | None:
    monday = first - timedelta(days=min(first.weekday(), (first - date.min).days))
    number = (last - monday).days // _WEEK + 1
    if number > MOST_TIMES:
        return None
    return {day: f"{day:%b} {day.day}" for day in (monday + timedelta(days=_WEEK * one) for one in range(number))}


def _months(first: date, last: date) -> _Starts | None:
    number = (last.year - first.year) * 12 + last.month - first.month + 1
    if number > MOST_TIMES:
        return None
    months = [divmod(first.month - 1 + one, 12) for one in range(number)]
    return {(day := date(first.year + years, month + 1, 1)): f"{day:%b %Y}" for years, month in months}


def _years(first: date, last: date) -> _Starts:
    """Return years, several to a bar where clocks went far astray."""
    step = (last.year - first.year) // MOST_TIMES + 1
    years = range(first.year, last.year + 1, step)
    return {date(year, 1, 1): f"{year}" if step == 1 else f"from {year}" for year in years}


def period_words(since: datetime | None, until: datetime | None, zone: ZoneInfo) -> str:
    """Return the period in words: from its first instant to the first one after it, on the clock of a zone."""
    first = None if since is None else since.astimezone(zone).date()
    last = None if until is None else (until - timedelta(microseconds=1)).astimezone(zone).date()
    return days_words(first, last)


def days_words(first: date | None, last: date | None) -> str:
    """Return a period in words, both of its days included."""
    if first is None and last is None:
        return "All days on record"
    if first is None or last is None:
        return f"Up to and including {_day(last)}" if last else f"From {_day(first)} on" if first else ""
    return f"From {_day(first)} to {_day(last)}, both included"


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"

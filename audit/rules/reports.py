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
    """One row: what is printed, what the CSV file holds, and where it counts in the two charts."""

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

    @property
    def words(self) -> str:
        """Return the chart in words, for people who hear it."""
        return f"{self.title}. " + "; ".join(f"{bar.label}: {bar.count:,}" for bar in self.bars)


@dataclass(frozen=True, slots=True)
class LongReport:
    """A report before it is printed. `rows` is read once; `statement` says what they are."""

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


@dataclass(slots=True)
class Tally:
    """Counts rows for the two charts as they pass."""

    charts: tuple[ChartOf, ChartOf]
    counters: tuple[Counter[date | str], Counter[date | str]] = field(default_factory=lambda: (Counter(), Counter()))

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows as they are."""
        for row in rows:
            for counter, label in zip(self.counters, row.counts, strict=True):
                counter[label] += 1
            yield row

    def drawn(self) -> list[Chart]:
        """Return the two charts."""
        return [
            Chart(chart.title, chart.of, tuple(_bars(chart, counter)), chart.over_time)
            for chart, counter in zip(self.charts, self.counters, strict=True)
        ]


def _bars(chart: ChartOf, counter: Counter[date | str]) -> Iterator[Bar]:
    pairs = _over_time(counter) if chart.over_time else _by_size(counter, chart.order)
    longest = max((count for _, count in pairs), default=0)
    for label, count in pairs:
        yield Bar(label, count, 100 * count / longest if longest else 0.0)


def _by_size(counter: Counter[date | str], order: Sequence[str]) -> list[tuple[str, int]]:
    if order:
        return [(label, counter[label]) for label in order]
    pairs = sorted(((str(label), count) for label, count in counter.items()), key=lambda pair: (-pair[1], pair[0]))
    if len(pairs) <= MOST_GROUPS:
        return pairs
    rest = sum(count for _, count in pairs[MOST_GROUPS - 1 :])
    return [*pairs[: MOST_GROUPS - 1], (OTHER, rest)]


def _over_time(counter: Counter[date | str]) -> list[tuple[str, int]]:
    """Return days, weeks, months or years in order, whichever are few enough, gaps included."""
    days = sorted(day for day in counter if isinstance(day, date))
    if not days:
        return []
    for step in (_days, _weeks, _months):
        starts = step(days[0], days[-1])
        if starts is not None:
            break
    else:
        starts = _years(days[0], days[-1])
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
    """Return the period in words, both of its days included."""
    if since is None and until is None:
        return "From the first to the last day"
    start = "the first day" if since is None else _day(since, zone)
    end = "the last day" if until is None else _day(until - timedelta(microseconds=1), zone)
    return f"From {start} to {end}, both included"


def _day(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%b} {local.day}, {local.year}"

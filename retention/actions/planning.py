"""Counts what a run would take: reads the ids of rows that are due, page by page, and keeps them as segments.

Nothing is destroyed here. What people approve is this list, row for row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db import transaction

from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from retention.actions.runs import note_counted
from retention.fates import Fate, Rule
from retention.models import Run, RunState, Segment
from retention.queries.due import OfNoSchool
from retention.queries.kept import Kept, kept_at
from retention.queries.reach import GOES, Place, between, judged, owners_among, reach, rules_of_run
from retention.rules.prints import digest_of, prints_of
from retention.rules.runs import ARCHIVE, MARK, SEGMENT, month_of

__all__ = ["WITH_A_PART", "Found", "place_of", "plan_portion", "written"]

WITH_A_PART = "Something that belongs to them stays."


class Found(NamedTuple):
    """A row that is due: its id, where it stands, what moment counts, that of its own clock, and what keeps it."""

    id: str
    place: datetime
    due: datetime
    clock: datetime
    stays: int


def plan_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Read one more page of ids; none is read twice."""
    run = Run.objects.get(pk=job.subject_id)
    rules = rules_of_run(run)
    at = run.cursor.get("table", 0)
    if run.state != RunState.COUNTING or at >= len(rules):
        return kinds.Progress(len(rules), len(rules), finished=True)
    rule, after = rules[at], place_of(run.cursor.get("place"))
    try:
        page = _page(run, rule, after)
    except OfNoSchool:
        run.numbers[rule.name] = None
        page = []
    with transaction.atomic():
        is_last = len(page) < SEGMENT
        upto = None if is_last else (page[-1].place, page[-1].id)
        if page:
            _keep(run, rule, page, kept_at(run.school_id), after, upto)
        run.cursor = {"table": at + 1} if is_last else {"table": at, "place": written(upto)}
        run.save(update_fields=["cursor", "numbers"])
        if is_last and at + 1 == len(rules):
            note_counted(run=run, by=job.by, now=now)
    return kinds.Progress(at + is_last, len(rules), finished=run.counted_at is not None)


def place_of(kept: Sequence[str] | None) -> Place | None:
    """Return a place as it was written down; None for an open end."""
    return (datetime.fromisoformat(kept[0]), kept[1]) if kept else None


def written(place: Place | None) -> list[str]:
    """Return a place as JSON takes it; nothing for an open end."""
    return [place[0].isoformat(), place[1]] if place else []


def _page(run: Run, rule: Rule, after: Place | None) -> list[Found]:
    rows, _ = judged(rule, between(reach(run, rule), after, None), kept_at(run.school_id))
    found = rows.order_by("place", "pk").values_list("pk", "place", "due", "clock", "stays")
    return [Found(*row) for row in found[:SEGMENT]]


def _keep(run: Run, rule: Rule, page: list[Found], kept: Kept, after: Place | None, upto: Place | None) -> None:
    """Write down what of a page goes, as a segment, and what stays, as numbers by reason."""
    _, reasons = judged(rule, reach(run, rule), kept)
    bound = owners_among(run, rule, after, (page[-1].place, page[-1].id), kept)
    goes = [row for row in page if row.stays == GOES and row.id not in bound]
    why = Counter(reasons[row.stays] for row in page if row.stays != GOES)
    why[WITH_A_PART] += sum(row.stays == GOES and row.id in bound for row in page)
    none = {"found": 0, "delete": 0, "archive": 0, "oldest": "", "newest": "", "kept": {}}
    numbers = run.numbers.setdefault(rule.name, none)
    numbers["found"] += len(page)
    numbers["kept"] = dict(Counter(numbers["kept"]) + why)
    if goes:
        moments = [numbers[name] for name in ("oldest", "newest") if numbers[name]]
        moments += [row.due.isoformat() for row in goes]
        numbers["oldest"], numbers["newest"] = min(moments), max(moments)
    for (fate, month), rows in _by_fate(run, goes).items():
        numbers["archive" if month else "delete"] += len(rows)
        _write(run, Segment(table=rule.name, fate=fate, month=month, after=written(after)), rows, upto)


def _by_fate(run: Run, goes: Sequence[Found]) -> dict[tuple[str, str], list[Found]]:
    """Sort rows by what becomes of them: destroyed, or archived with others of their month."""
    found: dict[tuple[str, str], list[Found]] = {}
    for row in goes:
        destroyed = run.delete_before is not None and row.due <= run.delete_before
        to = (Fate.DELETE.value, "") if destroyed else (ARCHIVE, month_of(row.clock))
        found.setdefault(to, []).append(row)
    return found


def _write(run: Run, segment: Segment, rows: Sequence[Found], upto: Place | None) -> None:
    """Write a segment of some rows between two places down, as the next one of its run."""
    ids = [row.id for row in rows]
    # The last mark is the end of the page, which may be open: what comes up behind the last row is noticed too.
    ends = [written((row.place, row.id)) for row in islice(rows, MARK - 1, len(rows) - 1, MARK)]
    segment.run, segment.number = run, run.segments.count() + 1
    if upto is None:
        ends.append(written((rows[-1].place, rows[-1].id)))
    segment.marks = [*ends, written(upto)]
    segment.rows, segment.ids_sha256, segment.prints = len(ids), digest_of(ids), prints_of(ids)
    segment.save(force_insert=True)

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
from retention.actions import job_rows
from retention.fates import Fate, Rule
from retention.models import Run, RunState, Segment
from retention.queries.due import OfNoSchool
from retention.queries.kept import Kept, kept_at
from retention.queries.reach import GOES, Place, between, judged, owners_among, reach, rules_of_run
from retention.rules.prints import digest_of, prints_of
from retention.rules.runs import MARK, SEGMENT

__all__ = ["WITH_A_PART", "Found", "place_of", "plan_portion", "written"]

WITH_A_PART = "Something that belongs to them stays."


class Found(NamedTuple):
    """A row that is due: its id, where it stands, what moment counts, and the number of what keeps it."""

    id: str
    place: datetime
    due: datetime
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
        if is_last and at + 1 == len(rules):
            run.counted_at, run.state = now, RunState.READY
            job_rows.note(run, now=now)
        run.save(update_fields=["cursor", "numbers", "counted_at", "state"])
    return kinds.Progress(at + is_last, len(rules), finished=run.counted_at is not None)


def place_of(kept: Sequence[str] | None) -> Place | None:
    """Return a place as it was written down; None for an open end."""
    return (datetime.fromisoformat(kept[0]), kept[1]) if kept else None


def written(place: Place | None) -> list[str]:
    """Return a place as JSON takes it; nothing for an open end."""
    return [place[0].isoformat(), place[1]] if place else []


def _page(run: Run, rule: Rule, after: Place | None) -> list[Found]:
    rows, _ = judged(rule, between(reach(run, rule), after, None), kept_at(run.school_id))
    found = rows.order_by("place", "pk").values_list("pk", "place", "due", "stays")
    return [Found(*row) for row in found[:SEGMENT]]


def _keep(run: Run, rule: Rule, page: list[Found], kept: Kept, after: Place | None, upto: Place | None) -> None:
    """Write down what of a page goes, as a segment, and what stays, as numbers by reason."""
    _, reasons = judged(rule, reach(run, rule), kept)
    bound = owners_among(run, rule, after, (page[-1].place, page[-1].id), kept)
    goes = [row for row in page if row.stays == GOES and row.id not in bound]
    why = Counter(reasons[row.stays] for row in page if row.stays != GOES)
    why[WITH_A_PART] += sum(row.stays == GOES and row.id in bound for row in page)
    numbers = run.numbers.setdefault(rule.name, {"found": 0, "delete": 0, "oldest": "", "newest": "", "kept": {}})
    numbers["found"] += len(page)
    numbers["delete"] += len(goes)
    numbers["kept"] = dict(Counter(numbers["kept"]) + why)
    if goes:
        moments = [numbers[name] for name in ("oldest", "newest") if numbers[name]]
        moments += [row.due.isoformat() for row in goes]
        numbers["oldest"], numbers["newest"] = min(moments), max(moments)
        _write(run, rule, Fate.DELETE, goes, after, upto)


def _write(run: Run, rule: Rule, fate: Fate, goes: Sequence[Found], after: Place | None, upto: Place | None) -> None:
    ids = [row.id for row in goes]
    ends = [written((row.place, row.id)) for row in islice(goes, MARK - 1, None, MARK)]
    last = len(goes) % MARK == 0
    Segment.objects.create(
        run=run,
        number=run.segments.count() + 1,
        table=rule.name,
        fate=fate,
        after=written(after),
        marks=[*(ends[:-1] if last else ends), written(upto)],
        rows=len(ids),
        ids_sha256=digest_of(ids),
        prints=prints_of(ids),
    )

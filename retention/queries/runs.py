"""Runs as pages show them. No warehouse query but for names of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.inventory import Retention
from retention.fates import Fate
from retention.models import Leftover, Run, RunKind, RunState, Segment

__all__ = [
    "PAGE_SIZE",
    "TableOfRun",
    "last_runs",
    "leftover_page",
    "open_run",
    "people_of_runs",
    "run_page",
    "runs_waiting",
    "tables_of",
]

PAGE_SIZE = 50
OPEN = (RunState.COUNTING, RunState.READY, RunState.RUNNING, RunState.PAUSED)


@dataclass(slots=True)
class TableOfRun:
    """One table of a run in numbers: what was counted, and what became of it so far.

    `kept` is what stayed already when the rows were counted, `stayed` what was to go and did not, each by reason.
    `of_no_school` tells that no school's policy rules the table alone.
    """

    name: str
    found: int = 0
    delete: int = 0
    archive: int = 0
    oldest: str = ""
    newest: str = ""
    kept: Mapping[str, int] = field(default_factory=dict)
    deleted: int = 0
    archived: int = 0
    gone: int = 0
    stayed: Mapping[str, int] = field(default_factory=dict)
    of_no_school: bool = False


def run_page(rows: QuerySet[Run], *, cursor: str) -> keyset.Page[Run]:
    """Return a page of these runs, newest first. Raises BadCursor."""
    return keyset.page(rows, order=("-asked_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def leftover_page(run: Run, cursor: str) -> keyset.Page[Leftover]:
    """Return a page of the rows that a run had to leave. Raises BadCursor."""
    return keyset.page(Leftover.objects.filter(run=run), order=("id",), size=PAGE_SIZE, cursor=cursor)


def tables_of(run: Run) -> list[TableOfRun]:
    """Return the numbers of a run by table, in the order in which it takes them."""
    found = {name: TableOfRun(name, **numbers) if numbers else _of_none(name) for name, numbers in run.numbers.items()}
    columns = ("table", "fate", "removed", "gone", "stayed")
    for table, fate, removed, gone, stayed in Segment.objects.filter(run=run).values_list(*columns):
        one = found.setdefault(table, TableOfRun(table))
        if fate == Fate.DELETE:
            one.deleted += removed
        else:
            one.archived += removed
        one.gone += gone
        one.stayed = dict(Counter(one.stayed) + Counter(stayed))
    return list(found.values())


def open_run(school_id: str, kind: str) -> Run | None:
    """Return the run of a policy that a night has to wait for, None where there is none.

    One that somebody has counted by hand and not approved may lie for months: no night waits for it.
    """
    runs = _of_policies(school_id).filter(policy_type=kind, state__in=OPEN)
    undecided = Q(by_night=False, state__in=[RunState.COUNTING, RunState.READY])
    return runs.exclude(undecided).order_by("-asked_at", "-id").first()


def last_runs(school_id: str) -> dict[str, Run]:
    """Return the newest run of each policy of a school that nobody dropped, by kind of data: a query for each kind."""
    runs = _of_policies(school_id).exclude(state=RunState.DROPPED).order_by("-asked_at", "-id")
    newest = (runs.filter(policy_type=kind.value).first() for kind in Retention)
    return {run.policy_type: run for run in newest if run}


def runs_waiting(school: str) -> int:
    """Return how many runs of a school, or of all in scope, wait for a decision. No warehouse query."""
    rows = Run.objects.filter(school_id=school) if school else Run.objects.all()
    return rows.filter(state=RunState.READY).count()


def people_of_runs(runs: Iterable[Run]) -> Mapping[str, str]:
    """Return the names of those who asked and approved, by id: one query to the warehouse."""
    return staff_names(person for run in runs for person in (run.asked_by, run.approved_by))


def _of_policies(school_id: str) -> QuerySet[Run]:
    return Run.objects.filter(school_id=school_id, kind=RunKind.POLICY).defer("numbers", "cursor")


def _of_none(name: str) -> TableOfRun:
    return TableOfRun(name, of_no_school=True)

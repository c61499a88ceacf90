"""Imports of rosters as pages show them: those of a person's schools, how far each is, what it would change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib import keyset
from classwaves_admin.schools.staging import Stage
from classwaves_admin.tenancy.scope import Scope, system_scope
from consent.models import RosterImport, RosterImportSchool
from consent.models.rosters import RosterState

PAGE_SIZE = 50
KINDS = ("new", "changed", "leaving", "guardian")
_JOBS = {
    RosterState.READING: "consent.read_roster",
    RosterState.APPLYING: "consent.import_roster",
    RosterState.UNDOING: "consent.undo_roster",
}


def imports_in(scope: Scope, actor_id: str) -> QuerySet[RosterImport]:
    """Return the imports that a person may see: of their district, of their schools alone, or their own without any.

    Whether all schools of an import are theirs is asked of its schools outside the scope.
    """
    if scope.schools is None:
        return RosterImport.objects.all()
    with system_scope(reason="an import of a foreign school must be seen to be left out"):
        its = RosterImportSchool.objects.filter(roster_import=OuterRef("pk"))
        foreign = its.exclude(school_id__in=scope.schools)
        own = its.filter(school_id__in=scope.schools)
        # What is still without schools is its maker's; a plain table names its school from the start.
        table = Q(school_id__in=["", *scope.schools])
        mine = Q(~Exists(foreign)) & (Q(Exists(own)) | (Q(actor_id=actor_id) & table))
        return RosterImport.objects.filter(mine | Q(district__in=[*(scope.districts or ())]))


def import_page(scope: Scope, actor_id: str, cursor: str) -> keyset.Page[RosterImport]:
    """Return a page of imports, newest first. Raises BadCursor."""
    return keyset.page(imports_in(scope, actor_id), order=("-created_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def schools_of(roster_import: RosterImport) -> list[RosterImportSchool]:
    """Return the schools of an import that the person may see, by name."""
    with system_scope(reason="the import itself was found in the person's scope"):
        return list(RosterImportSchool.objects.filter(roster_import=roster_import).order_by("name", "pk"))


def current_job(roster_import: RosterImport) -> Job | None:
    """Return the job that an import waits for, None where it waits for a person or for nothing."""
    kind = _JOBS.get(RosterState(roster_import.state))
    with system_scope(reason="the import itself was found in the person's scope"):
        return job_of(kind, roster_import.pk) if kind else None


def last_failure(roster_import: RosterImport) -> str:
    """Return why applying last stopped, as a code."""
    with system_scope(reason="the import itself was found in the person's scope"):
        job = job_of("consent.import_roster", roster_import.pk)
    return job.failure if job else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison: what would change for a person, as (column, before, after)."""

    number: int
    kind: str
    name: str
    details: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A page of the lines of one school, with the counts of each kind."""

    lines: list[Line]
    counts: dict[str, int]
    following: int = 0
    previous: int | None = None


def comparison(roster_import: RosterImport, school_id: str, *, kind: str, after: int) -> Comparison:
    """Return the lines of a school behind number `after`. Raises FileNotFoundError where the file is gone."""
    with Stage.open(roster_import.stage_path) as stage:
        db = stage.connection
        counts = dict(
            db.execute("SELECT kind, count(*) FROM told WHERE school_id = ? GROUP BY kind", (school_id,)).fetchall()
        )
        narrowed, values = ("AND kind = ?", (kind,)) if kind else ("", ())
        lines = f"SELECT number, kind, name, details FROM told WHERE school_id = ? {narrowed}"  # noqa: S608 - two texts
        following = f"{lines} AND number > ? ORDER BY number LIMIT ?"
        found = db.execute(following, (school_id, *values, after, PAGE_SIZE + 1)).fetchall()
        preceding = f"{lines} AND number <= ? ORDER BY number DESC LIMIT ?"
        before = db.execute(preceding, (school_id, *values, after, PAGE_SIZE)).fetchall()
    return Comparison(
        [_line(row) for row in found[:PAGE_SIZE]],
        {name: counts.get(name, 0) for name in KINDS},
        following=found[PAGE_SIZE - 1][0] if len(found) > PAGE_SIZE else 0,
        previous=before[-1][0] - 1 if before else None,
    )


def _line(row: Sequence[str]) -> Line:
    return Line(int(row[0]), row[1], row[2], [tuple(one) for one in json.loads(row[3])])

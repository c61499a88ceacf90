"""Makings as pages show them: those that a person may have, each with its job. No warehouse query."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from audit.making import kinds
from audit.making.actions import JOB
from audit.models import MadeFile, Making
from audit.models.made import PICTURE
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import job_of, newest_jobs
from classwaves_admin.lib import keyset
from classwaves_admin.schools.queries import time_zones
from classwaves_admin.tenancy.scope import Scope, system_scope

PAGE_SIZE = 50
# Exports beside the form; the list of all files has the older ones.
OWN = 10
NEWEST_FIRST = ("-asked_at", "-id")


@dataclass(frozen=True, slots=True)
class Line:
    """A making as the list shows it."""

    making: Making
    title: str
    job: Job | None


def makings_in(scope: Scope, user_id: str) -> QuerySet[Making]:
    """Return the makings that a person may have: of one of their schools, or asked for by themselves.

    Private ones are those of who asked for them alone.

    Whether they may still see every school of the latter is for `may_have` to tell.
    """
    theirs = Making.objects.filter(~Q(kind__in=kinds.private_kinds()) | Q(asked_by=user_id))
    if scope.schools is None:
        return theirs
    return theirs.filter(Q(school_id__in=scope.schools) | Q(school_id="", asked_by=user_id))


def may_have(making: Making, scope: Scope) -> bool:
    """Tell whether every school of a making is in the scope that the person has now."""
    if scope.schools is None:
        return True
    schools = [making.school_id] if making.school_id else making.reach
    return schools is not None and set(schools) <= set(scope.schools)


def making_of(making_id: str, scope: Scope, user_id: str) -> Making | None:
    """Return a making that the person may have, or None."""
    making = makings_in(scope, user_id).select_related("asked_by").filter(pk=making_id).first()
    return making if making is not None and may_have(making, scope) else None


def making_page(scope: Scope, user_id: str, *, cursor: str) -> tuple[keyset.Page[Making], list[Line]]:
    """Return a page of makings, newest first. Raises BadCursor."""
    rows = makings_in(scope, user_id).select_related("asked_by")
    part = keyset.page(rows, order=NEWEST_FIRST, size=PAGE_SIZE, cursor=cursor)
    with system_scope(reason="the makings themselves were found in the person's scope"):
        jobs = newest_jobs(JOB, [making.pk for making in part.rows])
    time_zones([making.school_id for making in part.rows if making.school_id])  # remembered for the page
    lines = [
        Line(making, kinds.title_of(making.kind), jobs.get(making.pk))
        for making in part.rows
        if may_have(making, scope)
    ]
    return part, lines


def own_exports(user_id: str, scope: Scope) -> list[Line]:
    """Return the newest exports that a person asked for and may still have."""
    rows = Making.objects.filter(asked_by=user_id, kind__startswith=kinds.EXPORT).order_by(*NEWEST_FIRST)
    found = [making for making in rows[:OWN] if may_have(making, scope)]
    with system_scope(reason="the makings themselves are the person's own"):
        jobs = newest_jobs(JOB, [making.pk for making in found])
    return [Line(making, kinds.title_of(making.kind), jobs.get(making.pk)) for making in found]


@dataclass(frozen=True, slots=True)
class Copy:
    """A making for some matter; `taken` tells that one of its files was downloaded."""

    making: Making
    job: Job | None
    taken: bool


def makings_for(kind: str, parameter: str, value: str, user_id: str) -> list[Copy]:
    """Return the newest makings of a kind for one matter that a person asked for."""
    rows = Making.objects.filter(kind=kind, asked_by=user_id, **{f"parameters__{parameter}": value})
    found = list(rows.order_by(*NEWEST_FIRST)[:OWN])
    taken = set(MadeFile.objects.filter(making__in=found, downloads__gt=0).values_list("making_id", flat=True))
    with system_scope(reason="the makings themselves are the person's own"):
        jobs = newest_jobs(JOB, [making.pk for making in found])
    return [Copy(making, jobs.get(making.pk), making.pk in taken) for making in found]


def job_for(making: Making) -> Job | None:
    """Return the job of a making that was found in the person's scope."""
    with system_scope(reason="the making itself was found in the person's scope"):
        return job_of(JOB, making.pk)


def files_of(making: Making) -> tuple[list[MadeFile], MadeFile | None]:
    """Return the files that can be downloaded, and the picture of the first page if there is one."""
    files = {file.format: file for file in making.files.order_by("-format")}  # what is printed before its table
    picture = files.pop(PICTURE, None)
    return list(files.values()), picture

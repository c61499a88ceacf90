"""Counts what the deletion of one child's data would take, table by table. Nothing is destroyed here."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from retention.fates import Fate, Rule
from retention.models import Run, RunState, Segment
from retention.queries.child import Task, child_rules, parts_as_json, parts_from_json, parts_now, tasks_of
from retention.queries.kept import Kept, kept_at
from retention.queries.leaving import called, leaving, things_left, why_portal_stays
from retention.queries.reach import GOES, judged
from retention.queries.subjects import rows_about
from retention.rules.prints import digest_of, prints_of

__all__ = ["plan_child_portion"]


def plan_child_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Count one more table; nothing is counted twice."""
    run = Run.objects.get(pk=job.subject_id)
    rules = child_rules()
    total = len(rules) + 1
    at = run.cursor.get("table", 0)
    if run.state != RunState.COUNTING or at >= total:
        return kinds.Progress(total, total, finished=True)
    if "parts" not in run.cursor:
        # Kept for the run: once the rows are gone, nothing else says what was the child's, and how it was called.
        parts = parts_as_json(parts_now(run.student_id))
        run.cursor = {"parts": parts, "called": called(run.student_id), "table": 0}
    with transaction.atomic():
        if at < len(rules):
            _count(run, rules[at], kept_at(run.school_id))
        else:
            _count_places(run, now)
        run.cursor["table"] = at + 1
        if at + 1 == total:
            run.counted_at, run.state = now, RunState.READY
        run.save(update_fields=["cursor", "numbers", "counted_at", "state"])
    return kinds.Progress(at + 1, total, finished=run.counted_at is not None)


def _count_places(run: Run, now: datetime) -> None:
    """Write down what of the portal's own rows and copies goes, or stays for now."""
    why = why_portal_stays(run)
    for model, things in things_left(leaving(run, now)).items():
        numbers: dict[str, Any] = {"found": things, "delete": 0, "blank": 0, "shared": 0, "files": 0, "archived": 0}
        run.numbers[model] = numbers | ({"kept": {why: things}} if why else {"delete": things, "kept": {}})


def _count(run: Run, rule: Rule, kept: Kept) -> None:
    """Write down what of a table goes, as segments, and what stays, as numbers by reason."""
    from retention.archive.counting import archived_rows  # loads Arrow, which no other job of a worker may need

    numbers: dict[str, Any] = {"found": 0, "delete": 0, "blank": 0, "shared": 0, "files": 0, "kept": {}}
    parts = parts_from_json(run.cursor["parts"])
    numbers["archived"] = archived_rows(run.school_id, rule, parts)
    for task in tasks_of(rule, parts):
        if task.fate is Fate.KEEP:
            rows = task.rows.count()
            numbers["found"] += rows
            numbers["kept"] = dict(Counter(numbers["kept"]) + Counter({task.outcome.reason: rows}))
        else:
            _plan(run, task, kept, numbers)
    if numbers["found"] or numbers["archived"]:
        run.numbers[rule.name] = numbers


def _plan(run: Run, task: Task, kept: Kept, numbers: dict[str, Any]) -> None:
    rows, reasons = judged(task.rule, task.rows, kept, by_age=False)
    found = list(rows.order_by("pk").values_list("pk", "stays"))
    goes = [row_id for row_id, stays in found if stays == GOES]
    numbers["found"] += len(found)
    numbers[task.fate.value] += len(goes)
    why = Counter(reasons[stays] for _, stays in found if stays != GOES)
    numbers["kept"] = dict(Counter(numbers["kept"]) + why)
    if not goes:
        return
    own = rows_about(task.rule, parts_from_json(run.cursor["parts"]), alone=True)
    numbers["shared"] += len(set(goes) - set(task.rows.filter(own).values_list("pk", flat=True)))
    if task.rule.file:
        named = Q(**{f"{task.rule.file}__gt": ""})
        numbers["files"] += len(set(goes) & set(task.rows.filter(named).values_list("pk", flat=True)))
    Segment.objects.create(
        run=run,
        number=run.segments.count() + 1,
        table=task.rule.name,
        fate=task.fate.value,
        rows=len(goes),
        ids_sha256=digest_of(goes),
        prints=prints_of(goes),
    )

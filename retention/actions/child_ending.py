"""Ends the deletion of one child's data: "completed" only where reading everything again found nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.outbox import delivery
from consent.actions.limits import write_alike
from consent.queries.circumstances import age_records
from retention.actions import job_rows
from retention.actions.requests import close_request
from retention.models import RightsRequest, Run, RunState
from retention.queries.child_left import LeftOver, changes_wait, left_of_child
from retention.vocabulary import RequestKind, RequestOutcome
from retention.words import partly_words

__all__ = ["ChangesWait", "Stop", "end_child_run", "stop_child_run"]

Stop = Mapping[str, str | int]


class ChangesWait(RuntimeError):
    """A change has not reached the catalog: until it has, nobody can say what is left there."""


def end_child_run(run: Run, by: Actor, now: datetime) -> None:
    """Read everything again, and end the run by what is left. Raises ChangesWait, to be tried again."""
    if changes_wait():
        delivery.deliver()
        if changes_wait():
            raise ChangesWait("Changes wait in the outbox.")
    left = left_of_child(run)
    if left.new:
        stop_child_run(run, RunState.ABORTED, {"code": "left", "rows": left.new}, by, now)
    elif left.nothing:
        _complete(run, by, now)
    else:
        _partly(run, left, by, now)


def stop_child_run(run: Run, state: RunState, stop: Stop, by: Actor, now: datetime) -> None:
    """End a run that has not deleted everything, and say so in the log."""
    with transaction.atomic():
        _close(run, state, stop, now)
        _tell("deletion.failed", run, stop, by, now)


def _complete(run: Run, by: Actor, now: datetime) -> None:
    with transaction.atomic():
        _close(run, RunState.DONE, {}, now)
        records = age_records([run.student_id])[run.student_id]
        write_alike(records, {"deletion_completed_at": now}, now=now)
        for asked in RightsRequest.objects.filter(
            student_id=run.student_id, school_id=run.school_id, kind=RequestKind.DELETE, closed_at=None
        ):
            close_request(request=asked, outcome=RequestOutcome.FULFILLED, answer="", by=by, now=now)
        _tell("deletion.completed", run, {}, by, now)


def _partly(run: Run, left: LeftOver, by: Actor, now: datetime) -> None:
    """Answer the request honestly: what went, and what stays on which ground (COMPLIANCE: holds, 99.10(e))."""
    stop: Stop = {"code": "partly", "held": sum(left.held.values()), "files": left.files}
    with transaction.atomic():
        _close(run, RunState.DONE, stop, now)
        asked = RightsRequest.objects.filter(pk=run.request_id, closed_at=None).first()
        if asked:
            answer = partly_words(_removed(run), left.held, left.files)
            close_request(request=asked, outcome=RequestOutcome.PARTLY, answer=answer, by=by, now=now)
        _tell("deletion.failed", run, stop, by, now)


def _close(run: Run, state: RunState, stop: Stop, now: datetime) -> None:
    """Note how a run ended; which rows it looked for, and by which addresses, is forgotten."""
    run.state, run.stop, run.finished_at, run.cursor = state, dict(stop), now, {}
    run.save(update_fields=["state", "stop", "finished_at", "cursor"])
    run.segments.update(prints=b"")
    job_rows.note(run, now=now)


def _removed(run: Run) -> int:
    return sum(run.segments.values_list("removed", flat=True))


def _tell(event: str, run: Run, stop: Stop, by: Actor, now: datetime) -> None:
    by_table: dict[str, int] = {}
    for table, removed in run.segments.values_list("table", "removed"):
        by_table[table] = by_table.get(table, 0) + removed
    record(
        event,
        by=by,
        school_id=run.school_id,
        resource=("request", run.request_id),
        students=[run.student_id],
        data={"run": run.id, "removed": by_table, **stop},
        at=now,
    )

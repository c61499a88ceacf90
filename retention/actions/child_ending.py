"""Ends the deletion of one child's data: "completed" only where reading everything again found nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.outbox import delivery
from consent.actions.limits import write_alike
from consent.queries.circumstances import age_records
from retention.actions.certificates import certify
from retention.actions.requests import close_request
from retention.models import RightsRequest, Run, RunState
from retention.places import all_places
from retention.queries.child import parts_from_json
from retention.queries.child_left import LeftOver, left_of_child
from retention.queries.leaving import leaving, things_left, why_portal_stays
from retention.vocabulary import RequestKind, RequestOutcome
from retention.words import partly_words

__all__ = ["CopiesLeft", "Stop", "end_child_run", "stop_child_run"]

Stop = Mapping[str, str | int]
# Requests that an end of a deletion answers.
WAITS = Q(closed_at=None) | Q(outcome=RequestOutcome.PARTLY)
IN_ARCHIVE = "They are in the archive, and a legal hold or an open request covers them."


class CopiesLeft(RuntimeError):
    """Copies of the portal's own are still there, such as a mail that is being sent: another try finds them gone."""


def end_child_run(run: Run, by: Actor, now: datetime) -> None:
    """Do one more thing at the end of a run: the archive, the portal's own copies, the check.

    Raises ChangesWait and CopiesLeft, to be tried again.
    """
    if "archive" not in run.cursor:
        run.cursor |= {"archive": _erase_archive(run, by, now), "gone_at": now.isoformat()}
        run.save(update_fields=["cursor"])
        return
    if "copies" not in run.cursor:
        run.cursor["copies"] = _erase_copies(run, now)
        run.save(update_fields=["cursor"])
        return
    delivery.deliver()
    again = _erase_archive(run, by, now)  # a run of a policy may have archived rows of the child meanwhile
    run.cursor["archive"] = again | {"removed": run.cursor["archive"]["removed"] + again["removed"]}
    run.save(update_fields=["cursor"])
    left = _with_archive(_with_copies(left_of_child(run), run, now), run.cursor["archive"])
    if left.new:
        stop_child_run(run, RunState.ABORTED, {"code": "left", "rows": left.new}, by, now)
    elif left.nothing:
        _complete(run, by, now)
    else:
        _partly(run, left, by, now)


def _erase_archive(run: Run, by: Actor, now: datetime) -> dict[str, int]:
    """Write the archive files anew without the child; return how many rows went, stay held, and how many files failed.

    What was done before a process died is done, and is not counted again.
    """
    from retention.archive.pupils import without_student  # loads Arrow, which no other job of a worker may need

    parts = parts_from_json(run.cursor["parts"])
    done = without_student(school_id=run.school_id, student_id=run.student_id, parts=parts, by=by, now=now)
    return {
        "removed": (done.removed + done.blanked).total(),
        "held": done.kept.total(),
        "files": len(done.left),
    }


def _erase_copies(run: Run, now: datetime) -> int:
    """Make the portal's own rows and copies go, unless a hold or an open request keeps them; return how many went."""
    if why_portal_stays(run):
        return 0
    who = leaving(run, now)
    return sum(place.work.erase(who, now=now) for place in all_places().values() if place.does)


def _with_copies(left: LeftOver, run: Run, now: datetime) -> LeftOver:
    """Add the portal's own rows that a hold or an open request keeps. Raises CopiesLeft for others."""
    things = sum(things_left(leaving(run, now)).values())
    if not things:
        return left
    if why := why_portal_stays(run):
        return LeftOver(left.held | {why: left.held.get(why, 0) + things}, left.files, left.new)
    _erase_copies(run, now)
    raise CopiesLeft("Copies were left.")


def _with_archive(left: LeftOver, archive: Mapping[str, int]) -> LeftOver:
    held = dict(left.held) | ({IN_ARCHIVE: archive["held"]} if archive["held"] else {})
    return LeftOver(held, left.files + archive["files"], left.new)


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
        same = RightsRequest.objects.filter(student_id=run.student_id, school_id=run.school_id, kind=RequestKind.DELETE)
        for asked in same.filter(WAITS):
            close_request(request=asked, outcome=RequestOutcome.FULFILLED, answer="", by=by, now=now, rest=True)
        _tell("deletion.completed", run, {}, by, now)


def _partly(run: Run, left: LeftOver, by: Actor, now: datetime) -> None:
    """Answer the request honestly: what went, and what stays on which ground (COMPLIANCE: holds, 99.10(e))."""
    stop: Stop = {"code": "partly", "held": sum(left.held.values()), "files": left.files}
    with transaction.atomic():
        _close(run, RunState.DONE, stop, now)
        answer = partly_words(_removed(run), left.held, left.files)
        for asked in RightsRequest.objects.filter(WAITS, pk=run.request_id):
            close_request(request=asked, outcome=RequestOutcome.PARTLY, answer=answer, by=by, now=now, rest=True)
        _tell("deletion.failed", run, stop, by, now)


def _close(run: Run, state: RunState, stop: Stop, now: datetime) -> None:
    """Note how a run ended; which rows it looked for, and by which addresses, is forgotten."""
    run.state, run.stop, run.finished_at = state, dict(stop), now
    run.cursor = {name: told for name, told in run.cursor.items() if name in {"archive", "copies"}}
    run.save(update_fields=["state", "stop", "finished_at", "cursor"])
    run.segments.update(prints=b"")
    certify(run, now=now)


def _removed(run: Run) -> int:
    """Return how many rows went or were emptied, in the catalog and in its archive."""
    archived: int = run.cursor.get("archive", {}).get("removed", 0)
    return sum(run.segments.values_list("removed", flat=True)) + archived


def _tell(event: str, run: Run, stop: Stop, by: Actor, now: datetime) -> None:
    by_table: dict[str, int] = {}
    for table, removed in run.segments.values_list("table", "removed"):
        by_table[table] = by_table.get(table, 0) + removed
    if "copies" in run.cursor:
        by_table |= {"archive": run.cursor["archive"]["removed"], "copies": run.cursor["copies"]}
    record(
        event,
        by=by,
        school_id=run.school_id,
        resource=("request", run.request_id),
        students=[run.student_id],
        data={"run": run.id, "removed": by_table, **stop},
        at=now,
    )

"""Runs policies on the engine of WAREHOUSE_URL and prints what is left, as one JSON line.

A school with lessons past their end, lessons to archive, a young one and one on hold, and a log of which a disclosure
stays; then a set that grew. Run as a program by test_runs_elsewhere.py on an empty catalog, with the kinds of data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django


def main(kinds: Sequence[str]) -> None:
    """Make the rows, run the policies, tell."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.warehouse.inventory import Retention
    from classwaves_admin.warehouse.models import AuditLog, ClassroomSession, Participant, Transcription
    from retention.models import ArchiveFile, Segment
    from tests.factories import catalog as make
    from tests.factories import holds, runs

    school = make.school(id="hill")
    make.retention_policy(school=school, archive_after_days=450, retention_days=600, delete_after_days=600)
    child = make.student(school=school, id="child")
    for number, days in enumerate((1200, 1201, 500, 10)):
        at = now() - timedelta(days=days)
        meeting = make.session(school=school, id=f"lesson-{number}", created_at=at)
        seat = make.participant(session=meeting, student=child, id=f"seat-{number}")
        make.transcription(session=meeting, speaker=seat, id=f"turn-{number}", created_at=at)
    holds.hold(school, session_id="lesson-1")
    for number, event in enumerate(("student.viewed", "disclosure.made")):
        at = now() - timedelta(days=2300)
        make.audit_row(school=school, id=f"event-{number}", event_type=event, event_timestamp=at)
    done = [runs.done(school, kind=Retention(kind)) for kind in kinds]
    _turn("late-0", 700)
    counted = runs.run(school)
    _turn("late-1", 705)
    grown = runs.approved(counted)
    told: dict[str, Any] = {
        "states": [str(one.state) for one in (*done, grown)],
        "lessons": sorted(ClassroomSession.objects.values_list("pk", flat=True)),
        "seats": sorted(Participant.objects.values_list("pk", flat=True)),
        "turns": sorted(Transcription.objects.values_list("pk", flat=True)),
        "log": sorted(AuditLog.objects.filter(pk__startswith="event-").values_list("pk", flat=True)),
        "removed": sorted(
            f"{table} {removed}"
            for table, removed in Segment.objects.exclude(run=grown).values_list("table", "removed")
        ),
        "archived": sorted(ArchiveFile.objects.values_list("table", "rows")),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _turn(row_id: str, days: int) -> None:
    """Save an old transcript in the young lesson."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.warehouse.models import ClassroomSession, Participant
    from tests.factories import catalog as make

    seat = Participant(id="seat-3", session_id="lesson-3", display_name="A child")
    at = now() - timedelta(days=days)
    make.transcription(session=ClassroomSession(id="lesson-3"), speaker=seat, id=row_id, created_at=at)


if __name__ == "__main__":
    django.setup()
    from classwaves_admin.tenancy.scope import system_scope

    with system_scope(reason="test"):
        main(sys.argv[1:])

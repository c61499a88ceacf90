"""Random lessons, tables, holds and requests: one child's deletion takes exactly what an independent oracle says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.storage import storages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import (
    AnalysisResult,
    ClassroomSession,
    CoppaCompliance,
    EducationalInsight,
    Message,
    Participant,
    Recording,
    School,
    Student,
    Transcription,
)
from retention.files import mark
from retention.models import RunState
from tests.factories import catalog as make
from tests.factories import deletions
from tests.factories import holds as place
from tests.factories import requests as ask
from tests.integration.retention.child_oracle import LEAVING, Hold, Row, World, goes, should_go, student_is_kept
from tests.integration.retention.test_runs_oracle import emptied

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
CHILD = st.integers(0, 2)
SESSION = st.integers(0, 1)
GROUP = st.integers(0, 1)
KINDS = {
    "transcript": Transcription,
    "recording": Recording,
    "message": Message,
    "insight": EducationalInsight,
    "analysis": AnalysisResult,
    "seat": Participant,
}


@st.composite
def rows(draw: st.DrawFn, number: int, seats: dict[tuple[int, int], int | None]) -> Row:
    """Draw a row of a session, which names a child that sits there, a table, both, or nobody."""
    kind, session = draw(st.sampled_from([kind for kind in KINDS if kind != "seat"])), draw(SESSION)
    there = [child for at, child in seats if at == session]
    child = draw(st.sampled_from([None, *there])) if kind != "analysis" else None
    group = draw(st.none() | GROUP) if kind == "recording" or (kind == "insight" and child is None) else None
    to = draw(st.sampled_from([None, *there])) if kind == "message" else None
    return Row(f"{kind}-{number}", kind, session, group, child, to)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw two sessions with three children at two tables or none, and what came of them."""
    places = draw(st.dictionaries(st.tuples(SESSION, CHILD), st.none() | GROUP, max_size=6))
    made = [Row(f"seat-{session}-{child}", "seat", session, child=child) for session, child in places]
    made += [draw(rows(number, places)) for number in range(draw(st.integers(0, 8)))]
    held = st.builds(Hold, st.none() | SESSION, st.none() | CHILD).filter(lambda hold: hold != Hold(None, None))
    return World(places, tuple(made), tuple(draw(st.lists(held, max_size=1))), tuple(draw(st.lists(CHILD, max_size=1))))


@given(world=worlds())
@settings(
    max_examples=settings().max_examples // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_deletion_takes_exactly_what_the_oracle_says(world: World) -> None:
    """Nothing of another child alone, nothing held or asked for; "completed" only where nothing was kept."""
    with system_scope(reason="test"):
        emptied()
        built(world)
        run = deletions.done(Student.objects.get(pk=f"child-{LEAVING}"))
        assert run.state == RunState.DONE
        assert set(there()) == {row.name for row in world.rows} - goes(world)
        deleted = Student.objects.get(pk=f"child-{LEAVING}").display_name == "Deleted student"
        assert deleted is not student_is_kept(world)
        whole = goes(world) == should_go(world) and deleted
        assert (run.stop == {}) is whole
        record = CoppaCompliance.objects.get(student_id=f"child-{LEAVING}")
        assert (record.deletion_completed_at is not None) is whole


def built(world: World) -> School:
    """Make the rows, holds and requests of a world."""
    mark(storages["recordings"])
    school = make.school(id="school")
    for child in range(3):
        make.student(school=school, id=f"child-{child}")
    for session in range(2):
        meeting = make.session(school=school, id=f"session-{session}")
        for group in range(2):
            make.group(session=meeting, id=f"group-{session}-{group}")
    for row in world.rows:
        _row(row, world)
    for hold in world.holds:
        named = {"student_id": hold.child, "session_id": hold.session}
        words = {"student_id": "child", "session_id": "session"}
        place.hold(school, **{key: f"{words[key]}-{one}" for key, one in named.items() if one is not None})
    for child in world.asked:
        ask.request(Student.objects.get(pk=f"child-{child}"))
    return school


def _row(row: Row, world: World) -> None:
    meeting = ClassroomSession(id=f"session-{row.session}", school_id="school")
    about: dict[str, Any] = {"session": meeting, "id": row.name}
    group = None if row.group is None else f"group-{row.session}-{row.group}"
    child = None if row.child is None else f"child-{row.child}"
    seat = None if row.child is None else f"seat-{row.session}-{row.child}"
    if row.kind == "seat":
        table = world.seats[row.session, row.child or 0]
        sits = None if table is None else f"group-{row.session}-{table}"
        make.participant(student=Student(id=child or "", display_name="A child"), group_id=sits, **about)
    elif row.kind == "transcript":
        make.transcription(speaker=Participant(id=seat or "a-guest", display_name="A speaker"), **about)
    elif row.kind == "recording":
        path = f"gone/{row.name}.opus"
        make.recording(group_id=group, participant_id=seat, file_path=path, **about)
    elif row.kind == "message":
        to = None if row.to is None else f"child-{row.to}"
        make.message(sender_id=seat or "staff", recipient_id=to, **about)
    elif row.kind == "insight":
        make.insight(applies_to_id=group or child, **about)
    else:
        make.analysis(**about)


def there() -> Iterator[str]:
    """Yield the names of the rows that are in the catalog."""
    for model in KINDS.values():
        yield from model._default_manager.values_list("pk", flat=True)

"""Random schools, periods, ages, holds and requests: a run leaves exactly what an independent oracle says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import storages
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import (
    AuditLog,
    ClassroomSession,
    EducationalInsight,
    Message,
    Participant,
    Recording,
    School,
    Student,
    Transcription,
)
from retention.files import mark
from retention.models import ArchiveFile, Certificate, LegalHold, RightsRequest, Run, RunState
from tests.factories import catalog as make
from tests.factories import holds as place
from tests.factories import requests as ask
from tests.factories import runs
from tests.integration.retention.oracle import OF_POLICY, Hold, Row, World, stays

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
AGES = st.integers(0, 12)
CHILDREN = 3


@st.composite
def parts(draw: st.DrawFn, session: int, number: int, seated: list[int]) -> Row:
    """Draw something that belongs to a session: of one child that sits in it, or of all."""
    kind = draw(st.sampled_from(["transcript", "recording", "message", "insight"]))
    child = draw(st.sampled_from(seated)) if seated and kind in {"transcript", "message"} else None
    elsewhere = kind == "recording" and draw(st.booleans())
    return Row(f"{kind}-{session}-{number}", kind, draw(AGES), session, child, elsewhere=elsewhere)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a school with up to three sessions, a log, holds and requests, and a policy to run."""
    rows: list[Row] = []
    seats: set[tuple[int, int]] = set()
    for session in range(draw(st.integers(0, 3))):
        rows.append(Row(f"session-{session}", "session", draw(AGES), session))
        seated = sorted(draw(st.sets(st.integers(0, CHILDREN - 1))))
        for child in seated:
            seats.add((session, child))
            rows.append(Row(f"seat-{session}-{child}", "seat", 0, session, child))
        rows += [draw(parts(session, number, seated)) for number in range(draw(st.integers(0, 4)))]
    events = draw(st.lists(st.tuples(AGES, st.sampled_from(["student.viewed", "disclosure.made"])), max_size=3))
    rows += [Row(f"event-{number}", "event", age, event=event) for number, (age, event) in enumerate(events)]
    delete = draw(st.integers(1, 12))
    return World(
        rows=tuple(rows),
        holds=tuple(draw(st.lists(holds(), max_size=2))),
        asked=tuple(draw(st.lists(st.integers(0, CHILDREN - 1), max_size=1))),
        delete=delete,
        archive=draw(st.none() | st.integers(1, delete)),
        policy=draw(st.sampled_from(sorted(OF_POLICY))),
        seats=frozenset(seats),
    )


@st.composite
def holds(draw: st.DrawFn) -> Hold:
    """Draw a hold that names at least one thing, so that most of the world stays free."""
    return Hold(
        session=draw(st.none() | st.integers(0, 2)),
        child=draw(st.none() | st.integers(0, CHILDREN - 1)),
        oldest=draw(st.none() | st.integers(0, 12)),
        youngest=draw(st.integers(0, 6)),
    )


@given(world=worlds())
@settings(
    max_examples=settings().max_examples // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_run_leaves_exactly_what_the_oracle_says(world: World) -> None:
    """Nothing that is held, asked for or within its period goes, and everything else does; other schools stay."""
    with system_scope(reason="test"):
        emptied()
        school = built(world)
        other = make.session(id="other", created_at=now() - timedelta(days=100))
        run = runs.done(school, kind=Retention(world.policy))
        assert run.state == RunState.DONE
        assert set(there()) == stays(world) | {other.pk}


def built(world: World) -> School:
    """Make the rows, holds and requests of a world."""
    mark(storages["recordings"])
    school = make.school(id="school")
    days = {"retention_days": world.delete, "delete_after_days": world.delete, "archive_after_days": world.archive}
    make.retention_policy(school=school, policy_type=world.policy, **days)
    children = [make.student(school=school, id=f"child-{number}") for number in range(CHILDREN)]
    for row in world.rows:
        _row(row, school, children)
    for hold in world.holds:
        place.hold(
            school,
            student_id=f"child-{hold.child}" if hold.child is not None else "",
            session_id=f"session-{hold.session}" if hold.session is not None else "",
            since=None if hold.oldest is None else moment(hold.oldest),
            until=None if hold.youngest is None else moment(hold.youngest),
        )
    for child in world.asked:
        ask.request(children[child])
    return school


def _row(row: Row, school: School, children: list[Student]) -> None:
    at: dict[str, Any] = {"id": row.name, "created_at": moment(row.age)}
    meeting = ClassroomSession(id=f"session-{row.session}", school_id=school.pk)
    if row.kind == "session":
        make.session(school=school, **at)
    elif row.kind == "event":
        make.audit_row(school=school, id=row.name, event_type=row.event, event_timestamp=moment(row.age))
    elif row.kind == "seat" and row.child is not None:
        make.participant(session=meeting, student=children[row.child], id=row.name)
    elif row.kind == "transcript":
        seat = "a-guest" if row.child is None else f"seat-{row.session}-{row.child}"
        make.transcription(session=meeting, speaker=Participant(id=seat, display_name="A speaker"), **at)
    elif row.kind == "message":
        make.message(session=meeting, sender_id="staff" if row.child is None else f"child-{row.child}", **at)
    elif row.kind == "insight":
        make.insight(session=meeting, **at)
    else:
        path = f"s3://bucket/{row.name}" if row.elsewhere else f"gone/{row.name}.opus"
        make.recording(session=meeting, file_path=path, **at)


def moment(age: int) -> datetime:
    """Return the moment so many days ago, to the microsecond."""
    return now() - timedelta(days=age)


def there() -> Iterator[str]:
    """Yield the names of the rows of sessions and the log that are in the catalog."""
    for model in (ClassroomSession, Participant, Transcription, Recording, Message, EducationalInsight):
        yield from model._default_manager.values_list("pk", flat=True)
    yield from AuditLog.objects.filter(pk__startswith="event-").values_list("pk", flat=True)


def emptied() -> None:
    """Remove what an earlier world has left."""
    for model in (Certificate, Run, LegalHold, RightsRequest, ArchiveFile, Job):
        model._default_manager.all().delete()
    with guard.writing(), connections["warehouse"].cursor() as cursor:
        for catalog in apps.get_app_config("warehouse").get_models():
            cursor.execute(f'DELETE FROM "{catalog._meta.db_table}"')  # noqa: S608 - our own tables

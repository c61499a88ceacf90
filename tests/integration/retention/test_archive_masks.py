"""What is said of archived rows is what the catalog says of the same rows, table by table."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from classwaves_admin.warehouse.models import Participant, School, Student
from retention.archive import contents, masks
from retention.fates import Rule
from retention.files import ARCHIVE
from retention.queries.due import OfNoSchool, rows_of_school, with_clock
from retention.queries.kept import kept_at
from retention.queries.subjects import parts_of, rows_about
from retention.schedule import SCHEDULE
from tests.factories import catalog as make
from tests.factories import holds, requests
from tests.integration.retention.archives import archived

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Settings) -> None:
    """Give the archive a folder of this test's own."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, ARCHIVE: options}


@pytest.fixture
def child(school: School) -> Student:
    """Return a child among others, with rows of every kind that say something about it in every way they can."""
    children = [make.student(school=school) for _ in range(3)]
    for number in range(2):
        meeting = make.session(school=school)
        group = make.group(session=meeting)
        seats = [make.participant(session=meeting, student=one, group=group) for one in children[number:]]
        for seat, one in zip(seats, children[number:], strict=True):
            for speaker in (seat.pk, one.pk):
                make.transcription(session=meeting, speaker_id=speaker)
                make.message(session=meeting, sender_id=speaker)
                make.message(session=meeting, recipient_id=speaker)
                make.insight(session=meeting, applies_to_id=speaker)
            make.recording(session=meeting, participant=seat)
        make.message(session=meeting, recipient_id=group.pk)
        make.recording(session=meeting, group=group)
        make.recording(session=meeting)
        make.analysis(session=meeting)
    alone = make.session(school=school)
    make.transcription(session=alone)
    make.recording(session=alone)
    ids = [one.pk for one in children]
    for affected in (json.dumps(ids), json.dumps(ids[:1]), json.dumps(ids[1:]), None, "no list", f"[{ids[0]}]"):
        make.audit_row(school=school, affected_student_ids=affected)
    make.audit_row(school=school, resource_type="student", resource_id=ids[0])
    make.audit_row(school=school, resource_type="session", resource_id=ids[0])
    make.audit_row(school=school, actor_type="student", actor_id=ids[0])
    for one in children[:2]:
        make.consent(student=one)
    return children[0]


def each_table(school: School, seen: Callable[[Rule, Any, Any, Any], None]) -> int:
    """Archive every table that has a period and rows here, and look at the catalog's and the archive's side by side."""
    looked = 0
    for rule in (one for one in SCHEDULE if one.clock):
        try:
            rows = with_clock(rule, rows_of_school(rule, school.pk))
        except OfNoSchool:
            continue
        kept = archived(school, rule.model, leave=False, run_id=rule.name)
        if kept.file:
            looked += 1
            seen(rule, rows, kept.file, contents.read(kept.file))
    return looked


def marked(table: Any, mask: Any) -> set[str]:
    """Return the ids of the rows that a mask marks."""
    return set(table.filter(mask).column("id").to_pylist())


def test_whom_a_row_is_about(school: School, child: Student) -> None:
    """By each way that leads to the child alone, by those that others share, and by any."""
    parts = parts_of([child.pk])[child.pk]
    found = 0

    def seen(rule: Rule, rows: Any, _file: Any, table: Any) -> None:
        nonlocal found
        for alone in (None, True, False):
            expected = set(rows.filter(rows_about(rule, parts, alone=alone)).values_list("pk", flat=True))
            assert marked(table, masks.about(rule, table, parts, alone=alone)) == expected, (rule.name, alone)
            found += len(expected)

    assert each_table(school, seen) >= 8
    assert found > 40


@pytest.mark.parametrize("covers", ["school", "student", "session", "both", "request", "nothing"])
def test_what_a_row_is_kept_for(school: School, child: Student, covers: str) -> None:
    """By a hold on all, on a child, on a session, on what fits both, and by an open request to see."""
    session = Participant.objects.filter(student=child).values_list("session_id", flat=True).first() or ""
    given: dict[str, dict[str, str]] = {
        "student": {"student_id": child.pk},
        "session": {"session_id": session},
        "school": {},
    }
    given["both"] = given["student"] | given["session"]
    if covers in given:
        holds.hold(school, **given[covers])
    elif covers == "request":
        requests.request(child)
    kept, found = kept_at(school.pk), 0

    def seen(rule: Rule, rows: Any, file: Any, table: Any) -> None:
        nonlocal found
        expected: set[str] = set()
        for _, condition in kept.reasons(rule):
            expected |= set(rows.filter(condition).values_list("pk", flat=True))
        assert marked(table, masks.kept_rows(file, rule, table, kept)) == expected, rule.name
        found += len(expected)

    each_table(school, seen)
    assert bool(found) == (covers != "nothing")

"""A process that dies anywhere in the archive's work: the next one ends as if nothing had been.

Death is played in this process: from one operation on, every file and every statement of the portal's database refuses
to work, so that no cleaning up happens either. What a transaction had not committed is gone, as after SIGKILL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from pytest_django.fixtures import Settings

from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, Participant, School, Student, Transcription
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from retention.archive.contents import manifest_name
from retention.archive.ending import LEFT_ALONE, end_archives, sweep
from retention.archive.pupils import without_student
from retention.files import ARCHIVE, MARKER
from retention.models import ArchiveFile, ArchiveState
from retention.queries.subjects import parts_of
from tests.factories import catalog as make
from tests.integration.retention.archives import archived

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.slow,
]
BY = system("test")
OPERATIONS = ("_save", "_open", "delete", "exists", "listdir")
# Every so many operations a process dies; 1 takes a minute.
STEP = 3


class Killed(BaseException):
    """The process is dead."""


@contextmanager
def dying(at: int) -> Iterator[Callable[[], bool]]:
    """Let operation number `at` and all that follow fail; give a function that tells whether it came so far."""
    done = count()
    dead = False

    def breathe() -> None:
        nonlocal dead
        dead = dead or next(done) >= at
        if dead:
            raise Killed

    def on_file(real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*given: Any, **named: Any) -> Any:
            breathe()
            return real(*given, **named)

        return operation

    def on_statement(execute: Callable[..., Any], *given: Any) -> Any:
        breathe()
        return execute(*given)

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        for name in OPERATIONS:
            patch.setattr(FileSystemStorage, name, on_file(getattr(FileSystemStorage, name)))
        stack.enter_context(connection.execute_wrapper(on_statement))
        yield lambda: dead


def die(work: Callable[[], Any], at: int) -> bool:
    """Do some work until operation number `at`; return whether it died."""
    with dying(at) as is_dead:
        with suppress(Killed):
            work()
        return is_dead()


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no deliverer that died: its lease is half a minute."""
    monkeypatch.setattr(gateway, "PATIENCE", 0)


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Return the folder of an archive that is this test's alone."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, ARCHIVE: options}
    return tmp_path


def fill() -> tuple[School, Student]:
    """Make a school whose lesson of two children is archived; return it with one of them."""
    school = make.school()
    meeting = make.session(school=school)
    children = [make.student(school=school) for _ in range(2)]
    for child in children:
        make.transcription(session=meeting, speaker=make.participant(session=meeting, student=child))
    for model in (Participant, Transcription):
        archived(school, model)
    return school, children[0]


def forget(folder: Path) -> None:
    """Make the world empty again."""
    ArchiveFile.objects.all().delete()
    with guard.writing():
        AuditLog.objects.all().delete()
    OutboxEntry.objects.all().delete()
    for one in folder.rglob("*"):
        if one.is_file() and one.name != MARKER:
            one.unlink()


def names(folder: Path) -> set[str]:
    """Return the names of all files of the archive, its mark aside."""
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() and one.name != MARKER}


def named() -> set[str]:
    """Return the names that rows of the archive name."""
    there = ArchiveFile.objects.exclude(state=ArchiveState.DESTROYED).values_list("name", flat=True)
    return {one for name in there for one in (name, manifest_name(name))}


def events(name: str) -> int:
    """Count the events of a name: delivered, still on their way, or both where the process died in between."""
    waiting = OutboxEntry.objects.filter(table=AuditLog._meta.db_table, payload__event_type=name)
    delivered = AuditLog.objects.filter(event_type=name).values_list("pk", flat=True)
    return len({*delivered, *waiting.values_list("row_id", flat=True)})


def test_a_child_leaves_whatever_the_process_dies_of(folder: Path) -> None:
    """After the second call no file holds the child, the other's rows are there once, and each event is there once."""
    for at in count(0, STEP):
        school, child = fill()
        parts = parts_of([child.pk])[child.pk]

        def work(school: School = school, child: Student = child, parts: Any = parts) -> bool:
            done = without_student(school_id=school.pk, student_id=child.pk, parts=parts, by=BY, now=now())
            return done.is_whole

        died = die(work, at)
        assert work(), f"not whole after a death at {at}"
        rows = [row for one in folder.rglob("*.parquet") for row in pq.read_table(one).to_pylist()]
        assert len(rows) == 2, f"died at {at}"
        assert not any(child.pk in row.values() for row in rows)
        assert names(folder) == named(), f"died at {at}"
        assert events("retention.archive_rewritten") == 2
        forget(folder)
        if not died:
            break
    assert at > 10 * STEP


def test_files_end_whatever_the_process_dies_of(folder: Path) -> None:
    """After the second round every file is gone, the rows say so, and each event is there once."""
    later = now() + timedelta(days=2_000)
    for at in count(0, STEP):
        fill()
        died = die(lambda: end_archives(by=BY, now=later), at)
        end_archives(by=BY, now=later)
        assert names(folder) == set(), f"died at {at}"
        assert set(ArchiveFile.objects.values_list("state", flat=True)) == {ArchiveState.DESTROYED}
        assert events("retention.archive_destroyed") == 2
        forget(folder)
        if not died:
            break
    assert at > 3 * STEP


def test_rows_are_archived_whatever_the_process_dies_of(folder: Path) -> None:
    """The second call for a segment archives all of it under one row; what the first one left is written over."""
    for at in count():
        school = make.school()
        make.transcription(session=make.session(school=school))

        def work(school: School = school, run: str = f"run-{at}") -> Any:
            return archived(school, Transcription, leave=False, run_id=run)

        died = die(work, at)
        assert len(work().ids) == 1, f"died at {at}"
        assert ArchiveFile.objects.count() == 1
        sweep(now=now() + LEFT_ALONE)
        assert names(folder) == named(), f"died at {at}"
        forget(folder)
        if not died:
            break
    assert at > 5

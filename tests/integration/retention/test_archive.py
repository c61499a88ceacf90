"""Rows leave for a Parquet file that proves what is in it, come back unchanged, and go for good in their turn."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse import arrow, guard
from classwaves_admin.warehouse.models import (
    AuditLog,
    ClassroomSession,
    Participant,
    Recording,
    School,
    Student,
    Transcription,
)
from classwaves_admin.warehouse.outbox.codec import row_values
from retention.archive import contents
from retention.archive.contents import manifest_name, read
from retention.archive.damage import Damaged
from retention.archive.ending import end_archives, sweep
from retention.archive.keeping import NotKept
from retention.archive.pupils import Erased, without_student
from retention.archive.restoring import Differs, restore
from retention.files import ARCHIVE, MARKER, Left
from retention.models import ArchiveFile, ArchiveState
from retention.queries.subjects import parts_of
from tests.factories import catalog as make
from tests.factories import holds
from tests.factories.archives import archive_file as make_row
from tests.integration.retention.archives import archived

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
BY = system("test")
WORDS = b"Volcanoes are my favourite"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Return the folder of an archive that is this test's alone."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, ARCHIVE: options}
    return tmp_path


@pytest.fixture
def lesson(school: School) -> tuple[Student, Student]:
    """Return two children who spoke in a lesson of long ago, one of them about volcanoes."""
    meeting = make.session(school=school, created_at=now() - timedelta(days=110))
    maya, noah = (make.student(school=school, display_name=name) for name in ("Maya R.", "Noah T."))
    for child, words in ((maya, WORDS.decode()), (noah, "Rivers carry sand.")):
        seat = make.participant(session=meeting, student=child)
        for hour in range(3):
            moment = now() - timedelta(days=110, hours=hour)
            make.transcription(session=meeting, speaker=seat, content=words, created_at=moment)
    return maya, noah


def files_in(folder: Path) -> list[str]:
    """Return the names of all files of the archive, its mark aside."""
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() and one.name != MARKER)


def erase(school: School, child: Student) -> Erased:
    """Erase a child from the archive."""
    parts = parts_of([child.pk])[child.pk]
    return without_student(school_id=school.pk, student_id=child.pk, parts=parts, by=BY, now=now())


def test_rows_leave_for_a_file_with_a_manifest(school: School, folder: Path, lesson: tuple[Student, Student]) -> None:
    """The file holds what the catalog held; manifest and row say how many, which, by hash, and of which types."""
    before = {row.pk: row_values(row) for row in Transcription.objects.all()}
    kept = archived(school, Transcription)
    assert kept.ids == before.keys()
    assert kept.file
    content = (folder / kept.file.name).read_bytes()
    manifest = json.loads((folder / manifest_name(kept.file.name)).read_text())
    rows = pq.read_table(io.BytesIO(content))
    assert {row["id"]: row for row in rows.to_pylist()} == before
    assert rows.column("created_at").to_pylist() == sorted(rows.column("created_at").to_pylist())
    assert (manifest["rows"], manifest["sha256"], manifest["bytes"]) == (6, kept.file.sha256, len(content))
    assert manifest["columns"]["content"] == "string"
    assert manifest["days_count_from"] == [kept.file.oldest.isoformat(), kept.file.newest.isoformat()]
    assert kept.file.newest == now() - timedelta(days=110)
    assert (folder / kept.file.name).stat().st_mode & 0o077 in {0, 0o044}


def test_a_second_call_for_a_segment_keeps_the_first_file(school: School, lesson: tuple[Student, Student]) -> None:
    """A run that goes on after a kill archives nothing twice, and knows what it archived although rows have left."""
    first = archived(school, Transcription, run_id="run", number=4)
    again = archived(school, Transcription, run_id="run", number=4)
    assert again.ids == first.ids
    assert again.file == first.file
    assert not Transcription.objects.exists()
    assert archived(school, Transcription, run_id="run", number=5).file is None


def test_a_file_that_died_on_its_way_is_written_over(
    school: School, folder: Path, lesson: tuple[Student, Student]
) -> None:
    """What stands under the name already, cut in the middle, does no harm, and nothing else is left of it."""
    place = folder / "sessions.transcriptions" / "2024-11" / "run-1.parquet"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"PAR1 half")
    kept = archived(school, Transcription, run_id="run")
    assert kept.file
    assert read(kept.file).num_rows == 6
    assert len(files_in(folder)) == 2


def test_what_cannot_be_read_back_is_not_kept(
    school: School, folder: Path, lesson: tuple[Student, Student], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storage that loses bytes ends the archiving: no row, no file, and the rows are still in the catalog."""
    save = FileSystemStorage.save

    def lossy(place: FileSystemStorage, name: str, content: Any) -> str:
        done: str = save(place, name, content)
        if name.endswith(".parquet"):
            os.truncate(place.path(name), 100)
        return done

    monkeypatch.setattr(FileSystemStorage, "save", lossy)
    with pytest.raises(Damaged):
        archived(school, Transcription)
    assert not ArchiveFile.objects.exists()
    assert files_in(folder) == []
    assert Transcription.objects.count() == 6


@pytest.mark.parametrize(("most", "why"), [(5, "too_many"), (6, "unreadable")])
def test_what_cannot_be_archived_whole_stays(
    school: School, lesson: tuple[Student, Student], monkeypatch: pytest.MonkeyPatch, most: int, why: str
) -> None:
    """A value that is not of its column's type, or more rows than a file takes: nothing is archived; why is told."""

    def unreadable(*_given: Any) -> Any:
        raise arrow.UnreadableColumn("The column duration_seconds holds a value that is no decimal.")

    monkeypatch.setattr(contents, "MOST_ROWS", most)
    if why == "unreadable":
        monkeypatch.setattr(arrow, "batches", unreadable)
    with pytest.raises(NotKept, match=why):
        archived(school, Transcription)
    assert not ArchiveFile.objects.exists()


def test_rows_come_back_as_they_were(school: School, lesson: tuple[Student, Student]) -> None:
    """A restoration through the gateway brings each value back, once, and its event holds no word of content."""
    before = {row.pk: row_values(row) for row in Transcription.objects.all()}
    file = archived(school, Transcription).file
    assert file
    assert len(restore(file=file, reason="The court asks.", by=BY, now=now()).new) == 6
    assert {row.pk: row_values(row) for row in Transcription.objects.all()} == before
    again = restore(file=file, reason="Again.", by=BY, now=now())
    assert (again.new, again.same) == ([], 6)
    file.refresh_from_db()
    assert (file.state, file.restored_reason) == (ArchiveState.RESTORED, "Again.")
    events = AuditLog.objects.filter(event_type="retention.archive_restored")
    assert [json.loads(event.data_accessed or "")["rows"] for event in events.order_by("event_timestamp", "id")] != []
    assert not any("court" in str(row_values(event)) for event in events)


def test_nothing_is_written_over(school: School, lesson: tuple[Student, Student]) -> None:
    """Where the catalog has a row with other values, nothing at all is restored."""
    file = archived(school, Transcription, leave=False).file
    assert file
    row = Transcription.objects.order_by("pk").first()
    assert row
    make.change(row, content="Corrected.")
    with pytest.raises(Differs):
        restore(file=file, reason="Why not.", by=BY, now=now())
    assert not AuditLog.objects.filter(event_type="retention.archive_restored").exists()


def test_the_command_simulates_first(
    school: School, folder: Path, lesson: tuple[Student, Student], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --yes it writes nothing and says what would come back, what would follow and what is missing."""
    seats = archived(school, Participant).file
    file = archived(school, Transcription).file
    assert file
    assert seats
    with guard.writing():
        ClassroomSession.objects.all().delete()
    call_command("restore_archive", file.id)
    told = capsys.readouterr().out
    assert "6 would come back" in told
    assert "6 name a session that is not in the catalog" in told
    assert "/holds/new/" in told
    assert not Transcription.objects.exists()
    with pytest.raises(CommandError, match="--reason"):
        call_command("restore_archive", file.id, "--yes")
    call_command("restore_archive", file.id, "--yes", "--reason", "The court asks.")
    assert Transcription.objects.count() == 6
    (folder / file.name).write_bytes(b"other")
    with pytest.raises(CommandError, match="not the one that was written"):
        call_command("restore_archive", file.id)
    with pytest.raises(CommandError, match="no such file"):
        call_command("restore_archive", "nothing")


def test_the_archive_is_verified(
    school: School, folder: Path, lesson: tuple[Student, Student], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file is compared with what was written; one that is changed or gone is named."""
    good, bad = archived(school, Participant).file, archived(school, Transcription).file
    assert good
    assert bad
    call_command("verify_archive")
    assert "2 files with 8 rows" in capsys.readouterr().out
    (folder / bad.name).unlink()
    with pytest.raises(CommandError, match="1 files are not"):
        call_command("verify_archive", "--school", school.pk)
    assert bad.id in capsys.readouterr().out


def test_a_file_goes_when_its_newest_row_may(
    school: School, folder: Path, lesson: tuple[Student, Student], frozen_now: time_machine.Traveller
) -> None:
    """Not a day before the policy's end, then file and manifest first, the row and its event after."""
    file = archived(school, Transcription).file
    assert file
    frozen_now.shift(timedelta(days=285) - timedelta(seconds=1))
    assert end_archives(by=BY, now=now()).destroyed == 0
    frozen_now.shift(timedelta(seconds=1))
    assert end_archives(by=BY, now=now()).destroyed == 1
    assert files_in(folder) == []
    file.refresh_from_db()
    assert (file.state, file.destroyed_at) == (ArchiveState.DESTROYED, now())
    assert AuditLog.objects.filter(event_type="retention.archive_destroyed", resource_id=file.id).count() == 1
    assert end_archives(by=BY, now=now()).destroyed == 0


@pytest.mark.parametrize(
    ("covered", "stays"),
    [
        ({}, True),
        ({"student": True}, True),
        ({"session_id": "another"}, False),
        ({"until": datetime(2020, 1, 1, tzinfo=UTC)}, False),
        ({"since": datetime(2024, 11, 14, tzinfo=UTC)}, True),
    ],
)
def test_a_hold_keeps_a_file(
    school: School, lesson: tuple[Student, Student], covered: dict[str, Any], stays: bool
) -> None:
    """A hold on the school, on a child whose words are in the file, or on its days keeps it; others do not."""
    file = archived(school, Transcription).file
    if covered.pop("student", None):
        covered["student_id"] = lesson[0].pk
    holds.hold(school, **covered)
    ended = end_archives(by=BY, now=now() + timedelta(days=1_000))
    assert (ended.kept, ended.destroyed) == ((1, 0) if stays else (0, 1))
    assert ArchiveFile.objects.get(pk=file.id if file else "").is_there == stays


def test_a_file_that_cannot_be_destroyed_is_listed(
    school: School, lesson: tuple[Student, Student], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row does not say destroyed before the file is known to be gone, and the next round tries again."""
    file = archived(school, Transcription).file
    assert file
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", lambda _place, _name: None)
        assert end_archives(by=BY, now=now() + timedelta(days=1_000)).left == 1
    file.refresh_from_db()
    assert (file.state, file.left) == (ArchiveState.KEPT, Left.STILL_THERE)
    assert end_archives(by=BY, now=now() + timedelta(days=1_000)).destroyed == 1
    file.refresh_from_db()
    assert (file.state, file.left) == (ArchiveState.DESTROYED, "")


def test_recordings_of_archived_rows_go_with_the_file(school: School) -> None:
    """Audio stays while its row is archived, is destroyed before it, and keeps the file where it is left."""
    audio = storages["recordings"]
    here, away = (
        make.recording(session=make.session(school=school), file_path=path, created_at=now() - timedelta(days=20))
        for path in (f"archive/{school.pk}.opus", "s3://bucket/voice.opus")
    )
    audio.save(here.file_path, ContentFile(b"voice"))
    file = archived(school, Recording).file
    assert file
    assert audio.exists(here.file_path)
    assert end_archives(by=BY, now=now() + timedelta(days=100)).left == 1
    assert not audio.exists(here.file_path)
    file.refresh_from_db()
    assert file.left == Left.ELSEWHERE
    assert away.file_path in read(file).column("file_path").to_pylist()


def test_a_child_leaves_the_archive(school: School, folder: Path, lesson: tuple[Student, Student]) -> None:
    """Files with rows of the child are written anew, the old bytes gone; the other child's words stay till its turn."""
    maya, noah = lesson
    seats, words = archived(school, Participant).file, archived(school, Transcription).file
    assert seats
    assert words
    done = erase(school, maya)
    assert (dict(done.removed), done.is_whole) == ({"sessions.participants": 1, "sessions.transcriptions": 3}, True)
    for file in (seats, words):
        file.refresh_from_db()
    assert set(read(words).column("content").to_pylist()) == {"Rivers carry sand."}
    assert read(seats).column("student_id").to_pylist() == [noah.pk]
    assert files_in(folder) == sorted(name for one in (seats, words) for name in (one.name, manifest_name(one.name)))
    everything = [pq.read_table(one).to_pylist() for one in folder.rglob("*.parquet")]
    assert maya.pk not in str(everything)
    event = AuditLog.objects.get(event_type="retention.archive_rewritten", resource_id=words.id)
    assert json.loads(event.affected_student_ids or "") == [maya.pk]
    assert not erase(school, maya).removed
    assert erase(school, noah).removed.total() == 4
    assert files_in(folder) == []


def test_a_held_child_stays_in_the_archive(school: School, folder: Path, lesson: tuple[Student, Student]) -> None:
    """A hold wins over a deletion there too, and the numbers say so."""
    archived(school, Participant)
    archived(school, Transcription)
    holds.hold(school, student_id=lesson[0].pk)
    before = files_in(folder)
    done = erase(school, lesson[0])
    assert (done.removed.total(), done.kept["sessions.transcriptions"], done.is_whole) == (0, 3, False)
    assert files_in(folder) == before


def test_old_bytes_that_are_left_are_told(
    school: School, folder: Path, lesson: tuple[Student, Student], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the former file is known to be gone the child's deletion is not whole; the next call finishes it."""
    archived(school, Participant, leave=False)
    file = archived(school, Transcription).file
    assert file
    former = file.name
    delete = FileSystemStorage.delete
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", lambda place, name: None if name == former else delete(place, name))
        assert erase(school, lesson[0]).left[file.id] is Left.STILL_THERE
    assert (folder / former).exists()
    assert erase(school, lesson[0]).is_whole
    assert not (folder / former).exists()


def test_what_a_dead_process_left_is_swept(school: School, folder: Path, lesson: tuple[Student, Student]) -> None:
    """A file without a row goes after an hour; files with a row, of any school, stay."""
    archived(school, Transcription)
    named = files_in(folder)
    lost = folder / "sessions.transcriptions" / "lost.parquet"
    lost.write_bytes(WORDS)
    written = datetime.fromtimestamp(lost.stat().st_mtime, tz=UTC)
    assert sweep(now=written + timedelta(minutes=59)) == 0
    assert sweep(now=written + timedelta(hours=2)) == 1
    assert files_in(folder) == named


def test_the_pages_say_what_is_kept_and_until_when(school: School, office: Client) -> None:
    """The list names the files, a file's page what proves it, the day it ends and how to bring its rows back."""
    assert "Nothing is archived" in office.get("/retention/archive/").content.decode()
    file = make_row(school)
    listed = office.get("/retention/archive/").content.decode()
    assert "12,400" in listed
    page = office.get(f"/retention/archive/{file.id}/").content.decode()
    assert file.sha256 in page
    assert f"manage.py restore_archive {file.id}" in page
    assert f"{now() + timedelta(days=395 - 366):%b %-d, %Y}" in page
    gone = make_row(school, state=ArchiveState.DESTROYED, destroyed_at=now(), segment=2)
    assert "restore_archive" not in office.get(f"/retention/archive/{gone.id}/").content.decode()
    left = make_row(school, left=Left.STILL_THERE, segment=3)
    assert Left.STILL_THERE.label in office.get(f"/retention/archive/{left.id}/").content.decode()

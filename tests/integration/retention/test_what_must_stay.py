"""What must stay, stays: files, holds and rows of other schools, in the ways in which they could get lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from pytest_django.fixtures import Settings

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import NotificationQueue, Participant, Recording, School, Student, Transcription
from retention import files
from retention.actions.archiving import put_away
from retention.actions.destroying import NOT_ARCHIVED
from retention.actions.runs import RUN, approve_run
from retention.archive import contents, recordings
from retention.models import RunState
from retention.queries.kept import SEATS_UNREADABLE
from retention.schedule import rule_of
from tests.factories import catalog as make
from tests.factories import deletions, families, holds, requests
from tests.factories import runs as factory
from tests.factories.queued_mails import notice
from tests.integration.retention.archives import archived

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


def aged(days: int) -> dict[str, Any]:
    """Return the moment of a row that is so many days old."""
    return {"created_at": now() - timedelta(days=days)}


@pytest.fixture
def place() -> Storage:
    """Return the storage of recordings, which has held files."""
    found = storages[files.RECORDINGS]
    files.mark(found)
    return found


def voice(school: School, days: int, path: str) -> Recording:
    """Save a recording of an age in days."""
    return make.recording(session=make.session(school=school, **aged(days)), file_path=path, **aged(days))


@pytest.mark.parametrize("prefix", ["", "s3://voices/", "s3://voices//"])
@pytest.mark.parametrize("whose", ["own", "other"])
def test_a_file_stays_while_another_record_names_it(
    school: School, place: Storage, settings: Settings, prefix: str, whose: str
) -> None:
    """Of another school too, and by another spelling of its name."""
    settings.RECORDINGS_PREFIXES = ["s3://voices/"]
    name = place.save("both.opus", ContentFile(b"voice"))
    voice(school, 500, f"{prefix}{name}")
    young = voice(school if whose == "own" else make.school(domain="hill.example"), 5, name)
    run = factory.done(school, kind=Retention.AUDIO_RECORDINGS)
    assert run.state == RunState.DONE
    assert place.exists(name)
    assert Recording.objects.count() == 2
    assert [one.code for one in run.leftovers.all()] == [files.Left.OTHER_ROW]
    make.removed(young)
    factory.done(school, kind=Retention.AUDIO_RECORDINGS)
    assert not place.exists(name)
    assert not Recording.objects.exists()


def test_a_file_of_archived_rows_stays_while_another_school_names_it(school: School, place: Storage) -> None:
    """The archive asks for rows of every school before a recording goes."""
    name = place.save("both.opus", ContentFile(b"voice"))
    voice(school, 500, name)
    kept = archived(school, Recording)
    assert kept.file
    voice(make.school(domain="hill.example"), 5, name)
    left = recordings.destroy_of(rule_of(Recording), contents.read(kept.file))
    assert list(left.values()) == [files.Left.OTHER_ROW]
    assert place.exists(name)


def test_mails_about_a_brother_or_sister_stay(school: School) -> None:
    """Mails to one parent about two children, of two schools too: those about the other child are not this child's."""
    children: dict[str, Student] = {}
    for name, home in {"own": school, "same": school, "other": make.school(domain="hill.example")}.items():
        children[name] = make.student(school=home)
        guardian = families.guardian(children[name], email="parent@home.example")
        notice(children[name].pk, "parent@home.example")
        notice(guardian.pk, "parent@home.example")
    deletions.done(children["own"])
    left = set(NotificationQueue.objects.values_list("user_id", flat=True))
    assert children["own"].pk not in left
    assert {children["same"].pk, children["other"].pk} < left
    assert NotificationQueue.objects.count() == 4


@pytest.mark.parametrize("why", ["hold", "request"])
def test_nothing_goes_while_nobody_can_tell_what_is_held(school: School, why: str) -> None:
    """The seats of a student lie in a damaged archive file: which words are theirs is not known, so all stay."""
    meeting = make.session(school=school, **aged(500))
    child = make.student(school=school)
    make.transcription(session=meeting, speaker=make.participant(session=meeting, student=child), **aged(500))
    kept = archived(school, Participant)
    assert kept.file
    storages[files.ARCHIVE].delete(kept.file.name)
    asked = holds.hold(school, student_id=child.pk) if why == "hold" else requests.request(child)
    run = factory.run(school)
    assert run.numbers["sessions.transcriptions"]["kept"] == {SEATS_UNREADABLE: 1}
    assert Transcription.objects.count() == 1
    asked.delete()
    assert factory.done(school).state == RunState.DONE
    assert not Transcription.objects.exists()


def test_a_hold_on_some_days_covers_what_has_no_day(school: School) -> None:
    """The name of a student who is held stays, for the held rows name the student by an id."""
    child = make.student(school=school, display_name="Maya R.")
    holds.hold(school, student_id=child.pk, since=now() - timedelta(days=10))
    run = deletions.done(child)
    assert run.stop["code"] == "partly"
    assert Student.objects.get(pk=child.pk).display_name == "Maya R."


def test_what_was_corrected_after_it_was_archived_stays(school: School) -> None:
    """A run is paused between the archive and the catalog, and a transcript is corrected: it is not lost."""
    make.retention_policy(school=school, archive_after_days=100, retention_days=200, delete_after_days=300)
    meeting = make.session(school=school, **aged(150))
    turns = [make.transcription(session=meeting, content="Mesa", **aged(150)) for _ in range(3)]
    run = factory.run(school)
    approve_run(run=run, by=factory.COLLEAGUE, now=now())
    segment = run.segments.get()
    assert len(put_away(run, segment, rule_of(Transcription), now())) == 3
    make.change(turns[1], content="Maya")
    run = factory.worked(run, RUN)
    assert (run.state, run.segments.get().removed) == (RunState.DONE, 2)
    assert [turn.content for turn in Transcription.objects.all()] == ["Maya"]
    assert run.segments.get().stayed == {NOT_ARCHIVED: 1}

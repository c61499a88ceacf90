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
from classwaves_admin.warehouse.models import Recording, School
from retention import files
from retention.models import RunState
from tests.factories import catalog as make
from tests.factories import runs as factory
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
    from retention.archive import contents, recordings
    from retention.schedule import rule_of

    name = place.save("both.opus", ContentFile(b"voice"))
    voice(school, 500, name)
    kept = archived(school, Recording)
    assert kept.file
    voice(make.school(domain="hill.example"), 5, name)
    left = recordings.destroy_of(rule_of(Recording), contents.read(kept.file))
    assert list(left.values()) == [files.Left.OTHER_ROW]
    assert place.exists(name)

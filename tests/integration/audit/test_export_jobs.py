"""Large exports: made in portions, told of, handed over, deleted; never with other rows than were counted."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from audit.exports import writing
from audit.exports.maker import make_export
from audit.making.storage import workspace_of
from audit.models import Making
from classwaves_admin.jobs import running
from classwaves_admin.jobs.kinds import CannotGoOn, Progress
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.tenancy.scope import EVERYTHING, inside, system_scope
from classwaves_admin.warehouse.guard import writing as catalog_writing
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools
from tests.integration.audit.test_export import URL, export_events

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
ROWS = 23
QUERY = "event:x.y"


@pytest.fixture
def fresh(
    office: Client,
    schools: Schools,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    frozen_now: time_machine.Traveller,
) -> Client:
    """Rivera, who has just signed in again, with rows for three portions, and another school's."""
    settings.EXPORT_AT_ONCE_ROWS = 5
    monkeypatch.setattr(writing, "PORTION", 10)
    for number in range(ROWS):
        moment = now() - timedelta(days=number // 2)  # some of the same moment
        make.audit_row(
            school=schools.harbour,
            event_type="x.y",
            event_timestamp=moment,
            created_at=moment,
            description=f"=entry {number}" if number else "other",
        )
    make.audit_row(school=schools.hill, event_type="x.y")
    people.confirmed(office)
    return office


def begun(browser: Client, form: str = "csv", query: str = QUERY) -> Making:
    """Ask for a file and return its making; the browser is led to its page."""
    answer = browser.post(URL, {"form": form, "q": query})
    making = Making.objects.order_by("-asked_at", "-id")[0]
    assert answer["Location"] == reverse("made-file", args=[making.pk])
    return making


def worked(making: Making) -> Making:
    """Let the worker work on it and return it anew."""
    with system_scope(reason="test"):
        running.run(Job.objects.get(subject_id=making.pk).pk)
    making.refresh_from_db()
    return making


def job_of(making: Making) -> Job:
    """Return its job."""
    with system_scope(reason="test"):
        return Job.objects.get(subject_id=making.pk)


def content(making: Making) -> bytes:
    """Return the file as it lies in storage."""
    with default_storage.open(making.files.get().file) as file:
        return bytes(file.read())


def csv_rows(data: bytes) -> list[dict[str, str]]:
    """Read CSV."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


READERS: dict[str, Callable[[bytes], list[Any]]] = {
    "csv": csv_rows,
    "jsonl": lambda data: [json.loads(line) for line in data.splitlines()],
    "parquet": lambda data: pq.read_table(io.BytesIO(data)).to_pylist(),
    "zip": lambda data: csv_rows(zipfile.ZipFile(io.BytesIO(data)).read("audit-log.csv")),
}


@pytest.mark.parametrize("form", READERS)
def test_a_large_export_is_made_in_portions(fresh: Client, schools: Schools, form: str) -> None:
    """Every row once, newest first, of the person's school alone; rows and hash are told, and a mail goes out."""
    making = worked(begun(fresh, form))
    rows = READERS[form](content(making))
    with inside(EVERYTHING):
        found = AuditLog.objects.filter(event_type="x.y", school_id=schools.harbour.pk)
        wanted = list(found.order_by("-event_timestamp", "-id").values_list("id", flat=True))
    assert [row["id"] for row in rows] == wanted
    assert making.rows == ROWS
    assert job_of(making).state == State.DONE
    assert making.data_as_of == making.asked_at
    (event,) = export_events()
    assert (event["rows"], event["formats"], event["filters"]) == (ROWS, [form], ["events"])
    if form == "zip":
        archive = zipfile.ZipFile(io.BytesIO(content(making)))
        assert json.loads(archive.read("manifest.json"))["rows"] == ROWS
        assert sha256_hex(archive.read("audit-log.jsonl")) == making.data_sha256
    else:
        assert sha256_hex(content(making)) == making.data_sha256
    with inside(EVERYTHING):
        assert OutgoingMail.objects.get().kind == "audit.file_ready"
    answer = fresh.get(reverse("made-download", args=[making.pk, form]))
    assert answer.getvalue() == content(making)
    page = fresh.get(URL, {"q": QUERY}).content.decode()
    assert making.data_sha256 in page
    assert "Ready" in page


def portions(making: Making, number: int) -> None:
    """Do so many portions of the work."""
    with inside(making.scope):
        for _ in range(number):
            assert isinstance(make_export(making=making, workspace=workspace_of(making), now=now()), Progress)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_portion_that_died_is_done_anew(fresh: Client, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the files behind the last portion is cut off; no row is doubled or lost."""
    making = begun(fresh, form)
    portions(making, 2)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="power"), inside(making.scope):
        patch.setattr(writing.State, "save", _power_cut)
        make_export(making=making, workspace=workspace_of(making), now=now())
    rows = READERS[form](content(worked(making)))
    assert len({row["id"] for row in rows}) == len(rows) == ROWS


def _power_cut(*args: object) -> None:
    raise OSError("power")


@pytest.mark.parametrize("change", ["vanishes", "arrives"])
@pytest.mark.parametrize("form", ["csv", "zip"])
def test_a_row_that_vanishes_or_arrives_ends_it_in_words(
    fresh: Client, schools: Schools, form: str, change: str
) -> None:
    """No file is made that holds another number of rows than was counted; the page says why."""
    making = begun(fresh, form)
    portions(making, 2)
    if change == "arrives":
        earlier = now() - timedelta(days=400)
        make.audit_row(school=schools.harbour, event_type="x.y", event_timestamp=earlier, created_at=earlier)
    else:
        with catalog_writing(), inside(EVERYTHING):
            oldest = AuditLog.objects.filter(event_type="x.y", school_id=schools.harbour.pk).order_by("event_timestamp")
            AuditLog.objects.filter(pk=oldest[0].pk).delete()
    making = worked(making)
    assert (job_of(making).state, job_of(making).failure) == (State.FAILED, "rows_changed")
    assert making.made_at is None
    assert not making.files.exists()
    page = fresh.get(reverse("made-file", args=[making.pk])).content.decode()
    assert "Rows changed while the file was written" in page


def test_a_row_that_vanishes_behind_the_reader_is_found_too(fresh: Client, schools: Schools) -> None:
    """The last count is of what is there then: a row that was written and deleted since ends it as well."""
    making = begun(fresh)
    portions(making, 2)
    with catalog_writing(), inside(EVERYTHING):
        newest = AuditLog.objects.filter(event_type="x.y", school_id=schools.harbour.pk).order_by("-event_timestamp")
        AuditLog.objects.filter(pk=newest[0].pk).delete()
    assert job_of(worked(making)).failure == "rows_changed"


def test_rows_of_after_the_asking_stay_out(fresh: Client, schools: Schools, frozen_now: time_machine.Traveller) -> None:
    """A busy school does not fail its exports."""
    making = begun(fresh)
    portions(making, 1)
    frozen_now.shift(timedelta(minutes=1))
    make.audit_row(school=schools.harbour, event_type="x.y", created_at=now(), event_timestamp=now())
    assert worked(making).rows == ROWS


def test_moments_of_another_form_are_no_stumbling_block(fresh: Client) -> None:
    """SQLite keeps moments as another program wrote them, and compares text: no row comes twice or not at all."""
    with catalog_writing(), connections["warehouse"].cursor() as cursor:
        cursor.execute("UPDATE \"compliance.audit_log\" SET event_timestamp = substr(event_timestamp, 1, 19) || '.5'")
    assert len({row["id"] for row in csv_rows(content(worked(begun(fresh))))}) == ROWS


def test_what_was_typed_is_forgotten_and_not_asked_for_again(fresh: Client) -> None:
    """Words are part of the search while the file is made; afterwards it cannot be made again without them."""
    making = begun(fresh, "csv", f"{QUERY} entry")
    assert making.typed == {"query": "entry"}
    making = worked(making)
    assert len(csv_rows(content(making))) == ROWS - 1
    assert making.typed == {}
    assert making.parameters["query"] == QUERY
    assert "Make it again" not in fresh.get(reverse("made-file", args=[making.pk])).content.decode()
    assert fresh.post(reverse("made-again", args=[making.pk])).status_code == 404
    Making.objects.filter(pk=making.pk).update(made_at=None)
    making.refresh_from_db()
    with pytest.raises(CannotGoOn, match="search_forgotten"), inside(making.scope):
        make_export(making=making, workspace=workspace_of(making), now=now())


def test_an_export_can_be_made_again(fresh: Client, schools: Schools) -> None:
    """The same search with the rows of today."""
    first = worked(begun(fresh))
    make.audit_row(school=schools.harbour, event_type="x.y", created_at=now() - timedelta(seconds=1))
    fresh.post(reverse("made-again", args=[first.pk]))
    assert worked(Making.objects.exclude(pk=first.pk).get()).rows == ROWS + 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_export_can_be_deleted(fresh: Client, when: str) -> None:
    """While it is made, which stops that, and afterwards: no file is left, the log says so."""
    making = begun(fresh)
    if when == "after":
        worked(making)
    else:
        portions(making, 2)
    page = fresh.get(reverse("made-file", args=[making.pk])).content.decode()
    assert ("Delete the files now" if when == "after" else "Stop and delete") in page
    names = [file.file for file in making.files.all()]
    answer = fresh.post(reverse("made-delete", args=[making.pk]), follow=True)
    assert "The files are deleted" in answer.content.decode()
    assert not any(map(default_storage.exists, names))
    assert worked(making).ended_at == now()
    assert not making.files.exclude(file="").exists()
    assert not workspace_of(making).joinpath("state.json").exists()
    fresh.post(reverse("made-delete", args=[making.pk]))
    delivery.deliver()
    with inside(EVERYTHING):
        assert AuditLog.objects.filter(event_type="export.deleted", resource_id=making.pk).count() == 1

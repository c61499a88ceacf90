"""Files that are made in the background: asked for, made, told of, handed over to who may have them, deleted."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from audit.making import actions, kinds
from audit.making.kinds import Made, Part
from audit.making.storage import workspace_of
from audit.models import MadeFile, Making
from audit.tasks import end_old
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.standing import forget
from classwaves_admin.jobs import running
from classwaves_admin.jobs.kinds import Progress
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.tenancy.scope import EVERYTHING, Scope, inside, system_scope
from classwaves_admin.warehouse.models import AuditLog, Student
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people
from tests.factories.made import made
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
BY = Actor("teacher-1", ActorType.ADMIN)
KIND = "export.names"


def names(*, making: Making, workspace: Path, now: datetime) -> Progress | Made:
    """Make a file of the names of the students in reach, in two portions."""
    path = workspace / "names.csv"
    if not path.exists():
        path.write_text("\n".join(Student.objects.order_by("display_name").values_list("display_name", flat=True)))
        return Progress(1, 2)
    data = path.read_bytes()
    parts = [Part("csv", path, "text/csv; charset=utf-8")]
    return Made(parts, rows=len(data.splitlines()), data_sha256=sha256_hex(data), data_as_of=now)


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch, frozen_now: time_machine.Traveller) -> None:
    monkeypatch.setitem(kinds._KINDS, KIND, kinds.Kind(KIND, f"{__name__}.names", "Names", "names", again=True))


@pytest.fixture
def rivera(schools: Schools) -> User:
    """Return the office of Harbour School, with a child at either school."""
    make.student(school=schools.harbour, display_name="Maya R.")
    make.student(school=schools.hill, display_name="Noah T.")
    return people.staff(school=schools.harbour)[0]


def asked(user: User, *, school_id: str | None, scope: Scope, typed: dict[str, str] | None = None) -> Making:
    """Ask for the names and return the making as it is after the job."""
    making = actions.ask(
        kind=KIND,
        school_id=school_id,
        scope=scope,
        parameters={"grade": "5"},
        typed=typed,
        user=user,
        role="School administrator",
        by=BY,
        now=now(),
    )
    with system_scope(reason="test"):
        running.run(Job.objects.get(subject_id=making.pk).pk)
    making.refresh_from_db()
    return making


def content(making: Making) -> bytes:
    """Return the file as it lies in storage."""
    with default_storage.open(making.files.get(format="csv").file) as file:
        return bytes(file.read())


def events() -> list[tuple[str, str, Any]]:
    """Return what the log has of files: event, school, data."""
    delivery.deliver()
    with inside(EVERYTHING):
        rows = AuditLog.objects.filter(resource_type="made_file").order_by("event_timestamp", "id")
        return list(rows.values_list("event_type", "school_id", "data_accessed"))


def test_a_file_holds_the_rows_of_its_school_alone(rivera: User, schools: Schools) -> None:
    """The job works inside the school; the file has its hash, its size, an end, and lies under a random name."""
    making = asked(rivera, school_id=schools.harbour.pk, scope=Scope((schools.harbour.pk,)))
    assert content(making) == b"Maya R."
    file = making.files.get()
    assert (making.rows, file.size, file.sha256) == (1, 7, sha256_hex(b"Maya R."))
    assert making.expires_at == now() + timedelta(days=7)
    assert re.fullmatch(r"made/[0-9a-f]{32}", file.file)
    assert not workspace_of(making).joinpath("names.csv").exists()


def test_a_file_of_several_schools_holds_those_that_its_maker_saw(rivera: User, schools: Schools) -> None:
    """Without one school, the scope of asking is kept; a third school's child stays out."""
    make.student(school=make.school(), display_name="Zoe A.")
    both = Scope((schools.harbour.pk, schools.hill.pk))
    assert content(asked(rivera, school_id=None, scope=both)) == b"Maya R.\nNoah T."
    assert b"Zoe A." in content(asked(rivera, school_id=None, scope=EVERYTHING))
    with pytest.raises(actions.OutsideScope):
        asked(rivera, school_id=schools.hill.pk, scope=Scope((schools.harbour.pk,)))


def test_making_is_logged_and_told_to_who_asked(rivera: User, schools: Schools) -> None:
    """One event with kind, rows and hash; one mail that names no child; what was typed is forgotten."""
    making = asked(rivera, school_id=schools.harbour.pk, scope=Scope((schools.harbour.pk,)), typed={"name": "Maya"})
    [(event, school, data)] = events()
    assert (event, school) == ("export.created", schools.harbour.pk)
    assert making.data_sha256 in data
    assert "Maya" not in data
    assert making.typed == {}
    with inside(EVERYTHING):
        mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.address) == ("audit.file_ready", rivera.email)
    assert "Maya" not in str(mail.context)


def test_a_second_run_makes_no_second_file(rivera: User, schools: Schools) -> None:
    """A job that is run again after it has kept the file changes nothing."""
    making = asked(rivera, school_id=schools.harbour.pk, scope=Scope((schools.harbour.pk,)))
    with system_scope(reason="test"):
        Job.objects.update(state=State.QUEUED, next_attempt_at=now())
        running.run(Job.objects.get().pk)
    assert MadeFile.objects.count() == 1
    assert len(events()) == 1
    before = default_storage.listdir("made")
    with pytest.raises(actions.AlreadyMade), inside(EVERYTHING):
        path = workspace_of(making) / "late.csv"
        path.write_text("late")
        late = Made([Part("csv", path, "text/csv")], rows=1, data_sha256="0" * 64, data_as_of=now())
        actions.keep(making=making, made=late, by=BY, now=now())
    assert default_storage.listdir("made") == before


def test_a_file_is_handed_over_after_a_fresh_sign_in(rivera: User, schools: Schools) -> None:
    """To who has just shown who they are, the file comes whole, uncached, and stands in the log and at the file."""
    making = asked(rivera, school_id=schools.harbour.pk, scope=Scope((schools.harbour.pk,)))
    answer = people.confirmed(signed_in(rivera)).get(reverse("made-download", args=[making.pk, "csv"]))
    assert answer.getvalue() == b"Maya R."
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"] == 'attachment; filename="names-2025-03-04.csv"'
    assert [event for event, _, _ in events()] == ["export.created", "export.downloaded"]
    assert making.files.get().downloads == 1


def test_nobody_without_every_school_in_it_can_have_a_file(schools: Schools) -> None:
    """At the moment of the download the scope of that moment counts, also for who asked for it."""
    both = Scope((schools.harbour.pk, schools.hill.pk))
    schools_of, until = both.schools or (), date(2100, 1, 1)
    auditor = people.member("auditor", email="audit@state.example", schools=schools_of, until=until)
    making = asked(auditor, school_id=None, scope=both)
    address = reverse("made-download", args=[making.pk, "csv"])
    colleague = people.member("auditor", email="other@state.example", schools=schools_of, until=until)
    assert people.confirmed(signed_in(colleague)).get(address).status_code == 404, "it stays its maker’s"
    assert signed_in(auditor).get(address).status_code == 302
    Membership.objects.filter(user=auditor).update(school_ids=[schools.hill.pk])
    forget(auditor)
    for url in (address, reverse("made-file", args=[making.pk]), reverse("made-picture", args=[making.pk])):
        assert people.confirmed(signed_in(auditor)).get(url).status_code == 404
    assert "Names" not in signed_in(auditor).get(reverse("report-list")).content.decode()


def test_files_are_deleted_when_their_days_are_over(
    rivera: User, schools: Schools, frozen_now: time_machine.Traveller
) -> None:
    """After a week the file is gone from storage and from the page; its hash and the log stay."""
    making = asked(rivera, school_id=schools.harbour.pk, scope=Scope((schools.harbour.pk,)))
    name = making.files.get().file
    frozen_now.shift(timedelta(days=7))
    browser = people.confirmed(signed_in(rivera))
    assert browser.get(reverse("made-download", args=[making.pk, "csv"])).status_code == 404, "before the task has run"
    end_old()
    end_old()
    assert not default_storage.exists(name)
    page = browser.get(reverse("made-file", args=[making.pk])).content.decode()
    assert "The files are deleted" in page
    assert making.data_sha256 in page


def test_what_died_processes_left_is_swept(schools: Schools, frozen_now: time_machine.Traveller) -> None:
    """A file without a row and the folder of a making that is no longer open go after a day; others stay."""
    kept = made(schools.harbour).files.get(format="csv").file
    lost = default_storage.save("made/lost", default_storage.open(kept))
    orphan = workspace_of(Making(pk="nobody"))
    frozen_now.move_to(datetime.now(tz=now().tzinfo).replace(year=2100))
    Making.objects.update(expires_at=now() + timedelta(days=1))
    end_old()
    assert default_storage.exists(kept)
    assert not default_storage.exists(lost)
    assert not orphan.exists()


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.QUEUED])
def test_nothing_of_a_file_that_was_never_made_outlasts_its_days(
    rivera: User, schools: Schools, frozen_now: time_machine.Traveller, state: State
) -> None:
    """The folder has rows with names in it: it goes after as many days as a file, however the work stopped."""
    making = actions.ask(
        kind=KIND,
        school_id=schools.harbour.pk,
        scope=Scope((schools.harbour.pk,)),
        parameters={},
        user=rivera,
        role="",
        by=BY,
        now=now(),
    )
    folder = workspace_of(making)
    (folder / "rows.jsonl").write_text("Maya R.")
    with system_scope(reason="test"):
        Job.objects.filter(subject_id=making.pk).update(state=state)
    frozen_now.move_to(datetime.now(tz=now().tzinfo).replace(year=2100))
    end_old()
    assert not folder.exists()


def test_the_page_offers_to_make_it_again(rivera: User, schools: Schools) -> None:
    """With the same parameters and the data of today, after a fresh sign-in."""
    making = asked(rivera, school_id=schools.harbour.pk, scope=Scope((schools.harbour.pk,)))
    browser = signed_in(rivera)
    assert "Make it again" in browser.get(reverse("made-file", args=[making.pk])).content.decode()
    people.confirmed(browser)
    answer = browser.post(reverse("made-again", args=[making.pk]))
    fresh = Making.objects.exclude(pk=making.pk).get()
    assert answer["Location"] == reverse("made-file", args=[fresh.pk])
    assert (fresh.parameters, fresh.school_id, fresh.asked_by) == (making.parameters, making.school_id, rivera)


def test_the_list_shows_what_is_made_and_what_waits(office: Client, schools: Schools) -> None:
    """Each with its state; another school's are not there."""
    made(schools.harbour)
    made(schools.hill, kind="export.elsewhere")
    page = office.get(reverse("report-list")).content.decode()
    assert "export.lines" in page
    assert "Ready" in page
    assert "export.elsewhere" not in page


def test_a_file_that_the_storage_has_lost_is_told_of_and_not_logged_as_handed_over(
    rivera: User, schools: Schools
) -> None:
    """The page of the file says it; the log has no download and no look that did not happen."""
    lost = made(schools.harbour)
    for file in lost.files.all():
        default_storage.delete(file.file)
    browser = people.confirmed(signed_in(rivera))
    page = browser.get(reverse("made-download", args=[lost.pk, "csv"]), follow=True)
    assert page.redirect_chain == [(reverse("made-file", args=[lost.pk]), 302)]
    assert "The storage has lost this file" in page.content.decode()
    assert browser.get(reverse("made-picture", args=[lost.pk])).status_code == 404
    assert events() == []

"""The import of a OneRoster package, from the file to both databases."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from classwaves_admin.jobs import running
from classwaves_admin.jobs import tasks as jobs
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import (
    AuditLog,
    CoppaCompliance,
    District,
    ParentalConsent,
    School,
    SchoolSetting,
    Student,
    Teacher,
)
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions import nightly
from consent.actions.orders import About, lift_order, record_order
from consent.models import (
    Departure,
    Guardian,
    Guardianship,
    Invitation,
    InvitationChild,
    RosterImport,
    RosterStudent,
)
from consent.queries.rows import consents_of, restricted_guardians
from consent.roster import applying, parts
from consent.roster.actions import start_undoing
from consent.roster.changes import Changes
from consent.roster.command import Choices, Import, import_package
from consent.rules.limits import LIMITS
from tests.factories import catalog, families
from tests.factories import oneroster as make
from tests.integration.consent.conftest import reloaded

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)]
DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "oneroster"
NOW = datetime(2025, 3, 4, 15, tzinfo=UTC)
LATER = datetime(2025, 3, 5, 15, tzinfo=UTC)
# Gerda has another address.
MOVED = make.USERS_1_1.replace("gerda@home.example", "new@home.example")


@pytest.fixture(autouse=True)
def _everywhere() -> Iterator[None]:
    """Look at all schools."""
    with system_scope(reason="test"):
        yield


def take(contents: dict[str, str], *, now: datetime = NOW, dry_run: bool = False, **choices: Any) -> Import:
    """Import a package of these files at a moment; whoever leaves is confirmed unless the test says otherwise."""
    with time_machine.travel(now, tick=False):
        wanted = Choices(dry_run=dry_run, **{"confirmed": leaving(contents) if not dry_run else None} | choices)
        return import_package(package=make.package(contents), by=system("test"), now=now, choices=wanted)


def undo(done: Import) -> None:
    """Take an import back at once."""
    with time_machine.travel(LATER, tick=False):
        job = start_undoing(import_id=done.id, by=system("test"), now=LATER)
        while running.run(job.pk):
            pass
    assert RosterImport.objects.get(pk=done.id).state == "undone"


def leaving(contents: dict[str, str]) -> int:
    """Return how many students and guardianships these files would end."""
    rehearsed = import_package(
        package=make.package(contents), by=system("test"), now=clock.now(), choices=Choices(dry_run=True)
    )
    return rehearsed.leaving


def student(first_name: str) -> Student:
    """Return the one student of that first name."""
    return Student.objects.get(display_name__startswith=first_name)


def snapshot() -> dict[str, list[Any]]:
    """Return every row that an import may write, save audit events."""
    tables: tuple[type[Any], ...] = (
        District,
        School,
        SchoolSetting,
        Teacher,
        Student,
        CoppaCompliance,
        Guardian,
        Guardianship,
        RosterStudent,
        Departure,
    )
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in tables}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_package_becomes_rows(version: str) -> None:
    """Both versions give the same schools, students, age records, staff and guardians."""
    done = take(make.files(version=version))
    assert done.written
    assert done.faults == []
    district = District.objects.get()
    assert set(SchoolSetting.objects.values_list("setting_key", "setting_value")) == {("district_id", district.id)}
    assert set(School.objects.values_list("name", flat=True)) == {"Harbour School", "Hill School"}
    ana = student("Ana")
    assert (ana.display_name, ana.school.name, ana.grade_level, ana.status) == (
        "Ana Å.",
        "Harbour School",
        "05",
        "active",
    )
    flags = (ana.has_parental_consent, ana.audio_recording_consent, ana.data_sharing_consent)
    assert flags == (False, False, False)
    assert set(Teacher.objects.values_list("email", "role")) == {
        ("tamara@harbour.example", "teacher"),
        ("adam@harbour.example", "admin"),
    }
    assert done.tally.notes["district_staff_left_out"] == 1
    ties = Guardianship.objects.filter(student_id=ana.id)
    assert set(ties.values_list("guardian__name", "relationship")) == {
        ("Gerda Ånström", "mother"),
        ("Gustav Ånström", "parent"),
    }


def test_only_the_year_of_birth_is_kept() -> None:
    """The age record says how it is known, and unknown ages count as under 13."""
    take(make.files(demographics=make.DEMOGRAPHICS.replace("2016-01-02", "")))
    ages = {row.student_id: row for row in CoppaCompliance.objects.all()}
    ana, ben, cem = (ages[student(name).id] for name in ("Ana", "Ben", "Cem"))
    assert (ana.birth_year, ana.is_under_13, ana.age_verification_method) == (2014, True, "sis_dob")
    assert (ben.birth_year, ben.is_under_13, ben.age_verification_method) == (None, True, "unknown")
    assert (cem.birth_year, cem.is_under_13, cem.age_verification_method) == (2011, False, "sis_dob")


def test_a_family_with_one_address_has_it_as_contact() -> None:
    """The family's only address stands in the student's row."""
    take(make.files())
    assert student("Ana").parent_email == "gerda@home.example"
    assert student("Cem").parent_email == "gul@home.example"


def test_a_family_with_two_addresses_has_no_contact() -> None:
    """Neither guardian is taken for the one in authority because the file names them first."""
    take(make.files(users=make.USERS_1_1.replace("Gustav,Ånström,,,", "Gustav,Ånström,,,gustav@home.example")))
    assert student("Ana").parent_email is None
    assert student("Ben").parent_email == "gerda@home.example"


def test_a_new_adult_is_asked_after_the_import_and_not_in_the_night() -> None:
    """The import has the ages of its schools checked: the student becomes a contact of their own, with a request."""
    users = make.USERS_1_1.replace("Ben,Ånström,,,,", "Ben,Ånström,,,ben@harbour.example,")
    take(make.files(users=users, demographics=make.DEMOGRAPHICS.replace("2016-01-02", "2004-01-02")))
    checks = Job.objects.filter(kind=nightly.KIND)
    assert set(checks.values_list("subject_id", flat=True)) == set(School.objects.values_list("id", flat=True))
    with time_machine.travel(NOW, tick=False):
        for job in checks:
            running.run(job.pk)
    contact = Guardian.objects.get(email="ben@harbour.example")
    assert Guardianship.objects.get(guardian=contact).relationship == "self"
    (child,) = InvitationChild.objects.filter(invitation__guardian=contact)
    assert child.student_id == student("Ben").id
    take(make.files(users=users, demographics=make.DEMOGRAPHICS.replace("2016-01-02", "2004-01-02")), now=LATER)
    assert checks.count() == School.objects.count(), "a roster that changed nothing has nothing checked"


def test_a_second_import_changes_nothing() -> None:
    """The same package a day later leaves every row as it is, to the microsecond."""
    take(make.files())
    before = snapshot()
    done = take(make.files(), now=LATER)
    assert snapshot() == before
    assert done.tally.writes == 0


def test_a_rehearsal_writes_nothing_and_counts_the_same() -> None:
    """`dry_run` tells what would happen."""
    rehearsed = take(make.files(), dry_run=True)
    assert not any(snapshot().values())
    assert not AuditLog.objects.exists()
    assert rehearsed.tally == take(make.files()).tally


def test_rows_with_faults_wait_for_a_persons_word() -> None:
    """Without it nothing is written; with it exactly those rows stay out, and nobody in them has left."""
    take(make.files())
    before = snapshot()
    faulty = make.files(users=make.USERS_1_1.replace("k-2,,,true", "k-2,,,maybe").replace("Ana,", "Anna,"))
    done = take(faulty, now=LATER)
    assert (done.written, done.rows_left_out, done.leaving) == (False, 1, 0)
    assert [fault.code for fault in done.faults] == ["row.invalid_boolean"]
    assert snapshot() == before
    done = take(faulty, now=LATER, leave_out_invalid=True)
    assert done.written
    assert student("Anna").updated_at == LATER
    assert (student("Ben").status, student("Ben").updated_at) == ("active", NOW)
    assert Guardianship.objects.filter(student_id=student("Ben").id).exists()
    assert not Departure.objects.exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("k-2,,,true", "k 2,,,true"),  # nobody can say whose row it is
        (",ben,,Ben,", ",ben,,Ben,extra,"),
        (",ben,,Ben,", ",b\x01en,,Ben,"),
        ("Ben,Ånström", ",Ånström"),
        ("true,s-1,student,ben", "true,s-1,,ben"),
    ],
)
def test_a_row_that_cannot_be_read_is_nobodys_departure(old: str, new: str) -> None:
    """Whatever is wrong with a student's row, the student and the guardianships stay."""
    take(make.files())
    ties = Guardianship.objects.count()
    users = make.USERS_1_1.replace(old, new)
    assert users != make.USERS_1_1
    demographics = make.DEMOGRAPHICS.replace("k-2,,,2016-01-02,\n", "") if "k 2" in new else make.DEMOGRAPHICS
    done = take(make.files(users=users, demographics=demographics), now=LATER, leave_out_invalid=True)
    assert (done.written, done.leaving) == (True, 0)
    assert student("Ben").status == "active"
    assert Guardianship.objects.count() == ties


def test_a_role_that_cannot_be_read_is_nobodys_departure() -> None:
    """In 1.2 a student is one by a role: without it the student stays as they are."""
    take(make.files(version="1.2"))
    roles = make.ROLES.replace("r-5,,,k-2,primary", "r-5,,,k-2,main")
    done = take(make.files(version="1.2", roles=roles), now=LATER, leave_out_invalid=True)
    assert (done.written, done.leaving, student("Ben").status) == (True, 0, "active")


def test_a_run_that_is_cut_short_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written before the cut stays, with its events; the worker writes the rest once the lease has ended."""
    monkeypatch.setattr(parts, "PART", 1)
    monkeypatch.setattr(applying, "PEOPLE", 1)
    whole = Changes.write
    written: list[Changes] = []

    def cut(self: Changes) -> list[Any]:
        if len(written) == 6:
            raise KeyboardInterrupt
        written.append(self)
        return whole(self)

    monkeypatch.setattr(Changes, "write", cut)
    with pytest.raises(KeyboardInterrupt):
        take(make.files())
    assert Student.objects.count() == 1
    monkeypatch.setattr(Changes, "write", whole)
    with time_machine.travel(LATER, tick=False):
        assert take(make.files(), now=LATER).problem.startswith("Another roster of this district")
        jobs.resume()
        running.run(Job.objects.get(kind="consent.import_roster").pk)
    assert RosterImport.objects.filter(state="applied").count() == 1
    assert Student.objects.count() == CoppaCompliance.objects.count() == 3
    assert Guardianship.objects.count() == 4
    assert take(make.files(), now=LATER).tally.writes == 0


def without_ben(users: str = make.USERS_1_1) -> str:
    """Return the users without Ben."""
    return "".join(line for line in users.splitlines(True) if not line.startswith("k-2")).replace("k-1,k-2", "k-1")


NO_BEN = make.DEMOGRAPHICS.replace("k-2,,,2016-01-02,\n", "")


def test_a_student_missing_from_a_bulk_package_has_left() -> None:
    """The student is inactive, the time of retention runs, open requests are called back; being back ends it all."""
    take(make.files())
    ben = student("Ben")
    gerda = Guardian.objects.get(source_id="g-1")
    about_both, about_ben = (
        Invitation.objects.create(school_id=gerda.school_id, guardian=gerda, requested_by="x", expires_at=LATER)
        for _ in range(2)
    )
    for request, children in ((about_both, [ben, student("Ana")]), (about_ben, [ben])):
        for child in children:
            InvitationChild.objects.create(invitation=request, student_id=child.id)
    contents = make.files(users=without_ben(), demographics=NO_BEN)
    assert not take(contents, now=LATER, confirmed=None).written
    done = take(contents, now=LATER)
    assert done.tally.data()["students"] == {"changed": 1, "unchanged": 2}
    assert student("Ben").status == "inactive"
    assert Departure.objects.values_list("student_id", "left_on", "reason").get() == (ben.id, LATER.date(), "missing")
    about_both.refresh_from_db()
    about_ben.refresh_from_db()
    assert (about_both.revoked_at, about_ben.revoked_at) == (None, LATER)
    assert list(about_both.children.values_list("student_id", flat=True)) == [student("Ana").id]
    assert take(contents, now=LATER).tally.writes == 0
    take(make.files(), now=LATER)
    assert student("Ben").status == "active"
    assert not Departure.objects.exists()


def test_a_student_whom_no_roster_brought_never_leaves() -> None:
    """A student of another service is in no roster and stays."""
    take(make.files())
    other = catalog.student(school=School.objects.get(name="Harbour School"))
    take(make.files(users=without_ben(), demographics=NO_BEN), now=LATER)
    assert Student.objects.get(pk=other.pk).status == "active"


def test_who_is_missing_from_a_delta_stays() -> None:
    """A delta names changes alone: only the roster's own word makes a student leave."""
    take(make.files())
    head, *rows = make.USERS_1_1.splitlines(True)
    users = head + "".join(
        row.replace(",,,", ",tobedeleted,2025-01-02T03:04:05Z,", 1) for row in rows if row.startswith("k-2")
    )
    orgs = make.ORGS.replace(",,,", ",active,2025-01-02T03:04:05Z,")
    done = take(make.files(mode="delta", orgs=orgs, users=users, demographics=None), now=LATER)
    assert done.written
    assert {one.display_name: one.status for one in Student.objects.all()} == {
        "Ana Å.": "active",
        "Ben Å.": "inactive",
        "Cem K.": "active",
    }
    assert Departure.objects.get().reason == "deleted"


def test_a_guardianship_missing_from_a_bulk_package_ends() -> None:
    """Its open request is called back; one that the office made, and one of a row that cannot be read, stay."""
    take(make.files())
    ana = student("Ana")
    own = Guardian.objects.create(school_id=ana.school_id, name="Aunt", email="aunt@home.example")
    Guardianship.objects.create(guardian=own, school_id=ana.school_id, student_id=ana.id, relationship="legal_guardian")
    gustav = Guardian.objects.get(source_id="g-2")
    request = Invitation.objects.create(school_id=gustav.school_id, guardian=gustav, requested_by="x", expires_at=LATER)
    InvitationChild.objects.create(invitation=request, student_id=ana.id)
    unreadable = make.USERS_1_1.replace('"g-1,g-2"', "g-1").replace("Gustav,Ånström", "Gustav,")
    take(make.files(users=unreadable), now=LATER, leave_out_invalid=True)
    assert Guardianship.objects.filter(student_id=ana.id).count() == 3
    done = take(make.files(users=make.USERS_1_1.replace('"g-1,g-2"', "g-1")), now=LATER)
    assert done.tally.notes["guardianships_missing"] == 1
    names = Guardianship.objects.filter(student_id=ana.id).values_list("guardian__name", flat=True)
    assert set(names) == {"Gerda Ånström", "Aunt"}
    request.refresh_from_db()
    assert request.revoked_at == LATER


def test_more_departures_than_were_confirmed_stop_the_import() -> None:
    """The number that a person typed must be the one that would leave."""
    take(make.files())
    contents = make.files(users=without_ben(), demographics=NO_BEN)
    done = take(contents, now=LATER, confirmed=2)
    assert (done.written, done.needs_confirmation, done.leaving) == (False, True, 1)
    assert "Type 1" in done.problem


def test_what_changed_in_the_roster_changes_here() -> None:
    """A new name, grade and birth year arrive; the age status that turns leaves its own event."""
    take(make.files())
    users = make.USERS_1_1.replace("Ana,Ånström", "Anja,Ånström").replace('"g-1,g-2",05', '"g-1,g-2",06')
    done = take(make.files(users=users, demographics=make.DEMOGRAPHICS.replace("2014-05-31", "2010-05-31")), now=LATER)
    anja = student("Anja")
    assert (anja.grade_level, anja.updated_at) == ("06", LATER)
    assert done.tally.data()["students"] == {"changed": 1, "unchanged": 2}
    event = AuditLog.objects.get(event_type="coppa.status_changed")
    assert json.loads(event.affected_student_ids or "") == [anja.id]


def test_who_turns_out_to_be_under_13_is_limited_at_once() -> None:
    """A corrected year: without a parent's verified consent limits stand and flags fall with the import itself."""
    take(make.files(demographics=make.DEMOGRAPHICS.replace("2014-05-31", "2010-05-31")))
    ana = student("Ana")
    families.consents(ana, verification_method="sis_portal_login")  # enough at 13 alone
    with writing():
        Student.objects.filter(id=ana.id).update(has_parental_consent=True, audio_recording_consent=True)
        CoppaCompliance.objects.filter(student_id=ana.id).update(**dict.fromkeys(LIMITS, False))
    take(make.files(), now=LATER)
    age = CoppaCompliance.objects.get(student_id=ana.id)
    assert age.is_under_13
    assert all(getattr(age, name) for name in LIMITS)
    assert not student("Ana").has_parental_consent
    assert not student("Ana").audio_recording_consent


def test_a_year_that_nobody_stands_for_stays_under_13() -> None:
    """Another service's year by the student's own word: a roster without a year leaves it, and the child is one."""
    no_year = make.DEMOGRAPHICS.replace("2014-05-31", "")
    take(make.files(demographics=no_year))
    with writing():
        CoppaCompliance.objects.filter(student_id=student("Ana").id).update(birth_year=2005)
    take(make.files(demographics=no_year), now=LATER)
    age = CoppaCompliance.objects.get(student_id=student("Ana").id)
    assert (age.birth_year, age.age_verification_method, age.is_under_13) == (2005, "unknown", True)


def test_consent_flags_survive_an_import() -> None:
    """Flags follow consents alone."""
    take(make.files())
    with writing():
        Student.objects.filter(display_name="Ana Å.").update(has_parental_consent=True, audio_recording_consent=True)
    take(make.files(users=make.USERS_1_1.replace("Ana,Ånström", "Anja,Ånström")), now=LATER)
    assert student("Anja").has_parental_consent
    assert student("Anja").audio_recording_consent


def test_a_new_address_calls_back_what_went_to_the_old_one() -> None:
    """Outstanding requests die with the address they were sent to; a blank address unsays nothing."""
    take(make.files())
    gerda = Guardian.objects.get(source_id="g-1")
    request = Invitation.objects.create(school_id=gerda.school_id, guardian=gerda, requested_by="x", expires_at=LATER)
    take(make.files(users=make.USERS_1_1.replace("gerda@home.example", "")), now=LATER)
    gerda.refresh_from_db()
    assert gerda.email == "gerda@home.example"
    take(make.files(users=make.USERS_1_1.replace("gerda@home.example", "new@home.example")), now=LATER)
    gerda.refresh_from_db()
    request.refresh_from_db()
    assert gerda.email == "new@home.example"
    assert request.revoked_at == LATER


def test_what_was_signed_under_the_old_address_stays_with_the_person() -> None:
    """A row that another service wrote is tied to the guardian before a roster changes the address, as by hand."""
    take(make.files())
    ana, gerda = student("Ana"), Guardian.objects.get(source_id="g-1")
    signed = catalog.consent(student=ana, parent_email="Gerda@home.example")
    before = ParentalConsent.objects.values().get(pk=signed.pk)
    done = take(make.files(users=MOVED), now=LATER)
    assert {one.facts.id: one.guardian_id for one in consents_of([ana.id])[ana.id]} == {signed.id: gerda.id}
    assert ParentalConsent.objects.values().get(pk=signed.pk) == before
    later = catalog.consent(student=ana, parent_email="new@home.example", consent_type="audio_recording")
    undo(done)
    assert Guardian.objects.get(source_id="g-1").email == "gerda@home.example"
    found = {one.facts.id: one.guardian_id for one in consents_of([ana.id])[ana.id]}
    assert found == {signed.id: gerda.id, later.id: gerda.id}


def test_the_familys_one_address_in_the_catalog_follows_a_new_one() -> None:
    """Also where the roster has several for the family and so says none itself; it goes back when it is undone."""
    take(make.files())
    ana, ben = student("Ana"), student("Ben")
    done = take(make.files(users=MOVED.replace("Gustav,Ånström,,,", "Gustav,Ånström,,,gustav@home.example")), now=LATER)
    assert {reloaded(ana).parent_email, reloaded(ben).parent_email} == {"new@home.example"}
    events = AuditLog.objects.filter(event_type="roster.imported", event_timestamp=LATER)
    concerned = [set(json.loads(one.affected_student_ids or "[]")) for one in events]
    assert {ana.id, ben.id} in concerned
    undo(done)
    assert {reloaded(ana).parent_email, reloaded(ben).parent_email} == {"gerda@home.example"}


def test_a_guardian_taken_out_of_the_roster_is_asked_no_more() -> None:
    """`tobedeleted` ends the guardianships; the person's answers stay as history."""
    take(make.files())
    gerda = Guardian.objects.get(source_id="g-1")
    request = Invitation.objects.create(school_id=gerda.school_id, guardian=gerda, requested_by="x", expires_at=LATER)
    users = make.USERS_1_1.replace("g-1,,,false", "g-1,tobedeleted,2025-01-02T03:04:05Z,false")
    take(make.files(users=users), now=LATER)
    request.refresh_from_db()
    assert request.revoked_at == LATER
    assert not Guardianship.objects.filter(guardian__source_id="g-1").exists()
    assert Guardian.objects.filter(source_id="g-1").exists()


def test_the_office_has_the_last_word_on_a_relationship() -> None:
    """A roster fills a blank relationship and leaves one that is set, with its court order."""
    take(make.files())
    Guardianship.objects.filter(guardian__source_id="g-2").update(relationship="foster_parent", restricted=True)
    take(make.files(), now=LATER)
    tie = Guardianship.objects.get(guardian__source_id="g-2")
    assert (tie.relationship, tie.restricted) == ("foster_parent", True)


def test_a_court_order_follows_a_student_to_another_school() -> None:
    """The guardian's row at the new school starts with the order of the old one."""
    take(make.files())
    Guardian.objects.filter(source_id="g-1").update(restricted_at=NOW)
    Guardianship.objects.filter(guardian__source_id="g-2").update(restricted=True)
    take(make.files(users=make.USERS_1_1.replace("k-1,,,true,s-1", "k-1,,,true,s-2")), now=LATER)
    ties = Guardianship.objects.filter(student_id=student("Ana").id).select_related("guardian")
    hill = School.objects.get(name="Hill School").id
    orders = {
        (tie.guardian.source_id, tie.school_id == tie.guardian.school_id == hill): (
            tie.guardian.restricted_at,
            tie.restricted,
        )
        for tie in ties
    }
    assert orders == {
        ("g-1", True): (NOW, False),
        ("g-2", True): (None, True),
        # By the old ties the orders hold for what was answered at the old school.
        ("g-1", False): (NOW, False),
        ("g-2", False): (None, True),
    }
    old = Guardian.objects.get(source_id="g-2", school_id=School.objects.get(name="Harbour School").id)
    with inside(Scope(schools=(hill,))):
        assert restricted_guardians([student("Ana").id]).holds(student("Ana").id, old.id, "")


def test_an_order_lifted_at_the_new_school_holds_at_the_old_one_no_more() -> None:
    """The tie of the old school goes with it, and the next roster brings no order back."""
    take(make.files())
    Guardianship.objects.filter(guardian__source_id="g-2").update(restricted=True)
    moved = make.files(users=make.USERS_1_1.replace("k-1,,,true,s-1", "k-1,,,true,s-2"))
    take(moved, now=LATER)
    ties = Guardianship.objects.filter(guardian__source_id="g-2")
    here = ties.get(school_id=School.objects.get(name="Hill School").id)
    lift_order(tie_id=here.id, about=About.CHILD, reference="Letter", by=system("test"), now=LATER)
    take(moved, now=LATER)
    assert [(tie.id, tie.restricted) for tie in ties] == [(here.id, False)]


def test_a_roster_ends_no_guardianship_under_a_court_order() -> None:
    """Whether the guardian is missing or taken out: without the tie, old answers would count again."""
    take(make.files())
    Guardian.objects.filter(source_id="g-1").update(restricted_at=NOW)
    Guardianship.objects.filter(guardian__source_id="g-2").update(restricted=True)
    users = make.USERS_1_1.replace("g-1,,,false", "g-1,tobedeleted,2025-01-02T03:04:05Z,false")
    done = take(make.files(users=users.replace('"g-1,g-2"', "g-1")), now=LATER)
    assert set(Guardianship.objects.values_list("guardian__source_id", flat=True)) == {"g-1", "g-2", "g-3"}
    assert (done.leaving, done.tally.notes["guardianships_under_order"]) == (0, 3)


def test_a_guardian_under_a_court_order_is_no_familys_contact() -> None:
    """The next roster does not bring back the address that the order took out of the catalog."""
    take(make.files())
    ana, ben = student("Ana"), student("Ben")
    tie = Guardianship.objects.get(guardian__source_id="g-1", student_id=ana.id)
    assert (ana.parent_email, ben.parent_email) == ("gerda@home.example", "gerda@home.example")
    record_order(tie_id=tie.id, about=About.CHILD, reference="1", dated=NOW.date(), by=system("test"), now=NOW)
    take(make.files(), now=LATER)
    assert (student("Ana").parent_email, student("Ben").parent_email) == (None, "gerda@home.example")
    record_order(tie_id=tie.id, about=About.ANY, reference="2", dated=NOW.date(), by=system("test"), now=LATER)
    new = "k-4,,,true,s-1,student,dee,,Dee,Ånström,,,,,,g-1,03,,\n"
    take(make.files(users=make.USERS_1_1 + new), now=LATER)
    assert {one.parent_email for one in Student.objects.exclude(display_name="Cem K.")} == {None}


def test_a_suspended_teacher_stays_out() -> None:
    """A row of another service is found by its address, and no file lifts a suspension."""
    take(make.files(users=make.USERS_1_1.replace("tamara@harbour.example", "")))
    home = School.objects.get(name="Harbour School")
    row = catalog.teacher(school=home, email="Tamara@Harbour.example", status="suspended")
    take(make.files(), now=LATER)
    assert [(t.id, t.status) for t in Teacher.objects.filter(email__iexact="tamara@harbour.example")] == [
        (row.id, "suspended")
    ]


def test_a_suspension_follows_a_teacher_to_another_school() -> None:
    """The row moves as it is; a fresh one under the same id would let the person in."""
    take(make.files())
    with writing():
        Teacher.objects.filter(name="Tamara Teach").update(status="suspended")
    take(make.files(users=make.USERS_1_1.replace("t-1,,,true,s-1", "t-1,,,true,s-2")), now=LATER)
    tamara = Teacher.objects.get(email="tamara@harbour.example")
    assert (tamara.status, tamara.school_id) == ("suspended", School.objects.get(name="Hill School").id)


def test_staff_who_leave_are_deactivated() -> None:
    """A switched-off account ends the access."""
    take(make.files())
    take(make.files(users=make.USERS_1_1.replace("t-1,,,true", "t-1,,,false")), now=LATER)
    assert Teacher.objects.get(email="tamara@harbour.example").status == "deactivated"


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("orgs", "S1,d-1", "S1,", "roster.school_without_district"),
        ("orgs", "s-2,,,Hill School,school", "s-2,,,Hill School,district", "roster.many_districts"),
        ("users", "s-1,student,ana", "d-1,student,ana", "roster.student_without_school"),
        ("users", "student", "proctor", "roster.no_student"),
        ("demographics", "2014-05-31", "2026-05-31", "roster.implausible_birth_date"),
    ],
)
def test_a_roster_that_cannot_be_placed_is_refused(name: str, old: str, new: str, code: str) -> None:
    """Well-formed packages that leave a student or school without place are refused too."""
    good = make.files()
    done = take(good | {name: good[name].replace(old, new)})
    assert code in {fault.code for fault in done.faults}
    assert not done.written
    assert not Student.objects.exists()


def test_each_part_leaves_an_event_without_names() -> None:
    """Events say how many rows and which students, for the school they concern."""
    take(make.files())
    events = list(AuditLog.objects.filter(event_type="roster.imported"))
    assert {event.school_id for event in events} == {"portal", *School.objects.values_list("id", flat=True)}
    told = " ".join(f"{event.data_accessed}{event.description}" for event in events)
    assert "Ana" not in told
    assert "@" not in told
    assert len({event.resource_id for event in events}) == 1


def test_the_command_prints_counts_and_faults(tmp_path: Path) -> None:
    """The terminal shows a table; a refusal names file and line and exits with an error."""
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(make.package(make.files()).getvalue())
    bad.write_bytes(make.package(make.files(users=make.USERS_1_1.replace("k-2,,,true", "k-2,,,maybe"))).getvalue())
    out, err = io.StringIO(), io.StringIO()
    call_command("import_roster", str(good), "--dry-run", stdout=out)
    assert "Rehearsal" in out.getvalue()
    call_command("import_roster", str(good), stdout=out)
    assert "students                 3         0         0" in out.getvalue()
    with pytest.raises(CommandError, match="--leave-out-invalid"):
        call_command("import_roster", str(bad), stdout=out, stderr=err)
    assert "users.csv, line 6" in err.getvalue()
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("import_roster", str(tmp_path / "none.zip"))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the published packages are not at {DATA}")
def test_grand_bend_in_both_versions_is_one_district() -> None:
    """60 students come in once; the other version of the same roster adds no row."""
    for name, added in (("grandbend-small-1.1.zip", 60), ("grandbend-small-1.2.zip", 0)):
        with (DATA / name).open("rb") as package:
            done = import_package(package=package, by=system("test"), now=NOW)
        assert done.faults == []
        assert done.tally.data()["students"].get("added", 0) == added
    assert Student.objects.count() == CoppaCompliance.objects.count() == 60
    assert Guardianship.objects.count() == 99
    assert not OutboxEntry.objects.exists()

"""The import of a OneRoster package, from the file to both databases."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from classwaves_admin.jobs import running
from classwaves_admin.jobs import tasks as jobs
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import system
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import (
    AuditLog,
    CoppaCompliance,
    District,
    School,
    SchoolSetting,
    Student,
    Teacher,
)
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions import nightly
from consent.models import (
    Departure,
    Guardian,
    Guardianship,
    InvitationChild,
    RosterImport,
)
from consent.roster import applying, parts
from consent.roster.changes import Changes
from consent.roster.command import import_package
from consent.rules.limits import LIMITS
from tests.factories import catalog, families
from tests.factories import oneroster as make
from tests.integration.consent.importing import LATER, NOW, snapshot, student, take

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)]
DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "oneroster"


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


def test_a_rehearsal_at_the_terminal_says_what_would_change_at_each_school(tmp_path: Path) -> None:
    """Counts for everybody; names with old and new values on a word alone, and then the look is audited."""
    take(make.files())
    users = "".join(line for line in make.USERS_1_1.splitlines(True) if not line.startswith("k-3"))
    changed = users.replace('Ana,Ånström,,,,,,"g-1,g-2",05', 'Ana,Ånström,,,,,,"g-1,g-2",06').replace("k-3,", "k-4,")
    changed += "k-4,,,true,s-2,student,dee,,Dee,Kaya,,,,,,g-3,03,,\n"
    file = tmp_path / "roster.zip"
    demographics = make.DEMOGRAPHICS.replace("k-3,", "k-4,")
    file.write_bytes(make.package(make.files(users=changed, demographics=demographics)).getvalue())
    before, plain, named = snapshot(), io.StringIO(), io.StringIO()
    call_command("import_roster", str(file), "--dry-run", stdout=plain)
    numbers = "new students 1, changed students 0, students who leave 1, guardians 0; guardianships ending 0 of 1"
    assert f"Hill School: {numbers}" in plain.getvalue(), plain.getvalue()
    for name in ("Ana", "Cem", "Dee", "Kaya"):
        assert name not in plain.getvalue()
    assert not AuditLog.objects.filter(event_type="student.searched").exists()
    call_command("import_roster", str(file), "--dry-run", "--names", stdout=named)
    harbour, hill = named.getvalue().split("Hill School:")
    assert "  Changed students:\n    Ana Å.: Grade: 05 → 06\n" in harbour
    for line in ("  New students:\n    Dee K.", "  Students who leave:\n    Cem K."):
        assert line in hill
    looks = AuditLog.objects.filter(event_type="student.searched")
    assert {look.school_id for look in looks} == set(School.objects.values_list("id", flat=True))
    assert snapshot() == before
    with pytest.raises(CommandError, match="--dry-run"):
        call_command("import_roster", str(file), "--names")


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

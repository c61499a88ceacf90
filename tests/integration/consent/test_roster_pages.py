"""Rosters on pages: a file is sent, compared, confirmed, applied, and taken back."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, School, Student, Teacher
from consent.actions.orders import About, lift_order, record_order
from consent.models import (
    CourtOrder,
    Departure,
    Guardian,
    Guardianship,
    RosterChange,
    RosterColumns,
    RosterImport,
    RosterStudent,
)
from consent.roster import applying
from consent.roster.actions import tidy
from consent.roster.command import Choices, import_package
from consent.roster.identity import Kind, row_id
from tests.factories import oneroster as make
from tests.factories import people

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]
TABLE = """\
Student ID,First name,Last name,Grade,Date of birth,SSN,Mother name,Mother email,Guardian 2,Guardian 2 relation
100,Ana,Ånström,5,5/31/2014,123-45-6789,Gerda Ånström,gerda@home.example,Gustav Ånström,father
101,Ben,Ånström,3,2016-01-02,987-65-4321,Gerda Ånström,gerda@home.example,,
102,Cem,Kaya,8,2011,,,,,
"""


@pytest.fixture(autouse=True)
def _empty_folder() -> None:
    """Begin without files of other tests."""
    for path in settings.ROSTER_DIR.glob("*"):
        path.unlink()


# As it will stand in the catalog once the package of the tests is applied.
DISTRICT = row_id(Kind.DISTRICT, "d-1")


@pytest.fixture
def office(school: School) -> Client:
    """The school's admin, signed in."""
    client = Client()
    client.force_login(people.staff("admin", school=school, email="office@harbour.example")[0])
    return client


@pytest.fixture
def portal() -> Client:
    """The district's admin, signed in: they may import the whole district."""
    client = Client()
    client.force_login(people.member("district_admin", email="dana@district.example", district=DISTRICT))
    return client


def send(client: Client, data: bytes, name: str = "roster.zip", **more: str) -> Any:
    """Send a file with the form."""
    return client.post(reverse("roster-upload"), {"file": SimpleUploadedFile(name, data), **more})


def work() -> None:
    """Do what the worker would do."""
    for job in Job.objects.filter(state="queued"):
        while running.run(job.pk):
            pass


def sent(client: Client, contents: dict[str, str]) -> RosterImport:
    """Send a package and have it read."""
    answer = send(client, make.package(contents).getvalue())
    assert answer.status_code == 302
    work()
    return RosterImport.objects.latest("created_at")


def page(client: Client, name: str, *parts: str) -> str:
    """Return a page's text."""
    return str(client.get(reverse(name, args=parts)).content.decode())


def press(client: Client, name: str, one: RosterImport, **data: str) -> Any:
    """Press a button of an import's page, and have the work done."""
    answer = client.post(reverse(name, args=[one.pk]), data)
    work()
    one.refresh_from_db()
    return answer


def rows() -> dict[str, list[Any]]:
    """Return what imports write about people, without the times of writing."""
    stamps = {"created_at", "updated_at"}
    tables: tuple[type[Any], ...] = (Student, CoppaCompliance, Guardian, Guardianship, RosterStudent, Departure)
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in stamps}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in tables
    }


def test_an_applied_import_cannot_be_given_up(portal: Client) -> None:
    """A page that is open since before says why not, and does not say that nothing was changed."""
    one = sent(portal, make.files())
    press(portal, "roster-apply", one)
    answer = portal.post(reverse("roster-drop", args=[one.pk]), follow=True).content.decode()
    assert "The file is deleted" not in answer
    one.refresh_from_db()
    assert one.state == "applied"


def test_a_package_from_the_file_to_its_undoing(portal: Client) -> None:
    """The comparison names who is new, applying makes the rows, undoing leaves nothing of them."""
    one = sent(portal, make.files())
    assert one.state == "checked"
    assert not Student.objects.exists()
    harbour = next(school for school in portal.get(reverse("roster-import", args=[one.pk])).context["schools"])
    compared = page(portal, "roster-changes", one.pk, harbour.school_id)
    assert "Ana Å." in compared
    assert "Ånström" not in compared
    assert press(portal, "roster-apply", one).status_code == 302
    assert one.state == "applied"
    assert Student.objects.count() == 3
    assert not one.stage_path.exists()
    assert "The roster is applied" in page(portal, "roster-import", one.pk)
    press(portal, "roster-undo", one)
    assert (one.state, one.left_as_is) == ("undone", {})
    assert not any(rows().values())
    assert AuditLog.objects.filter(event_type="roster.undone").exists()


def stop(one: RosterImport) -> None:
    """End the job of an import as a fault does that stays."""
    assert Job.objects.filter(subject_id=one.pk, state="queued").update(state="failed", failure="ValueError") == 1


def test_the_office_goes_on_with_an_import_that_a_fault_stopped(portal: Client) -> None:
    """Reading, applying and undoing each go on from the import's page, once, and the log tells who said so."""
    send(portal, make.package(make.files()).getvalue())
    one = RosterImport.objects.get()
    for state, after, button in (
        ("reading", "checked", "roster-apply"),
        ("applying", "applied", "roster-undo"),
        ("undoing", "undone", ""),
    ):
        stop(one)
        one.refresh_from_db()
        assert one.state == state
        assert reverse("roster-go-on", args=[one.pk]) in page(portal, "roster-import", one.pk)
        press(portal, "roster-go-on", one)
        assert one.state == after
        if button:
            portal.post(reverse(button, args=[one.pk]))
    assert not any(rows().values())
    assert AuditLog.objects.filter(event_type="job.retried").count() == 3
    answer = portal.post(reverse("roster-go-on", args=[one.pk]), follow=True)
    assert "This is no longer possible" in answer.content.decode()


def test_a_stopped_import_is_taken_back_and_the_district_is_free(
    portal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before the fault goes, the file too, and the next roster of the district can come."""
    one = sent(portal, make.files())
    portal.post(reverse("roster-apply", args=[one.pk]))
    portal.post(reverse("roster-undo", args=[one.pk]))
    one.refresh_from_db()
    assert one.state == "applying", "nothing is taken back under the hands of the worker"
    job = Job.objects.get(state="queued", subject_id=one.pk)
    monkeypatch.setattr(applying, "STEP_SECONDS", 0)
    while not Student.objects.exists():
        applying.apply_step(job=job, now=clock.now())
    assert Student.objects.count() < 3
    stop(one)
    press(portal, "roster-undo", one)
    assert (one.state, one.stage_path.exists()) == ("undone", False)
    assert not any(rows().values())
    assert press(portal, "roster-apply", sent(portal, make.files())).status_code == 302
    assert Student.objects.count() == 3


def test_undoing_a_change_brings_back_what_was(portal: Client) -> None:
    """Names, ages, addresses, guardianships and departures become what they were before the second import."""
    press(portal, "roster-apply", sent(portal, make.files()))
    before = rows()
    users = "".join(line for line in make.USERS_1_1.splitlines(True) if not line.startswith("k-2"))
    users = users.replace("k-1,k-2", "k-1").replace('"g-1,g-2"', "g-1").replace("Ana,", "Anja,")
    users = users.replace("gerda@home", "new@home").replace("Cem,Kaya,,,,,,,08", "Cem,Kaya,,,,,,,09")
    demographics = make.DEMOGRAPHICS.replace("k-2,,,2016-01-02,\n", "").replace("2014-05", "2013-05")
    two = sent(portal, make.files(users=users, demographics=demographics))
    assert (two.needs_confirmation, two.leaving) == (True, 2)
    assert press(portal, "roster-apply", two).status_code == 422
    assert press(portal, "roster-apply", two, confirmed="3").status_code == 422
    assert press(portal, "roster-apply", two, confirmed="2").status_code == 302
    assert two.state == "applied"
    assert rows() != before
    press(portal, "roster-undo", two)
    assert rows() == before


def test_undoing_leaves_what_has_changed_since(portal: Client) -> None:
    """A row that somebody has changed, and a student who was asked, stay and are counted."""
    one = sent(portal, make.files())
    press(portal, "roster-apply", one)
    Guardian.objects.filter(source_id="g-3").update(language="es")
    ana = Student.objects.get(display_name="Ana Å.")
    ties = Guardianship.objects.filter(student_id=ana.pk)
    ties.filter(guardian__source_id="g-1").update(relationship="legal_guardian")
    press(portal, "roster-undo", one)
    assert Student.objects.get() == ana
    assert ties.count() == Guardianship.objects.count() == 2
    assert Guardian.objects.count() == 3
    assert one.left_as_is["students"] == 1
    assert "left as they are" in page(portal, "roster-import", one.pk)


def test_undoing_lifts_no_court_order(portal: Client) -> None:
    """What orders hold by stays: ties, guardians, and the history of an order that is over."""
    alone = "".join(line for line in make.USERS_1_1.splitlines(True) if not line.startswith("g-"))
    press(portal, "roster-apply", sent(portal, make.files(users=alone.replace('"g-1,g-2"', ""))))
    one = sent(portal, make.files())
    press(portal, "roster-apply", one)
    ties = {tie.guardian.source_id: tie for tie in Guardianship.objects.select_related("guardian")}
    for source, about in (("g-1", About.ANY), ("g-2", About.CHILD), ("g-3", About.ANY)):
        what: dict[str, Any] = {"tie_id": ties[source].id, "about": about, "reference": "1", "by": system("test")}
        record_order(**what, dated=clock.now().date(), now=clock.now())
        if source == "g-3":
            lift_order(**what, now=clock.now())
    press(portal, "roster-undo", one)
    assert one.state == "undone"
    kept = Guardianship.objects.values_list("guardian__source_id", flat=True)
    assert sorted(kept) == ["g-1", "g-1", "g-2"]
    assert CourtOrder.objects.count() == Guardian.objects.count() == 3


def test_an_import_can_be_taken_back_for_seven_days(portal: Client) -> None:
    """Then the values before are deleted, and with them the button."""
    one = sent(portal, make.files())
    press(portal, "roster-apply", one)
    later = clock.now() + timedelta(days=7)
    tidy(now=later - timedelta(days=1))
    assert RosterChange.objects.exists()
    tidy(now=later)
    assert not RosterChange.objects.exists()
    with time_machine.travel(later, tick=False):
        portal.cookies.clear()
        portal.force_login(people.member("district_admin", email="later@district.example", district=DISTRICT))
        press(portal, "roster-undo", one)
    assert one.state == "applied"


def test_a_file_that_nobody_applies_is_deleted_after_a_day(portal: Client) -> None:
    """Its rows are of children: they do not lie about."""
    one = sent(portal, make.files())
    tidy(now=clock.now())
    assert one.stage_path.exists()
    tidy(now=clock.now() + timedelta(days=1))
    one.refresh_from_db()
    assert (one.state, one.stage_path.exists()) == ("dropped", False)


def test_what_a_killed_process_left_of_an_upload_goes_after_a_day() -> None:
    """A file that is on its way in now stays."""
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    left = folder / "tmpleft.upload.zip"
    left.write_bytes(b"PK")
    tidy(now=clock.now())
    assert left.exists()
    tidy(now=clock.now() + timedelta(days=1, minutes=1))
    assert not left.exists()


def test_rows_with_faults_are_named_and_left_out_on_a_word(portal: Client) -> None:
    """The page names file and line; without the tick nothing is applied."""
    one = sent(portal, make.files(users=make.USERS_1_1.replace("k-2,,,true", "k-2,,,maybe")))
    shown = page(portal, "roster-import", one.pk)
    assert "row.invalid_boolean" in shown
    assert "Leave out the row with a fault" in shown
    assert press(portal, "roster-apply", one).status_code == 422
    press(portal, "roster-apply", one, leave_out="on")
    assert Student.objects.count() == 2


def test_a_package_with_another_school_is_refused(office: Client) -> None:
    """A school's admin imports own schools alone; the page says which ones are not."""
    one = sent(office, make.files())
    assert one.state == "refused"
    shown = page(office, "roster-import", one.pk)
    assert "Hill School is not one of your schools" in shown
    assert not Student.objects.exists()


def test_a_schools_file_takes_nobody_from_another_school(portal: Client) -> None:
    """Who knows an id of another school's student or teacher gets neither them nor what is on record of them."""
    users = make.USERS_1_1.replace("t-1,,,true,s-1", "t-1,,,true,s-2")
    press(portal, "roster-apply", sent(portal, make.files(users=users)))
    cem = Student.objects.get(display_name="Cem K.")
    client = Client()
    harbour = School.objects.get(pk=Student.objects.get(display_name="Ana Å.").school_id)
    client.force_login(people.staff("admin", school=harbour, email="harbour@harbour.example")[0])
    orgs = "".join(line for line in make.ORGS.splitlines(True) if not line.startswith("s-2"))
    two = sent(client, make.files(orgs=orgs, users=users.replace("s-2", "s-1").replace("Cem,", "Cal,")))
    press(client, "roster-apply", two)
    assert two.state == "applied"
    assert Student.objects.values_list("school_id", "display_name").get(pk=cem.pk) == (cem.school_id, "Cem K.")
    assert set(Guardianship.objects.filter(student_id=cem.pk).values_list("school_id", flat=True)) == {cem.school_id}
    assert Teacher.objects.get(email="tamara@harbour.example").school_id == cem.school_id
    assert "students left out, since they are at another school" in page(client, "roster-import", two.pk)


def test_a_district_admin_imports_the_district(portal: Client) -> None:
    """Whoever has the district may import it, with new schools too; others do not see the import."""
    import_package(package=make.package(make.files()), by=system("test"), now=clock.now(), choices=Choices())
    district = str(RosterImport.objects.get().district)
    dana = Client()
    dana.force_login(people.member("district_admin", email="dana@harbour.example", district=district))
    orgs = make.ORGS + "s-3,,,New School,school,S3,d-1\n"
    one = sent(dana, make.files(orgs=orgs))
    assert one.state == "checked"
    press(dana, "roster-apply", one)
    assert School.objects.filter(name="New School").exists()
    other = Client()
    other.force_login(people.staff("admin", email="other@else.example")[0])
    assert other.get(reverse("roster-import", args=[one.pk])).status_code == 404


def test_two_imports_of_one_district_at_once_are_refused(portal: Client) -> None:
    """The second one waits; a person is told why."""
    first, second = sent(portal, make.files()), sent(portal, make.files())
    portal.post(reverse("roster-apply", args=[first.pk]))
    answer = portal.post(reverse("roster-apply", args=[second.pk]), follow=True)
    assert "Another roster of this district" in answer.content.decode()
    second.refresh_from_db()
    assert second.state == "checked"


def test_a_table_is_mapped_compared_and_applied(office: Client, school: School) -> None:
    """Columns are guessed, settled and remembered; siblings share a guardian; nobody's SSN is kept anywhere."""
    answer = send(office, TABLE.encode("utf-8-sig"), "students.csv")
    one = RosterImport.objects.get()
    assert answer["Location"] == reverse("roster-columns", args=[one.pk])
    form = office.get(answer["Location"]).context["form"]
    data = {name: field.initial for name, field in form.fields.items()}
    assert (data["student_id"], data["birth"], data["guardian_email_0"], data["guardian_relation_1"]) == (
        "0",
        "4",
        "7",
        "9",
    )
    assert office.post(answer["Location"], data | {"student_id": ""}).status_code == 422
    assert office.post(answer["Location"], data).status_code == 302
    work()
    one.refresh_from_db()
    assert one.state == "checked", one.faults
    press(office, "roster-apply", one)
    assert set(Student.objects.filter(school=school).values_list("display_name", "grade_level")) == {
        ("Ana Å.", "5"),
        ("Ben Å.", "3"),
        ("Cem K.", "8"),
    }
    assert set(Guardian.objects.values_list("name", "email")) == {
        ("Gerda Ånström", "gerda@home.example"),
        ("Gustav Ånström", ""),
    }
    assert set(Guardianship.objects.values_list("guardian__name", "relationship")) == {
        ("Gerda Ånström", "mother"),
        ("Gustav Ånström", "father"),
    }
    assert {row.birth_year for row in CoppaCompliance.objects.all()} == {2014, 2016, 2011}
    assert RosterColumns.objects.get().columns["student"]["student_id"] == "Student ID"
    shuffled = "\n".join(",".join(reversed(line.split(","))) for line in TABLE.splitlines())
    again = send(office, shuffled.encode(), "students.csv")
    assert "settled the last time" in office.get(again["Location"]).content.decode()


def test_nobodys_number_is_kept_on_disk(office: Client, portal: Client) -> None:
    """No byte of a social security number stands in a database, a stage, an upload or a log."""
    users = make.USERS_1_1.replace("ana,,", "ana,{SSN:123-45-6789},")
    sent(portal, make.files(users=users))
    answer = send(office, TABLE.encode(), "students.csv")
    form = office.get(answer["Location"]).context["form"]
    office.post(answer["Location"], {name: field.initial for name, field in form.fields.items()})
    for _ in range(2):
        kept = b"".join(path.read_bytes() for path in Path(settings.VAR_DIR).rglob("*") if path.is_file())
        for number in (b"123-45-6789", b"987-65-4321", b"{SSN"):
            assert number not in kept
        work()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_letters_arrive_in_every_unicode(office: Client, encoding: str) -> None:
    """Where the bytes say what they are, nobody is asked."""
    answer = send(office, TABLE.replace("\n", "\r\n").encode(encoding), "students.csv")
    form = office.get(answer["Location"]).context["form"]
    assert "letters" not in form.fields
    office.post(answer["Location"], {name: field.initial for name, field in form.fields.items()})
    work()
    press(office, "roster-apply", RosterImport.objects.get())
    assert Guardian.objects.filter(name="Gerda Ånström").exists()


def test_letters_of_an_old_encoding_are_shown_to_a_person_first(office: Client) -> None:
    """A Windows table is read only once somebody has seen its letters."""
    answer = send(office, TABLE.encode("cp1252"), "students.csv")
    shown = office.get(answer["Location"])
    assert "Ånström" in shown.content.decode()
    data = {name: field.initial or "" for name, field in shown.context["form"].fields.items() if name != "letters"}
    assert office.post(answer["Location"], data).status_code == 422
    assert office.post(answer["Location"], data | {"letters": "on"}).status_code == 302
    work()
    press(office, "roster-apply", RosterImport.objects.get())
    assert Guardian.objects.filter(name="Gerda Ånström").exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"only one column\n1\n", "must name the columns"),
        (b"id,id\n1,2\n", "must name the columns"),
        ("id,name\n1,x\n".encode("utf-16-le"), "without its mark"),
        ("id,name\n1,x\n".encode("utf-32"), "UTF-32"),
        (b"id,name\n1,\x81\x8d\n", "Nobody can tell"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "spreadsheet"),
    ],
)
def test_what_is_no_table_is_refused_with_advice(office: Client, data: bytes, words: str) -> None:
    """The form comes back, says what to do, and leaves no file behind."""
    answer = send(office, data, "students.csv")
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not list(settings.ROSTER_DIR.glob("*"))


def test_an_upload_beyond_the_limit_is_stopped(office: Client, settings: Any) -> None:
    """The disk of the portal does not fill: the upload ends with a sentence."""
    settings.ROSTER_MOST_MEGABYTES = 1
    answer = send(office, b"a,b\n" + b"1,2\n" * 600_000, "students.csv")
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.content.decode()


def test_an_upload_needs_the_token(school: School) -> None:
    """The view that bounds the upload still asks for the CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.staff("admin", school=school, email="office@harbour.example")[0])
    answer = client.post(reverse("roster-upload"), {"file": io.BytesIO(b"a,b\n")})
    assert answer.status_code == 403

"""Who leaves by a roster, and who does not: students, and guardianships that it made."""

from __future__ import annotations

import pytest

from classwaves_admin.warehouse.models import (
    School,
    Student,
)
from consent.models import (
    Departure,
    Guardian,
    Guardianship,
    Invitation,
    InvitationChild,
)
from tests.factories import catalog
from tests.factories import oneroster as make
from tests.integration.consent.importing import LATER, student, take

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)]


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

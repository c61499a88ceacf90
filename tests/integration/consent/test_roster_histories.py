"""Any roster after any other: what is applied is what the file says, and undone it is what was before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from classwaves_admin.jobs import running
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.models import CoppaCompliance, Student
from consent.models import Departure, Guardian, Guardianship, RosterImport, RosterStudent
from consent.roster.actions import start_undoing
from consent.roster.command import Choices, import_package
from consent.roster.identity import Kind, row_id
from tests.factories import oneroster as make

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]
BY = system("test")
SCHOOLS = ("s-1", "s-2")
HEAD = make.USERS_1_1.splitlines()[0]
STUDENTS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Ana", "Ben"]),
        "grade": st.sampled_from(["", "05", "06"]),
        "school": st.sampled_from(SCHOOLS),
        "year": st.sampled_from(["", "2012", "2015"]),
        "guardians": st.sets(st.sampled_from(["g-1", "g-2", "g-3"])),
    }
)
ROSTERS = st.dictionaries(st.sampled_from(["k-1", "k-2", "k-3", "k-4"]), STUDENTS, min_size=1)
ADDRESSES = st.fixed_dictionaries({key: st.sampled_from(["", "a@home.example", "b@home.example"]) for key in "123"})

Roster = dict[str, dict[str, Any]]


def files(district: str, roster: Roster, addresses: dict[str, str]) -> dict[str, str]:
    """Return the package that says so."""
    users, births = [HEAD], ["sourcedId,status,dateLastModified,birthDate"]
    for key, one in roster.items():
        agents = ",".join(sorted(one["guardians"]))
        users.append(f'{key},,,true,{one["school"]},student,u,,{one["name"]},Öz,,,,,,"{agents}",{one["grade"]},,')
        if one["year"]:
            births.append(f"{key},,,{one['year']}-05-01")
    for number, address in addresses.items():
        users.append(f"g-{number},,,false,s-1,parent,g,,Guardian{number},Öz,,,{address},,,,,,mother")
    orgs = make.ORGS.replace("d-1", district)
    return make.files(users="\n".join(users) + "\n", demographics="\n".join(births) + "\n", orgs=orgs)


def take(contents: dict[str, str]) -> RosterImport:
    """Import, with whatever leaves confirmed."""
    rehearsed = import_package(package=make.package(contents), by=BY, now=clock.now(), choices=Choices(dry_run=True))
    choices = Choices(confirmed=rehearsed.leaving)
    done = import_package(package=make.package(contents), by=BY, now=clock.now(), choices=choices)
    assert done.written, (done.faults, done.problem)
    assert done.tally == rehearsed.tally, "the rehearsal tells what applying does"
    return RosterImport.objects.get(pk=done.id)


def rows(district: str) -> dict[str, Any]:
    """Return what imports of one district have written about people, without times."""
    schools = [row_id(Kind.SCHOOL, district, school) for school in SCHOOLS]
    tables: tuple[type[Any], ...] = (Student, CoppaCompliance, Guardian, Guardianship, RosterStudent, Departure)
    stamps = {"created_at", "updated_at", "age_verified_at"}
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in stamps}
            for row in model._default_manager.filter(school_id__in=schools).order_by("pk").values()
        ]
        for model in tables
    }


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # each example is six imports: shrinking takes an hour
)
@given(ROSTERS, ADDRESSES, ROSTERS, ADDRESSES)
@example(
    {"k-1": {"name": "Ana", "grade": "05", "school": "s-1", "year": "", "guardians": {"g-1"}}},
    dict.fromkeys("123", ""),
    {"k-1": {"name": "Ana", "grade": "05", "school": "s-2", "year": "", "guardians": set()}},
    dict.fromkeys("123", ""),
)  # a guardian who is dropped with the change of school
def test_one_roster_after_another(first: Roster, then: dict[str, str], second: Roster, now: dict[str, str]) -> None:
    """The catalog says what the second one says; the same again changes nothing; undone it is as after the first."""
    district = f"d-{new_id()}"
    take(files(district, first, then))
    before = rows(district)
    changed = take(files(district, second, now))
    ids = {row_id(Kind.STUDENT, district, key): key for key in {*first, *second}}
    found = {ids[row["id"]]: row for row in rows(district)["Student"]}
    for key, one in second.items():
        row = found[key]
        assert (row["display_name"], row["grade_level"] or "", row["status"]) == (
            f"{one['name']} Ö.",
            one["grade"],
            "active",
        )
        assert row["school_id"] == row_id(Kind.SCHOOL, district, one["school"])
        ties = Guardianship.objects.filter(student_id=row["id"], school_id=row["school_id"])
        assert set(ties.values_list("guardian__source_id", flat=True)) == one["guardians"]
        assert Guardianship.objects.filter(student_id=row["id"]).count() == len(one["guardians"])
    # A school whose last student has gone is still named by the package: its students have left.
    assert {key for key, row in found.items() if row["status"] == "inactive"} == {*first} - {*second}
    assert Departure.objects.filter(student_id__in=ids).count() == len({*first} - {*second})
    assert take(files(district, second, now)).counts.get("students", {}).keys() <= {"unchanged"}
    latest = RosterImport.objects.filter(district=changed.district).latest("created_at")
    for done in (latest, changed):
        job = start_undoing(import_id=done.pk, by=BY, now=clock.now())
        while running.run(job.pk):
            pass
        done.refresh_from_db()
        assert (done.state, done.left_as_is) == ("undone", {})
    assert rows(district) == before

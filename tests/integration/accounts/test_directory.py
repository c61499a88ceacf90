"""The directory: who is found, with which schools, in how many queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext

from classwaves_admin.accounts.directory import standing_of
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from tests.factories import catalog as make
from tests.factories import people

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
TODAY = date(2026, 3, 4)


def test_staff_are_found_by_address_in_any_case() -> None:
    """Other services write addresses as people type them."""
    row = make.teacher(email="Rivera@Harbour.Example", role="admin")
    user = people.account("rivera@harbour.example")
    standing = standing_of(user, today=TODAY)
    assert standing.access.role is Role.SCHOOL_ADMIN
    assert standing.access.teacher_id == row.pk
    assert [school for school, _ in standing.schools] == [row.school_id]


def test_a_district_admin_gets_the_schools_that_name_the_district() -> None:
    """The setting `district_id` of a school decides to which district it belongs."""
    north, south, other = (make.school(name=name) for name in ("North", "South", "Elsewhere"))
    for school, district in ((north, "d-1"), (south, "d-1"), (other, "d-2")):
        make.setting(school=school, key="district_id", value=district)
    user = people.member("district_admin", email="office@district.example", district="d-1")
    with CaptureQueriesContext(connections["warehouse"]) as queries:
        standing = standing_of(user, today=TODAY)
    assert standing.schools == ((north.pk, "North"), (south.pk, "South"))
    assert len(queries) <= 4


def test_an_auditor_without_an_end_cannot_be_granted() -> None:
    """The command refuses, says why, and leaves no account behind."""
    with pytest.raises(CommandError, match="last day"):
        call_command("add_person", "audit@firm.example", role="auditor", school=["s-1"])
    assert not User.objects.exists()


def test_add_person_grants_a_district(capsys: pytest.CaptureFixture[str]) -> None:
    """The first district admin of an installation is made on the command line."""
    call_command("add_person", "Office@District.example", role="district_admin", district="d-1")
    assert Membership.objects.get(user__email="office@district.example").district_id == "d-1"
    assert "Forgot your password" in capsys.readouterr().out


def test_add_person_refuses_what_is_no_address() -> None:
    """A mistyped address gives one clear sentence."""
    with pytest.raises(CommandError, match="no e-mail address"):
        call_command("add_person", "office")

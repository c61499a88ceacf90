"""Districts are made, edited by two people at once, closed and opened, and their numbers are brought up to date."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.districts.actions import FIELDS, edit_district
from classwaves_admin.schools.edited import fingerprint
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog, District
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.holding import OnItsWay
from tests.factories import catalog as make
from tests.factories import people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
BY = Actor("super-1", ActorType.ADMIN)
TYPED = {"name": "Bay District", "state": "CA", "subscription_tier": "free", "contact_email": "office@bay.example"}


def browser(role: str, **given: Any) -> Client:
    """Return the browser of a person of this role."""
    cache.clear()
    client = Client()
    client.force_login(people.member(role, email=f"{role}@office.example", **given))
    return people.confirmed(client)


def stored(pk: str) -> District:
    """Return a district as the catalog has it."""
    with inside(EVERYTHING):
        return District.objects.get(pk=pk)


def told(step: str) -> Any:
    """Return what the newest event of a step says."""
    with inside(EVERYTHING):
        rows = AuditLog.objects.filter(event_type="district.changed").order_by("-event_timestamp")
        return next(data for data in (json.loads(row.data_accessed or "{}") for row in rows) if data["step"] == step)


def fields_of(page: str) -> dict[str, list[str]]:
    """Return the values of the form's inputs by name, as a browser would send them."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*?value="([^"]*)"', page):
        found.setdefault(name, []).append(value)
    found["contract_words"] = re.findall(r'name="contract_words"[^>]*>([^<]*)</textarea>', page)
    return found


def test_a_district_is_made_and_says_what_comes_next() -> None:
    """On an empty installation the list says so, and a new district lists its next steps."""
    office = browser("super_admin")
    assert "Make the first district" in office.get(reverse("district-list")).content.decode()
    lines = {"contract_name": ["Agreement", ""], "contract_words": ["NDPA 1.0", ""], "contract_was": ["", ""]}
    made = office.post(reverse("district-new"), TYPED | lines, follow=True)
    page = made.content.decode()
    assert "What to do next" in page
    with inside(EVERYTHING):
        district = District.objects.get()
    assert (district.contract_details, district.is_active, district.school_count) == (
        {"Agreement": "NDPA 1.0"},
        True,
        0,
    )
    assert told("created")["state"] == "CA"
    assert "office@bay" not in json.dumps(told("created"))


def test_lines_come_and_go_without_scripts() -> None:
    """Each button gives the form back with everything that was typed, nothing judged and nothing written."""
    office = browser("super_admin")
    lines = {"contract_name": ["A", "B"], "contract_words": ["1", "2"], "contract_was": ["", ""]}
    more = office.post(reverse("district-new"), {"name": "Half", "add_line": "1"} | lines)
    assert more.status_code == 200
    assert fields_of(more.content.decode())["contract_name"] == ["A", "B", ""]
    assert "usa-error-message" not in more.content.decode()
    fewer = fields_of(office.post(reverse("district-new"), {"name": "Half", "drop_line": "0"} | lines).content.decode())
    assert (fewer["name"], fewer["contract_name"], fewer["contract_words"]) == (["Half"], ["B"], ["2"])
    with inside(EVERYTHING):
        assert not District.objects.exists()


def test_two_people_edit_one_district() -> None:
    """The second gets both versions and loses nothing; what they then save is over the first one's."""
    district = make.district(name="Bay", contract_details={"kept": None, "other": "as it is"})
    office = browser("super_admin")
    address = reverse("district-edit", args=[district.pk])
    page = fields_of(office.get(address).content.decode())
    edit_district(
        district=district,
        values={"region": "North"},
        seen=fingerprint(district, FIELDS),
        by=BY,
        now=now(),
    )
    mine = {**page, **TYPED, "name": "Bay Unified", "region": "", "contract_name": ["kept", "renamed"]}
    answer = office.post(address, mine)
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "North" in body
    assert "Bay Unified" in body
    assert stored(district.pk).name == "Bay"
    again = office.post(address, mine | {"seen": fields_of(body)["seen"]})
    assert again.status_code == 302
    after = stored(district.pk)
    assert (after.name, after.region) == ("Bay Unified", None)
    assert after.contract_details == {"kept": None, "renamed": "as it is"}
    said = told("edited")
    assert said["before"]["name"] == "Bay"
    assert "contact_email" in said["fields"]
    assert "office@bay" not in json.dumps(said)


def test_a_change_on_its_way_is_not_written_over() -> None:
    """While somebody's change waits for the catalog, nobody can have seen it: another one is refused and kept."""
    district = make.district()
    with transaction.atomic():
        gateway.update(District, district.pk, name="On its way")
        with pytest.raises(OnItsWay), inside(EVERYTHING):
            edit_district(district=district, values={"name": "x"}, seen=fingerprint(district, FIELDS), by=BY, now=now())
        transaction.set_rollback(True)


def test_a_closed_district_gives_nobody_access() -> None:
    """Its administrator is out, its school goes on; opened again, all is as before."""
    district = make.district(name="Bay")
    school = make.school()
    make.setting(school=school, key="district_id", value=district.pk)
    make.student(school=school)
    hers, office = browser("district_admin", district=district.pk), browser("super_admin")
    assert hers.get(reverse("district-list"), follow=True).status_code == 200
    page = office.get(reverse("district-active", args=[district.pk])).content.decode()
    assert "1 person loses the access" in page
    assert "1 school with 1 active student" in page
    office.post(reverse("district-active", args=[district.pk]), {"active": "no"})
    assert stored(district.pk).is_active is False
    assert told("deactivated")["after"] == {"is_active": False}
    cache.clear()
    assert hers.get(reverse("district-list")).status_code == 403
    office.post(reverse("district-active", args=[district.pk]), {"active": "yes"})
    cache.clear()
    assert hers.get(reverse("district-detail", args=[district.pk])).status_code == 200


def test_the_stored_numbers_are_written_as_they_were_seen() -> None:
    """The page says what would be written; where the tables have other numbers by then, none is written."""
    district = make.district(student_count=7)
    school = make.school()
    make.setting(school=school, key="district_id", value=district.pk)
    make.teacher(school=school)
    make.student(school=school, status="inactive")
    office = browser("super_admin")
    address = reverse("district-counts", args=[district.pk])
    seen = {
        name: value[0] for name, value in fields_of(office.get(address).content.decode()).items() if "count" in name
    }
    assert seen == {"school_count": "1", "student_count": "0", "teacher_count": "1"}
    make.student(school=school)
    assert office.post(address, seen).status_code == 409
    assert stored(district.pk).student_count == 7
    assert office.post(address, seen | {"student_count": "1"}).status_code == 302
    after = stored(district.pk)
    assert (after.school_count, after.student_count, after.teacher_count) == (1, 1, 1)
    assert told("counted")["before"] == {"school_count": None, "student_count": 7, "teacher_count": None}


def test_a_district_administrator_edits_her_own_and_makes_none() -> None:
    """She cannot set the subscription, close the district or make another."""
    district = make.district(name="Bay", subscription_tier="premium")
    hers = browser("district_admin", district=district.pk)
    page = hers.get(reverse("district-edit", args=[district.pk])).content.decode()
    assert "subscription_tier" not in page
    hers.post(reverse("district-edit", args=[district.pk]), {**fields_of(page), **TYPED})
    assert (stored(district.pk).name, stored(district.pk).subscription_tier) == ("Bay District", "premium")
    for refused in (reverse("district-new"), reverse("district-active", args=[district.pk])):
        assert hers.get(refused).status_code == 403

"""What a row of the log leads to: people, things, what happened around it, and itself as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from classwaves_admin.lib.digest import sha256_hex
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in
from tests.integration.audit.test_list import noted

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)


def test_events_of_the_same_minutes_are_told_with_what_they_share(office: Client, schools: Schools) -> None:
    """Same person, student and session within 15 minutes; nobody else's, no other time, no other school."""
    close, later = NOON + timedelta(minutes=14), NOON + timedelta(minutes=16)
    row = make.audit_row(school=schools.harbour, actor_id="a", resource_id="maya", session_id="s", event_timestamp=NOON)

    def other(**values: str) -> str:
        given = {"actor_id": "b", "resource_id": "noor"} | values
        make.audit_row(school=schools.harbour, event_timestamp=later, **given)
        make.audit_row(school=schools.hill, event_timestamp=close, **given)
        return make.audit_row(school=schools.harbour, event_timestamp=close, **given).id

    expected = {
        other(actor_id="a"): ("Same person",),
        other(resource_id="maya"): ("Same student",),
        other(session_id="s"): ("Same session",),
        other(actor_id="a", resource_id="maya"): ("Same person", "Same student"),
    }
    other()
    page = office.get(reverse("audit-row", args=[row.pk]))
    assert {one["line"].id: one["ties"] for one in page.context["around"]} == expected
    everything = office.get(page.context["same_minutes"]).context["lines"]
    assert len(everything) == len(expected) + 2


def test_a_busy_quarter_of_an_hour_hides_nothing_before_it(office: Client, schools: Schools) -> None:
    """The nearest of each side are shown, those of the same instant too, and what is left out is said."""

    def at(seconds: int) -> str:
        moment = NOON + timedelta(seconds=seconds)
        return make.audit_row(school=schools.harbour, actor_id="a", event_timestamp=moment).id

    row, same, before = at(0), at(0), [at(-60), at(-30)]
    after = [at(second) for second in range(1, 13)]
    address = reverse("audit-row", args=[row])

    def shown() -> tuple[list[str], bool]:
        page = office.get(address)
        return [one["line"].id for one in page.context["around"]], "There are more" in page.content.decode()

    assert shown() == ([*reversed(after), same, *reversed(before)], False)
    after += [at(second) for second in range(13, 30)]
    assert shown() == ([*reversed(after[:13]), same, *reversed(before)], True)


def test_a_row_leads_to_people_and_things(schools: Schools) -> None:
    """Students and records are links for whoever may open them, and text for others."""
    office, _ = people.staff(school=schools.harbour)
    auditor = people.member(
        "auditor", email="a@audit.example", schools=(schools.harbour.id,), until=datetime(2100, 1, 1, tzinfo=UTC).date()
    )
    child = make.student(school=schools.harbour, display_name="Maya R.")
    row = make.audit_row(school=schools.harbour, resource_id=child.id, ip_address="10.0.0.7", session_id="s1")
    student_url = reverse("student-detail", args=[child.id])
    page = signed_in(office).get(reverse("audit-row", args=[row.pk]))
    assert f'href="{student_url}"' in page.content.decode()
    assert page.context["record_url"] == student_url
    assert student_url not in signed_in(auditor).get(reverse("audit-row", args=[row.pk])).content.decode()
    for name, address in page.context["same"].items():
        if address:
            found = signed_in(office).get(address).context["lines"]
            assert row.pk in [line.id for line in found], name
            assert "10.0.0.7" not in address


def test_a_row_is_handed_over_as_json(office: Client, schools: Schools) -> None:
    """Every column as the catalog holds it; it is an export: after a fresh sign-in, with its event and its hash."""
    row = make.audit_row(school=schools.harbour, description="<b>é</b>", data_accessed='{"a":1}', event_timestamp=NOON)
    page = office.get(reverse("audit-row", args=[row.pk]))
    address = page.context["json_url"]
    assert "reauthenticate" in office.get(address)["Location"]
    answer = people.confirmed(office).get(address)
    assert answer["Content-Disposition"] == 'attachment; filename="audit-row.json"'
    found = json.loads(answer.content)
    assert found["id"] == row.pk
    assert found["event_timestamp"] == "2025-03-04T12:00:00+00:00"
    assert found["data_accessed"] == '{"a":1}'
    assert found["session_id"] is None
    assert escape(answer.content.decode()) in page.content.decode()
    told = noted()
    assert (told["event_type"], told["resource_id"]) == ("export.created", row.pk)
    assert json.loads(str(told["data_accessed"]))["sha256"] == sha256_hex(answer.content)


def test_a_row_costs_three_questions(office: Client, schools: Schools) -> None:
    """The row, what is around it, the names."""
    child = make.student(school=schools.harbour)
    rows = [make.audit_row(school=schools.harbour, resource_id=child.id) for _ in range(5)]
    address = reverse("audit-row", args=[rows[0].pk])
    office.get(address)
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        office.get(address)
    assert len([query for query in asked if query["sql"].lstrip("( ").startswith("SELECT")]) == 3

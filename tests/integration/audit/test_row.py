"""One row of the log, however messy."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make
from tests.factories import people, requests
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "audit" / "audit_sample.jsonl"

# Any text that a database can hold.
words = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=60)
messy = words | st.sampled_from(
    ["<script>alert(1)</script>", "{{ 7 }}", "\u202egnp.exe", "x" * 10_000, '["\\ud800"]', "[" * 5_000, "null", "{}"]
)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
optional = st.none() | messy


def shows(browser: Client, row: AuditLog) -> str:
    """Open the list and the row; return the row's page."""
    listed = browser.get(reverse("audit-list"))
    assert listed.status_code == 200
    assert row.pk in [line.id for line in listed.context["lines"]]
    page = browser.get(reverse("audit-row", args=[row.pk]))
    assert page.status_code == 200
    return str(page.content.decode())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.fixed_dictionaries(
        {
            "id": words.filter(lambda text: text.strip("./") != ""),
            "actor_id": messy,
            "actor_type": messy,
            "event_type": messy,
            "event_category": messy,
            "event_timestamp": moments,
            "resource_type": messy,
            "resource_id": optional,
            "session_id": optional,
            "description": messy,
            "ip_address": optional,
            "user_agent": optional,
            "compliance_basis": optional,
            "data_accessed": optional,
            "affected_student_ids": optional,
        }
    )
)
def test_any_row_is_shown(office: Client, schools: Schools, values: dict[str, Any]) -> None:
    """Whatever other services write, the list and the row's page show it, and HTML in it stays text."""
    row = make.audit_row(school=schools.harbour, **values)
    try:
        page = shows(office, row)
        assert "<script>alert(1)" not in page
    finally:
        forget(row)


def forget(row: AuditLog) -> None:
    """Remove the row, so that each example has the list to itself."""
    with guard.writing():
        row.delete()


def test_events_of_real_systems_are_shown(office: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows made from the logs of cloud, identity and office systems are listed, all of them."""
    if not SAMPLE.exists():
        pytest.skip("the sample of real audit logs is not on this machine")
    monkeypatch.setattr("audit.views.search.PAGE_SIZE", 2_000)
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    for number, text in enumerate(lines):
        event = json.loads(text)
        make.audit_row(
            school=schools.harbour,
            id=f"sample-{number}",
            actor_id=str(event["actor"]),
            actor_type=event["source"],
            event_type=event["event_type"] or "",
            event_category="cloud",
            event_timestamp=now(),
            resource_type=str(event["source"]),
            resource_id=event["resource"],
            ip_address=event["ip"],
            user_agent=event["user_agent"],
            data_accessed="x" * event["detail_bytes"],
        )
    page = office.get(reverse("audit-list"))
    assert len(page.context["lines"]) == len(lines)
    for number in range(0, len(lines), 50):
        assert office.get(reverse("audit-row", args=[f"sample-{number}"])).status_code == 200


def test_every_column_is_on_the_page(office: Client, schools: Schools) -> None:
    """Nothing that the row holds is left out, and JSON is indented."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    values = {
        "actor_id": "actor-7",
        "actor_type": "robot",
        "event_type": "cloud.upload",
        "event_category": "cloud",
        "event_timestamp": datetime(2025, 3, 4, 15, 0, 1, 2345, tzinfo=UTC),
        "resource_type": "bucket",
        "resource_id": "bucket-9",
        "session_id": "session-3",
        "description": "Something was put there",
        "ip_address": "AWS Internal",
        "user_agent": "curl/7",
        "compliance_basis": "FERPA_A1_CONTRACTOR",
        "data_accessed": '{"bytes":12}',
        "affected_student_ids": json.dumps([child.id]),
        "created_at": datetime(2025, 3, 4, 16, tzinfo=UTC),
    }
    row = make.audit_row(school=schools.harbour, **values)
    page = shows(office, row)
    shown = {**values, "data_accessed": "{\n  &quot;bytes&quot;: 12\n}", "affected_student_ids": child.id}
    shown |= {"event_timestamp": "2025-03-04T15:00:01.002345+00:00", "created_at": "2025-03-04T16:00:00+00:00"}
    for words_of_row in [*shown.values(), row.id, "Harbour School", "Maya R.", "10:00:01 AM EST"]:
        assert str(words_of_row) in page


def test_what_a_row_names_is_a_link(office: Client, schools: Schools) -> None:
    """Staff, requests and holds lead to their pages; what is gone, another school's or nobody's page does not."""
    teacher = make.teacher(school=schools.harbour, name="Ms Okafor")
    elsewhere = make.teacher(school=schools.hill)
    child = make.student(school=schools.harbour)
    asked = requests.request(child)

    def links(actor: str, kind: str, identifier: str) -> tuple[str, str]:
        row = make.audit_row(school=schools.harbour, actor_id=actor, resource_type=kind, resource_id=identifier)
        page = office.get(reverse("audit-row", args=[row.pk]))
        return page.context["actor_url"], page.context["record_url"]

    hers = reverse("person-staff", args=[teacher.id])
    assert links(teacher.id, "request", asked.id) == (hers, reverse("request-detail", args=[asked.id]))
    assert links(elsewhere.id, "account", teacher.id) == ("", hers)
    for kind in ("request", "legal_hold", "retention_run", "certificate"):
        assert links("guardian-1", kind, "gone") == ("", "")
    assert links(elsewhere.id, "account", elsewhere.id) == ("", "")


def test_opening_a_row_is_logged(office: Client, schools: Schools) -> None:
    """The log names the row and the students that it is about."""
    row = make.audit_row(school=schools.harbour, affected_student_ids='["a", "b"]')
    office.get(reverse("audit-row", args=[row.pk]))
    payload = OutboxEntry.objects.filter(table="compliance.audit_log").latest("pk").payload
    assert (payload["event_type"], payload["resource_id"]) == ("audit.viewed", row.pk)
    assert json.loads(payload["affected_student_ids"]) == ["a", "b"]


def test_a_row_of_another_school_is_not_there(office: Client, schools: Schools) -> None:
    """Outside the scope a row does not exist, for an auditor of another school either."""
    row = make.audit_row(school=schools.hill)
    assert office.get(reverse("audit-row", args=[row.pk])).status_code == 404
    auditor = people.member("auditor", email="a@audit.example", schools=(schools.hill.id,), until=now().date())
    assert signed_in(auditor).get(reverse("audit-row", args=[row.pk])).status_code == 200

"""The page of delivery to the catalog: what it shows, and the two ways to mend a stuck change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox.models import DeliveryState, OutboxEntry
from tests.factories import people

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)


@pytest.fixture
def office(client: Client) -> Client:
    """A super admin, signed in."""
    client.force_login(people.member("super_admin", email="root@classwaves.example"))
    return client


def entry(**given: Any) -> OutboxEntry:
    """Save one stuck change of a student's row, with a name in it."""
    values = {
        "unit": "unit-1",
        "table": "users.students",
        "row_id": "student-1",
        "operation": "update",
        "payload": {"display_name": "Amina Okafor"},
        "attempts": 8,
        "last_error": "DataError 22001",
        "stuck_at": now(),
    }
    return OutboxEntry.objects.create(**(values | given))


def events(name: str) -> list[AuditLog]:
    """Return the rows of the log with this event."""
    with system_scope(reason="test"):
        return list(AuditLog.objects.filter(event_type=name))


def test_nothing_stuck_says_so(office: Client) -> None:
    """An empty outbox is told in words."""
    page = office.get(reverse("outbox"))
    assert page.status_code == 200
    assert b"Nothing is stuck" in page.content


def test_a_stuck_change_shows_its_kind_and_reason_but_no_personal_data(office: Client) -> None:
    """The page names table, reason and how many wait behind, and nothing of the row."""
    entry()
    entry(stuck_at=None, row_id="student-2")
    entry(stuck_at=None, unit="unit-2")
    entry(stuck_at=None, unit="unit-3", row_id="student-3")
    page = office.get(reverse("outbox"))
    assert page.context["changes"][0].behind == 2
    assert page.context["changes"][0].subject == "student"
    assert b"DataError 22001" in page.content
    assert b"Amina" not in page.content


def test_an_unanswering_catalog_is_told(office: Client) -> None:
    """While the catalog rests, the page says when the next try is."""
    DeliveryState.objects.create(pk=1, failures=3, last_error="OperationalError", retry_at=now().replace(year=2999))
    assert b"does not answer" in office.get(reverse("outbox")).content


def test_retry_delivers_and_is_recorded(office: Client) -> None:
    """A change whose cause is mended reaches the catalog, and the log tells who tried."""
    stuck = entry()
    page = office.post(reverse("outbox-retry"), {"entry": stuck.pk}, follow=True)
    assert b"reached the catalog" in page.content
    assert not OutboxEntry.objects.exists()
    assert [row.resource_id for row in events("outbox.retried")] == [str(stuck.pk)]


def test_retry_says_when_the_catalog_refuses_again(office: Client) -> None:
    """A change that still cannot be applied stays, and the page says so."""
    entry(table="users.gone")
    page = office.post(reverse("outbox-retry"), follow=True)
    assert b"still stuck" in page.content
    assert OutboxEntry.objects.filter(stuck_at__isnull=False).count() == 1


@pytest.mark.parametrize("typed", ["", "yes", "0"])
def test_giving_up_needs_the_number_typed(office: Client, typed: str) -> None:
    """Without the typed number nothing is lost."""
    stuck = entry()
    page = office.post(reverse("outbox-discard", args=[stuck.pk]), {"reason": "invalid", "typed": typed})
    assert page.status_code == 422
    assert OutboxEntry.objects.filter(pk=stuck.pk).exists()


def test_giving_up_is_asked_then_done_and_recorded(office: Client) -> None:
    """The page says what is lost; the log keeps who, which change and why."""
    stuck = entry()
    address = reverse("outbox-discard", args=[stuck.pk])
    question = office.get(address)
    assert b"Lost for good" in question.content
    assert b"Amina" not in question.content
    office.post(address, {"reason": "superseded", "typed": str(stuck.pk)})
    assert not OutboxEntry.objects.exists()
    (row,) = events("outbox.discarded")
    assert json.loads(row.data_accessed or "")["reason"] == "superseded"


@pytest.mark.parametrize("action", ["retry", "discard"])
def test_a_change_that_is_gone_gives_a_clear_answer(office: Client, action: str) -> None:
    """Two people mending at once see words, not an error."""
    if action == "retry":
        page = office.post(reverse("outbox-retry"), {"entry": "4711"}, follow=True)
    else:
        page = office.get(reverse("outbox-discard", args=[4711]), follow=True)
    assert page.status_code == 200
    assert b"not stuck any more" in page.content


def test_a_school_admin_may_not_see_delivery(client: Client) -> None:
    """The outbox holds rows of all schools: only super admins mend it."""
    user, _ = people.staff("admin")
    client.force_login(user)
    for name in ("outbox", "outbox-retry"):
        assert client.get(reverse(name)).status_code == 403

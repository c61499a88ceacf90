"""The portal's own requests: sampled in batches, without persons; the page that shows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished
from django.db import DatabaseError, connections
from django.test import Client
from pytest_django import Settings

from classwaves_admin.lib.clock import now
from classwaves_admin.portal import sampling
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import ApiMetric, School, SystemEvent
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make
from tests.factories import people, system

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def buffer(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[sampling.Buffer]:
    """Measure every request, into a buffer of the test's own."""
    settings.API_METRICS_PERCENT = 100
    found = sampling.Buffer()
    monkeypatch.setattr(sampling, "buffer", found)
    with system_scope(reason="test"):
        yield found


@pytest.fixture
def school() -> School:
    """Save a school."""
    return make.school(domain="harbour.example")


def written() -> list[tuple[str, str, int, str | None]]:
    """Return what stands in the catalog."""
    delivery.deliver()
    rows = ApiMetric.objects.order_by("endpoint", "method")
    return list(rows.values_list("endpoint", "method", "status_code", "school_id"))


def test_requests_are_written_together(
    buffer: sampling.Buffer, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written until a batch is full, then all as one entry: routes and schools, no address, no person."""
    monkeypatch.setattr(sampling, "BATCH", 4)
    client = Client()
    client.force_login(people.staff("admin", school=school, email="a@harbour.example")[0])
    client.get("/students/no-such-student/")
    client.get("/no/such/page/")
    client.get("/healthz")
    client.post("/students/", {"name": "Ana Lopez"})
    assert not OutboxEntry.objects.filter(table="operational.api_metrics").exists()
    client.get("/")
    assert written() == [
        ("(no such page)", "GET", 404, school.pk),
        ("dashboard", "GET", 200, school.pk),
        ("student-detail", "GET", 404, school.pk),
        ("student-list", "POST", 200, school.pk),
    ]
    assert set(ApiMetric.objects.values_list("user_id", "ip_address", "user_agent")) == {(None, None, None)}


def test_a_batch_that_is_not_full_goes_after_a_while(buffer: sampling.Buffer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quiet portal writes what it has."""
    monkeypatch.setattr(sampling, "PATIENCE", 0.0)
    Client().get("/accounts/login/")
    assert written() == [("account_login", "GET", 200, None)]


def test_what_finds_no_room_is_counted_and_told(buffer: sampling.Buffer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full buffer drops; the next batch that is written says how many."""
    monkeypatch.setattr(sampling, "MOST_KEPT", 1)
    client = Client()
    for _ in range(3):
        client.get("/accounts/login/")
    assert buffer.dropped == 2
    monkeypatch.setattr(sampling, "PATIENCE", 0.0)
    request_finished.send(sender=None)
    assert len(written()) == 1
    assert SystemEvent.objects.get().message.startswith("2 samples")


def test_a_sleeping_catalog_does_not_fill_the_outbox(buffer: sampling.Buffer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where batches wait already, and where the database refuses, samples are dropped and no page fails."""
    monkeypatch.setattr(sampling, "PATIENCE", 0.0)
    monkeypatch.setattr(sampling, "MOST_WAITING", 1)
    OutboxEntry.objects.create(unit="u", table="operational.api_metrics", row_id="1", operation="insert_many")
    assert Client().get("/accounts/login/").status_code == 200
    assert (buffer.dropped, OutboxEntry.objects.count()) == (1, 1)
    OutboxEntry.objects.all().delete()
    buffer.add(sampling.Sample("a", "GET", 1, 200, None, now()))

    def refuse(*_: object) -> None:
        raise DatabaseError("locked")

    with connections["default"].execute_wrapper(refuse):
        sampling.flush_if_due()
    assert buffer.dropped == 2


def test_nothing_is_measured_where_it_is_switched_off(buffer: sampling.Buffer, settings: Settings) -> None:
    """0 of 100 requests."""
    settings.API_METRICS_PERCENT = 0
    Client().get("/accounts/login/")
    assert buffer.take_due() == []
    assert buffer._samples == []


def test_the_page_tells_percentiles_by_endpoint(school: School) -> None:
    """Of the district's schools alone; odd names of other services are text."""
    make.district(pk="d-1")
    make.setting(school=school, key="district_id", value="d-1")
    for milliseconds in (40, 50, 1234):
        system.metric(school, response_time_ms=milliseconds, status_code=200 if milliseconds < 1000 else 503)
    system.metric(make.school(domain="hill.example"), endpoint="/api/<b>other</b>")
    client = Client()
    client.force_login(people.member("district_admin", email="office@district.example", district="d-1"))
    page = client.get("/system/speed/").content.decode()
    assert all(f">{words}<" in page for words in ("50 ms", "1.2 s", "33.3 %"))
    assert "other" not in page.partition("<main")[2].partition("speed-chart")[2]
    admin = Client()
    admin.force_login(people.member("super_admin", email="super@office.example"))
    assert "/api/&lt;b&gt;other&lt;/b&gt;" in admin.get("/system/speed/?days=1").content.decode()

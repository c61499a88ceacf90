"""Rows and texts of the real world are searched and shown as what they are."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.test import Client

from audit.queries.search import matching
from audit.rules.language import Term, parse
from audit.rules.meaning import criteria_of
from classwaves_admin.lib.words import asked
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
DATA = Path(__file__).parents[4] / "shared" / "data"
ROWS = 24
PIECES = {"actor": "actor_id", "event": "event_type", "ip": "ip_address", "resource": "resource_id", "": "description"}


def lines_of(name: str) -> list[str]:
    """Return the lines of a file that not every machine has."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not on this machine")
    return path.read_text(encoding="utf-8").splitlines()


def _strings() -> list[str]:
    """Return the big list of naughty strings, which holds control characters as they are."""
    return list(json.loads("\n".join(lines_of("strings/blns.json")), strict=False))


def found(browser: Client, text: str) -> list[str]:
    """Return the ids of the rows that the text finds."""
    page = browser.post("/audit/", {"q": text}, follow=True)
    assert page.status_code == 200
    assert "lines" in page.context, page.context.get("advice")
    return [line.id for line in page.context["lines"]]


def test_events_of_real_systems_are_found_by_each_of_their_values(office: Client, schools: Schools) -> None:
    """Rows of cloud, identity and office systems are found by actor, event, address and record as written."""
    events = [json.loads(text) for text in lines_of("audit/audit_sample.jsonl")]
    chosen = events[:: len(events) // ROWS]
    clocks = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC)]
    for number, event in enumerate(chosen):
        make.audit_row(
            school=schools.harbour,
            id=f"row-{number}",
            actor_id=str(event["actor"]),
            event_type=event["event_type"] or "",
            event_category="cloud",
            event_timestamp=clocks[number % 3],
            resource_type="thing",
            resource_id=event["resource"],
            ip_address=event["ip"],
            data_accessed="{" + "x" * event["detail_bytes"],
        )
    for number, event in enumerate(chosen):
        values = {"actor": str(event["actor"]), "event": event["event_type"], "ip": event["ip"]}
        if event["resource"]:
            values["resource"] = f"thing/{event['resource']}"
        pieces = [Term(name, value.strip()) for name, value in values.items() if value and value.strip()]
        assert f"row-{number}" in found(office, " ".join(map(str, pieces))), pieces


def test_naughty_strings_are_searched_and_shown_as_text(office: Client, schools: Schools) -> None:
    """Each string of the big list finds its own row as a phrase, and no page holds markup of it."""
    strings = [text for text in _strings() if text.strip() and "\0" not in text]
    for number, text in enumerate(strings):
        make.audit_row(school=schools.harbour, id=f"row-{number}", description=text, actor_id=f"u{number}")
    for number, text in enumerate(strings):
        terms = parse(f"{Term('', text)} actor:u{number}").terms
        criteria, problems = criteria_of(terms, schools={}, today=date(2025, 3, 4), zone=UTC)
        assert bool(problems) == (not asked(text)), text
        with inside(EVERYTHING):
            assert [row.pk for row in matching(criteria)] == [f"row-{number}"], text
    address = "/audit/"
    while address:
        page = office.get(address)
        assert "<script>alert" not in page.content.decode()
        address = page.context["next_url"]
    for number in range(0, len(strings), 25):
        page = office.get(f"/audit/row-{number}/")
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()

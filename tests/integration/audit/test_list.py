"""The audit log: what it shows to whom, its filters, its pages."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
URL = "/audit/"


def found(browser: Client, **query: str) -> list[str]:
    """Return the ids of the rows that the page lists, in its order."""
    page = browser.get(URL, query, follow=True)
    assert page.status_code == 200
    return [line.id for line in page.context["lines"]]


def noted() -> dict[str, object]:
    """Return the last audit row that was handed to the outbox."""
    entry = OutboxEntry.objects.filter(table="compliance.audit_log").latest("pk")
    return dict(entry.payload)


def test_names_stand_for_ids(office: Client, schools: Schools) -> None:
    """People, students and schools are named; a guardian is not."""
    teacher = make.teacher(school=schools.harbour, name="Ms Okafor")
    child = make.student(school=schools.harbour, display_name="Maya R.")
    make.audit_row(school=schools.harbour, actor_id=teacher.id, affected_student_ids=json.dumps([child.id]))
    make.audit_row(school=schools.harbour, actor_id="guardian-1", actor_type="parent", event_type="consent.granted")
    page = office.get(URL).content.decode()
    for words in ("Ms Okafor", "Maya R.", "Student record viewed", "A guardian", "Consent given"):
        assert words in page
    assert "guardian-1" not in page


def test_an_empty_log_says_what_will_come(office: Client) -> None:
    """Nothing logged, and nothing that fits, are told apart, each with what to do."""
    assert b"Nothing is logged yet" in office.get(URL).content
    assert b"Nothing fits this search" in office.get(URL, {"words": "rain"}, follow=True).content


def test_filters_narrow_the_list(office: Client, schools: Schools) -> None:
    """Event, group, category, actor by name and id, student by name and id, and words each find their row."""
    teacher = make.teacher(school=schools.harbour, name="Ms Okafor")
    child = make.student(school=schools.harbour, display_name="Maya R.")
    short = make.student(school=schools.harbour, id="7", display_name="Seven")
    by = make.audit_row(school=schools.harbour, actor_id=teacher.id, actor_type="teacher").id
    login = make.audit_row(school=schools.harbour, event_type="auth.login", event_category="auth").id
    listed = make.audit_row(school=schools.harbour, affected_student_ids=json.dumps(["x" * 20, child.id])).id
    about = make.audit_row(school=schools.harbour, resource_id=child.id).id
    seven = make.audit_row(school=schools.harbour, affected_student_ids='["17", "7"]').id
    make.audit_row(school=schools.harbour, affected_student_ids='["77", "17"]')
    told = make.audit_row(school=schools.harbour, description="100% of <b>rows_deleted</b>").id
    assert found(office, actor="okaf") == [by]
    assert found(office, actor=teacher.id) == [by]
    assert found(office, event="auth.login") == [login]
    assert found(office, event="auth.*") == [login]
    assert found(office, category="auth") == [login]
    assert set(found(office, student="maya")) == {listed, about}
    assert set(found(office, student=child.id)) == {listed, about}
    assert found(office, student=short.id) == [seven]
    assert found(office, words="100%") == [told]
    assert found(office, words="rows_deleted") == [told]
    assert found(office, words="rowsXdeleted") == []


def test_an_event_of_another_service_can_be_asked_for(office: Client, schools: Schools) -> None:
    """A name that the portal does not know is searched and stays chosen."""
    row = make.audit_row(school=schools.harbour, event_type="upload é <x>").id
    page = office.get(URL, {"event": "upload é <x>"}, follow=True)
    assert [line.id for line in page.context["lines"]] == [row]
    assert '<option value="upload é &lt;x&gt;" selected>' in page.content.decode()


def test_days_are_those_of_the_school(office: Client, schools: Schools) -> None:
    """A day begins and ends at the school's midnight."""
    make.setting(school=schools.harbour, key="timezone", value="America/Denver")
    make.audit_row(school=schools.harbour, event_timestamp=datetime(2025, 3, 4, 6, 59, tzinfo=UTC))
    row = make.audit_row(school=schools.harbour, event_timestamp=datetime(2025, 3, 4, 7, tzinfo=UTC)).id
    make.audit_row(school=schools.harbour, event_timestamp=datetime(2025, 3, 5, 7, tzinfo=UTC))
    assert found(office, first="2025-03-04", last="2025-03-04") == [row]


def test_a_period_that_ends_before_it_begins_is_told(office: Client) -> None:
    """A wrong filter is marked, and the form keeps what was typed."""
    page = office.get(URL, {"first": "2025-03-05", "last": "2025-03-04", "words": "rain"})
    assert page.status_code == 200
    assert b"on or after the first one" in page.content
    assert b'value="rain"' in page.content


@pytest.mark.parametrize("value", ["\x00", "' OR 1=1 --", "%", "😀", "after.", "x" * 5_000, "9" * 400])
def test_no_address_breaks_the_page(office: Client, schools: Schools, value: str) -> None:
    """Whatever stands in the address, the answer is a page, or "not found" for a page that never was."""
    make.audit_row(school=schools.harbour)
    for name in ("words", "student", "actor", "event", "school", "period", "first", "q"):
        assert office.get(URL, {name: value}, follow=True).status_code == 200, name
        assert office.post(URL, {name: value}, follow=True).status_code == 200, name
    assert office.get(URL, {"page": value}).status_code == 404
    assert office.get(URL, {"sealed": value}).status_code == 404


def walk(browser: Client, link: str, address: str) -> tuple[list[str], str]:
    """Follow `link` from page to page; return the ids seen after the first page, and the last address."""
    seen: list[str] = []
    while True:
        page = browser.get(address)
        seen += [line.id for line in page.context["lines"]]
        if not page.context[link]:
            return seen, address
        address = page.context[link]


def test_pages_run_newest_first_both_ways_and_meet_every_row_once(
    office: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of one instant, odd ids and far-off clocks are each met once, forwards and backwards."""
    monkeypatch.setattr("audit.views.search.PAGE_SIZE", 4)
    moments = [now(), now() - timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)]
    ids = [
        make.audit_row(school=schools.harbour, id=f"{number} / <é>\n%?#", event_timestamp=moments[number % 4]).id
        for number in range(15)
    ]
    down, last = walk(office, "next_url", URL)
    assert sorted(down) == sorted(ids)
    up, _ = walk(office, "previous_url", last)
    assert set(up) == set(ids)
    assert len(up) == len(ids)
    assert office.get(last).context["first_url"] == URL


def test_the_next_page_keeps_the_search(office: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of a neighbour is the same search, one page on."""
    monkeypatch.setattr("audit.views.search.PAGE_SIZE", 1)
    for _ in range(2):
        make.audit_row(school=schools.harbour)
    page = office.get(URL, {"event": "student.*"}, follow=True)
    address = page.context["next_url"]
    assert f'href="{escape(address)}" rel="next"' in page.content.decode()
    query = parse_qs(urlsplit(address).query)
    assert query["q"] == ["event:student.*"]
    assert query["page"][0].startswith("after.")


def test_totals_are_capped(office: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the cap the total says so."""
    monkeypatch.setattr("audit.views.search.PAGE_SIZE", 2)
    for target in ("audit.queries.counting.MOST_COUNTED", "audit.views.search.MOST_COUNTED"):
        monkeypatch.setattr(target, 3)
    rows = [make.audit_row(school=schools.harbour, resource_id="child") for _ in range(3)]
    assert office.get(URL).context["total"] == "3"
    make.audit_row(school=schools.harbour, resource_id="child")
    assert office.get(URL).context["total"] == "3+"
    assert office.get(URL, {"student": "child"}, follow=True).context["total"] == "3+"
    nobody = office.get(URL, {"words": rows[0].description, "actor": "nobody"}, follow=True)
    assert nobody.context["total"] == "0"


def test_looking_is_logged_without_what_was_typed(office: Client, schools: Schools) -> None:
    """The log says who looked, with which filters, at how many rows of which students; never the words."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    make.audit_row(school=schools.harbour, resource_id=child.id, description="Maya was here")
    office.post(URL, {"words": "maya was", "event": "student.*"}, follow=True)
    row = noted()
    assert row["event_type"] == "audit.viewed"
    assert row["school_id"] == schools.harbour.id
    assert json.loads(str(row["data_accessed"])) == {"filters": ["events", "words"], "rows": 1}
    assert json.loads(str(row["affected_student_ids"])) == [child.id]
    assert "maya" not in json.dumps(row).lower()


def test_anonymous_people_sign_in_first(client: Client) -> None:
    """Without a sign-in there is no log."""
    assert client.get(URL).status_code == 302


def test_each_role_sees_its_schools_and_no_other(schools: Schools) -> None:
    """School, district and auditor see their rows; teacher and ClassWaves see none; nobody sees a neighbour's."""
    make.setting(school=schools.harbour, key="district_id", value="d1")
    here = make.audit_row(school=schools.harbour).id
    there = make.audit_row(school=schools.hill).id
    make.audit_row(school_id="portal")
    day = date.max
    seen = {
        "office": people.staff(school=schools.harbour)[0],
        "district": people.member("district_admin", email="d@district.example", district="d1"),
        "auditor": people.member("auditor", email="a@audit.example", schools=(schools.hill.id,), until=day),
    }
    expected = {"office": {here}, "district": {here}, "auditor": {there}}
    for who, user in seen.items():
        assert set(found(signed_in(user))) == expected[who], who
    teacher, _ = people.staff("teacher", school=schools.harbour, email="t@harbour.example")
    for user in (teacher, people.member("super_admin", email="root@classwaves.example")):
        assert signed_in(user).get(URL).status_code == 403


def test_an_auditors_access_ends_by_itself(schools: Schools) -> None:
    """The day after the last one the auditor sees nothing."""
    user = people.member("auditor", email="a@audit.example", schools=(schools.hill.id,), until=date(2000, 1, 1))
    assert signed_in(user).get(URL).status_code == 403


def test_another_schools_id_in_the_address_finds_nothing(office: Client, schools: Schools) -> None:
    """A cursor, a student or an actor of another school opens no window into it."""
    child = make.student(school=schools.hill, display_name="Maya R.")
    row = make.audit_row(school=schools.hill, resource_id=child.id)
    make.audit_row(school=schools.harbour, event_timestamp=now() - timedelta(days=3))
    assert found(office, student="Maya") == []
    assert found(office, page=f"after.{row.id}") == []


@pytest.mark.parametrize("query", [{}, {"student": "Student"}, {"actor": "Teacher", "period": "30d", "words": "s"}])
def test_the_page_asks_the_catalog_three_times_at_most(
    office: Client, schools: Schools, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search costs three queries at most, its names one before that; as many when the rows double."""
    monkeypatch.setattr("audit.views.search.PAGE_SIZE", 8)

    def fill() -> None:
        for _ in range(9):
            child, teacher = make.student(school=schools.harbour), make.teacher(school=schools.harbour)
            make.audit_row(school=schools.harbour, actor_id=teacher.id, affected_student_ids=f'["{child.id}"]')

    def queries() -> int:
        with CaptureQueriesContext(connections["warehouse"]) as asked:
            answer = office.post(URL, query)
        assert len(asked) <= 1
        with CaptureQueriesContext(connections["warehouse"]) as asked:
            office.get(answer["Location"])
        return len(asked)

    fill()
    office.get(URL)  # remembers the person's standing and the school's time zone
    before = queries()
    fill()
    assert queries() == before <= 3


def test_every_page_comes_from_an_index(office: Client, schools: Schools) -> None:
    """Neither the first page sorts the table, nor does a later one read the rows in front of it."""
    if connections["warehouse"].vendor != "sqlite":
        pytest.skip("only SQLite tells its plan in these words")
    rows = [make.audit_row(school=schools.harbour) for _ in range(3)]
    for cursor, range_read in (("", ""), (f"after.{rows[1].id}", "(event_timestamp,id)<(?,?)")):
        with CaptureQueriesContext(connections["warehouse"]) as asked:
            found(office, page=cursor)
        statement = next(item["sql"] for item in asked.captured_queries if "audit_log" in item["sql"])
        with connections["warehouse"].cursor() as plan:
            plan.execute("EXPLAIN QUERY PLAN " + statement)
            steps = " ".join(str(step[-1]) for step in plan.fetchall())
        assert "audit_log_school_event__id_ix" in steps
        assert "TEMP B-TREE" not in steps
        assert range_read in steps

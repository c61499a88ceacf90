"""Searches that are kept and shared."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils.html import escape

from audit.models import SavedSearch
from audit.queries import searches
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in
from tests.integration.audit.test_list import noted

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
URL = "/audit/searches/"


def save(browser: Client, name: str, text: str, **more: str) -> str:
    """Save a search; return where the browser is led to."""
    answer = browser.post(f"{URL}save/", {"name": name, "text": text, **more})
    assert answer.status_code == 302
    return str(answer["Location"])


def names(browser: Client) -> list[str]:
    """Return the names of the searches that the page lists."""
    return [line["search"].name for line in browser.get(URL).context["lines"]]


def test_a_search_is_kept_and_opened(office: Client, schools: Schools) -> None:
    """It stands beside the box and on its page, leads to its rows, and the log knows of it without its words."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    row = make.audit_row(school=schools.harbour, resource_id=child.id, description="rain").id
    address = save(office, "Maya in the rain", f"student:{child.id} rain")
    assert "rain" not in address
    assert [line.id for line in office.get(address).context["lines"]] == [row]
    assert escape(address) in office.get(URL).content.decode()
    assert escape(address) in office.get("/audit/").content.decode()
    office.post(f"{URL}save/", {"name": "Other", "text": "x"})
    event = noted()
    assert (event["event_type"], event["resource_type"]) == ("settings.changed", "saved_search")
    assert json.loads(str(event["data_accessed"])) == {"change": "saved", "shared": False}


def test_the_same_name_is_written_over(office: Client) -> None:
    """A person has one search of each name."""
    save(office, "Mine", "one")
    save(office, "Mine", "two")
    assert [search.text for search in SavedSearch.objects.all()] == ["two"]


def test_shared_searches_are_seen_in_their_school_alone(office: Client, schools: Schools) -> None:
    """A colleague sees what is shared and nothing else; another school sees neither; only the owner changes it."""
    save(office, "Shared", "one", shared="on")
    save(office, "Own", "two")
    here, _ = people.staff(school=schools.harbour, email="two@harbour.example")
    there, _ = people.staff(school=schools.hill, email="office@hill.example")
    district = people.over(schools.harbour, schools.hill)
    assert names(office) == ["Own", "Shared"]
    assert names(signed_in(here)) == ["Shared"]
    assert names(signed_in(there)) == []
    assert names(signed_in(district)) == ["Shared"]
    for search in SavedSearch.objects.all():
        for change in ("rename", "delete"):
            assert signed_in(here).post(f"{URL}{search.pk}/{change}/", {"name": "x"}).status_code == 404


def test_a_district_shares_what_is_about_several_schools_and_takes_it_back(schools: Schools) -> None:
    """Who has a role in the district sees it, no school's office does; sharing is changed where the name is."""
    district = signed_in(people.over(schools.harbour, schools.hill))
    colleague = signed_in(people.member("district_admin", email="two@office.example", district="d-over"))
    elsewhere = signed_in(people.member("district_admin", email="x@x.example", district="d-x"))
    office = signed_in(people.staff(school=schools.harbour)[0])
    assert "role in your district" in district.get("/audit/?q=event:audit.viewed").content.decode()
    save(district, "Ours", "event:audit.viewed", shared="on")
    change = f"{URL}{SavedSearch.objects.get().pk}/rename/"
    assert [names(one) for one in (colleague, elsewhere, office)] == [["Ours"], [], []]
    assert "role in your district" in colleague.get(URL).content.decode()
    district.post(change, {"name": "Ours"})
    assert names(colleague) == []
    assert names(district) == ["Ours"]
    district.post(change, {"name": "Theirs", "shared": "on"})
    assert names(colleague) == ["Theirs"]


def test_every_search_is_on_a_page(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list goes on behind its first page, with as many questions for many as for few."""
    monkeypatch.setattr(searches, "PAGE_SIZE", 2)
    for number in range(5):
        save(office, f"No. {number}", "rain")
    seen, address = [], URL
    while address:
        context = office.get(address).context
        seen += [line["search"].name for line in context["lines"]]
        address = context["next_url"]
    assert seen == [f"No. {number}" for number in range(5)]
    assert office.get(f"{URL}?cursor=nonsense").status_code == 302


def test_searches_are_renamed_and_deleted(office: Client) -> None:
    """Each name once; what is deleted is gone; each change is logged."""
    save(office, "First", "one")
    save(office, "Second", "two")
    first = SavedSearch.objects.get(name="First")
    page = office.post(f"{URL}{first.pk}/rename/", {"name": "Second"}, follow=True)
    assert b"choose a different one" in page.content
    office.post(f"{URL}{first.pk}/rename/", {"name": "Zeta"})
    assert names(office) == ["Second", "Zeta"]
    office.post(f"{URL}{first.pk}/delete/")
    assert names(office) == ["Second"]
    assert json.loads(str(noted()["data_accessed"])) == {"change": "deleted", "shared": False}


def test_a_search_without_a_name_is_told(office: Client) -> None:
    """Nothing is kept without a name, and the page says so."""
    page = office.post(f"{URL}save/", {"text": "one"}, follow=True)
    assert b"give it a name" in page.content
    assert not SavedSearch.objects.exists()

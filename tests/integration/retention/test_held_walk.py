"""No page of one child shows another child's words, name or ids: planted everywhere, looked for on every page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, School
from classwaves_admin.warehouse.outbox import delivery
from retention.rules.held import rules_about_students
from tests.factories import catalog as make
from tests.factories import people
from tests.factories.planted import OWN, SECRETS, Family, planted

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]


@pytest.fixture
def family(school: School) -> Family:
    """Return Maya and her brother, planted."""
    return planted(school)


def pages(browser: Client, start: str) -> Iterator[tuple[str, str]]:
    """Yield every page that links lead to from one on, below it, with its address."""
    waiting, seen = [start], set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = browser.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        page = unescape(answer.getvalue().decode(errors="replace"))
        yield address, page
        waiting += [link for link in re.findall(r'(?:href|src)="([^"#]+)"', page) if link.startswith(start)]


def offices(school: School) -> dict[str, User]:
    """Return a person of each role that sees the school."""
    make.district(pk="d-1")
    make.setting(school=school, key="district_id", value="d-1")
    return {
        "school": people.staff(school=school, email="office@harbour.example")[0],
        "district": people.member("district_admin", email="district@harbour.example", district="d-1"),
        "teacher": people.staff("teacher", school=school, email="teacher@harbour.example")[0],
        "auditor": people.member("auditor", email="a@audit.example", schools=(school.pk,), until=date(2100, 1, 1)),
    }


@pytest.mark.parametrize("role", ["school", "district"])
def test_no_page_shows_another_child(role: str, family: Family) -> None:
    """Every list and every row of what is held of Maya: her own words are there, nothing of her brother is."""
    browser, start = Client(), f"/students/{family.maya.pk}/held/"
    browser.force_login(offices(family.school)[role])
    found = dict(pages(browser, start))
    for address, page in found.items():
        shown = page.casefold()
        assert [secret for secret in (*SECRETS, *family.ids) if secret in shown] == [], address
    everything = "\n".join(found.values())
    for words in (OWN, "Another student spoke, 4 s", "Another student wrote it", "It is also about 1 other student"):
        assert words in everything
    lists = {address.removeprefix(start).split("/")[0] for address in found} - {""}
    with system_scope(reason="test"):
        assert lists == {rule.name for rule in rules_about_students() if rule.model._default_manager.exists()}
        delivery.deliver()
        events = AuditLog.objects.filter(affected_student_ids=json.dumps([family.maya.pk]))
        opened = set(events.exclude(resource_type="student").values_list("event_type", "resource_type"))
    assert {
        ("transcript.viewed", "sessions.transcriptions"),
        ("analysis.viewed", "analytics.student_metrics"),
    } <= opened
    assert ("student.viewed", "communication.messages") in opened


@pytest.mark.parametrize("role", ["teacher", "auditor"])
def test_who_does_not_see_students_opens_nothing(role: str, family: Family) -> None:
    """Teachers and auditors get no more than before: not the numbers, no list, no row."""
    browser, start = Client(), f"/students/{family.maya.pk}/held/"
    browser.force_login(offices(family.school)[role])
    for address in (start, f"{start}sessions.transcriptions/", f"{start}users.students/{family.maya.pk}/"):
        assert browser.get(address).status_code == 403


def test_the_brothers_rows_are_no_rows_of_hers(office: Client, family: Family) -> None:
    """His turn, his message and his results do not exist under her name, whoever sat beside whom."""
    his = make.transcription(speaker=family.theirs)
    numbers = make.student_metrics(participant=family.theirs)
    start = f"/students/{family.maya.pk}/held/"
    for address in (
        f"sessions.transcriptions/{his.pk}/",
        f"analytics.student_metrics/{numbers.pk}/",
        "users.teachers/",
    ):
        assert office.get(start + address).status_code == 404

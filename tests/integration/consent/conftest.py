"""A school, its families and a parent with a browser and an inbox."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.schools.time_zones import DEFAULT_TIME_ZONE
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.actions.ask import Asked, ask_for_consent
from consent.actions.asked_links import serve_link_requests
from consent.forms.answer import _name
from consent.models import Guardian, Guardianship
from consent.vocabulary import ASKED_TYPES, ConsentType
from tests.factories import catalog as make
from tests.factories import families, people

ADMIN = Actor("teacher-1", ActorType.ADMIN, "192.0.2.1", "test")


@pytest.fixture(autouse=True)
def _no_limits_of_earlier_tests() -> Iterator[None]:
    """Forget how often this machine has tried something."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _everything() -> Iterator[None]:
    """Let the test itself look at every school; the pages open their own scope."""
    with system_scope(reason="test"):
        yield


@pytest.fixture
def school() -> School:
    """Return a school with nothing set."""
    return make.school(name="Harbour School", domain="harbour.example")


@pytest.fixture
def child(school: School) -> Student:
    """Return a student of nine years."""
    student = make.student(school=school, display_name="Ana Lopez")
    make.coppa(student=student, birth_year=now().year - 9)
    return student


@pytest.fixture
def office(school: School) -> Client:
    """Return the browser of Rivera, the office of Harbour School, signed in and asked who they are a moment ago."""
    client = Client()
    client.force_login(people.staff(school=school)[0])
    return people.confirmed(client)


@pytest.fixture
def reads() -> Callable[[Callable[[], Any]], int]:
    """Return a counter of the warehouse's queries that a call sends, writes of the log aside."""

    def count(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connections["warehouse"]) as queries:
            call()
        return sum(query["sql"].startswith("SELECT") for query in queries)

    return count


def tie_of(guardian: Guardian, child: Student) -> Guardianship:
    """Return the tie of a guardian and a student as it stands, with the guardian."""
    return Guardianship.objects.select_related("guardian").get(guardian=guardian, student_id=child.id)


def record_of(student: Student) -> CoppaCompliance:
    """Return the student's age record once everything has arrived in the catalog."""
    delivery.deliver()
    return CoppaCompliance.objects.get(student_id=student.pk)


def events_about(student: Student) -> Counter[str]:
    """Return how often each event about the student stands in the log."""
    delivery.deliver()
    return Counter(AuditLog.objects.filter(resource_id=student.pk).values_list("event_type", flat=True))


def today() -> date:
    """Return the day at a school that has set no time zone."""
    return now().astimezone(DEFAULT_TIME_ZONE).date()


def ask(school: School, *students: Student) -> Asked:
    """Ask every guardian of the students, and send the mails."""
    asked = ask_for_consent(school_id=school.id, student_ids=[student.id for student in students], by=ADMIN, now=now())
    deliver_due()
    return asked


def reloaded(student: Student) -> Student:
    """Return the student as the catalog has it now."""
    return Student.objects.get(pk=student.pk)


def hidden(page: Any) -> dict[str, str]:
    """Return the hidden fields of the form on a page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.content.decode())
    return {name: html.unescape(value) for name, value in found}


@dataclass
class Parent:
    """A parent at a browser that checks CSRF, with their mails."""

    guardian: Guardian
    browser: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def letters(self) -> list[mail.EmailMultiAlternatives]:
        """Serve what was asked for, send what waits, and return the mails to this parent, oldest first."""
        serve_link_requests(now=now())
        deliver_due()
        return [letter for letter in mail.outbox if letter.to == [self.guardian.email]]  # type: ignore[misc]

    def link(self, part: str = "/c/") -> str:
        """Return the path of the link in the newest mail."""
        found = re.search(r"http\S+" + part + r"\S+", str(self.letters()[-1].body))
        assert found
        return urlsplit(found.group()).path

    def code(self) -> str:
        """Return the code in the newest mail."""
        found = re.search(r": (\d{3} \d{3})$", str(self.letters()[-1].body), re.MULTILINE)
        assert found
        return found.group(1)

    def get(self, path: str, **query: str) -> Any:
        """Open a page."""
        return self.browser.get(path, query)

    def post(self, path: str, data: Mapping[str, str], *, follow: bool = False) -> Any:
        """Send the form of a page: opens it first, as a browser does, for the CSRF token and hidden fields."""
        fields = hidden(self.browser.get(path, follow=True))
        return self.browser.post(path, fields | dict(data), follow=follow)

    def check(self, path: str, answers: Mapping[str, str], **more: str) -> Any:
        """Fill the questions in and sign; return what comes: the summary, or the questions with what is wrong."""
        signature = {"signer_name": self.guardian.name, "relationship": "mother"}
        return self.post(path, {**answers, **signature, **more})

    def send(self, path: str, summary: Any, changed: Mapping[str, str] | None = None, *, follow: bool = False) -> Any:
        """Send what the summary shows, with hidden fields `changed` as an attacker may."""
        return self.browser.post(path, hidden(summary) | {"send": "yes"} | dict(changed or {}), follow=follow)

    def answer(self, path: str, answers: Mapping[str, str], *, follow: bool = False, **more: str) -> Any:
        """Answer as a parent does: the questions, the summary, the button. Stops where the summary does not come."""
        summary = self.check(path, answers, **more)
        return self.send(path, summary, follow=follow) if "step" in hidden(summary) else summary


def answers_for(*students: Student, **given: str) -> dict[str, str]:
    """Return form values: yes to everything, but for types given as `audio="no"`."""
    return {_name(kind, student): given.get(kind.name.lower(), "yes") for student in students for kind in ASKED_TYPES}


def consented(school: School, child: Student, **given: str) -> Parent:
    """Return a mother who was asked, answered everything and confirmed it; `given` as for `answers_for`."""
    mother = Parent(families.guardian(child))
    ask(school, child)
    mother.answer(mother.link(), answers_for(child, **given))
    mother.post(mother.link("/c/v/"), {})
    return mother


def field_of(kind: ConsentType, student: Student) -> str:
    """Return the name of one question's field."""
    return _name(kind, student)

"""Every page while the warehouse does not answer: a page that says so, never an error of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connections
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.roles import PERMISSIONS, Role
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School, Student
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions.paper import find_form, print_forms
from consent.forms.signed import field_name
from consent.models import Guardian, PaperForm
from consent.queries.printing import sheets_for
from consent.vocabulary import ASKED_TYPES
from tests.architecture.routes import Route, all_routes
from tests.architecture.walk import alone, names, portions
from tests.architecture.world import World
from tests.factories import catalog as make
from tests.factories import families, made, people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]

GUARDED = [route for route in all_routes() if route.declaration and route.declaration.permission]
# Pages of the portal's own database need no warehouse.
ALIVE = {200, 302, 303, 405, 503}
# What these lack stands in no row of the catalog, and they say so at once: a code, a school, a file or words that were
# not sent; a saved search that is nobody's.
LACKING = {
    ("key-new", "post"): 422,
    ("made-again", "post"): 404,  # an export is asked for anew
    ("paper-enter", "post"): 422,
    ("paper-print", "post"): 422,
    ("disclosure-import", "post"): 422,
    ("district-new", "post"): 422,
    ("hold-new", "post"): 422,
    ("run-new", "post"): 422,
    ("roster-upload", "post"): 422,
    ("subprocessor-new", "post"): 422,
    ("subprocessor-edit", "post"): 422,
    ("audit-suggestions", "post"): 400,
    ("search-rename", "post"): 404,
    ("search-delete", "post"): 404,
}


@contextmanager
def warehouse_down(error: type[Exception] = OperationalError) -> Iterator[None]:
    """Let every statement to the warehouse fail as a lost connection does."""

    def refuse(_execute: Callable[..., Any], *_args: Any) -> Any:
        raise error("server closed the connection; host=catalog.internal")

    with connections["warehouse"].execute_wrapper(refuse):
        yield


@pytest.fixture
def child() -> Student:
    """Save one child with a guardian who can be asked."""
    cache.clear()
    child = make.student(display_name="Ana Lopez")
    families.guardian(child)
    return child


@pytest.fixture
def browser(child: Student) -> Client:
    """Return the browser of the district's administrator whose role is remembered."""
    return remembered(people.over(School(id=child.school_id)))


def remembered(user: User) -> Client:
    """Return the browser of somebody whose role is remembered, and who has said who they are this minute."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    assert client.get("/accounts/sessions/").status_code == 200
    return people.confirmed(client)


def assert_kept(answer: Any, address: str, typed: dict[str, str]) -> None:
    """See that a page has a form with all that was typed, which goes to the address that it was meant for."""
    page = answer.content.decode()
    assert "What you typed is kept on this page" in page
    assert f'action="{address}"' in page
    for name, value in typed.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page, name


@pytest.mark.parametrize("routes", portions(GUARDED), ids=names)
def test_every_guarded_page_says_that_the_catalog_does_not_answer(
    routes: list[Route], subtests: pytest.Subtests
) -> None:
    """No page answers with an error of ours, and none repeats the driver's words."""
    cache.clear()
    world = World()
    for route, method, error in product(routes, ("get", "post"), (OperationalError, InterfaceError)):
        role = next(
            role
            for role in (Role.DISTRICT_ADMIN, Role.SUPER_ADMIN, Role.SCHOOL_ADMIN)
            if route.declaration and route.declaration.permission in PERMISSIONS[role]
        )
        made.put_back()  # a route before this one deletes files, which no transaction brings back
        with alone(subtests, route, method, error.__name__, remembers=True):
            assert_says_so(remembered(world.people[role]), route, method, world.parts, error)


def assert_says_so(browser: Client, route: Route, method: str, parts: dict[str, str], error: type[Exception]) -> None:
    """See that a page says that the catalog does not answer, and no word of the driver."""
    data = {"student": parts["student_id"], "name": "Ana"} if method == "post" else {}
    with warehouse_down(error):
        answer = getattr(browser, method)(route.address(parts), data)
    if (route.name, method) in LACKING:
        assert answer.status_code == LACKING[route.name, method]
    else:
        assert answer.status_code in ALIVE | ({404} if "entry_id" in route.parts else set())
    page = answer.getvalue()
    assert b"catalog.internal" not in page
    if answer.status_code == 503:
        assert answer["Retry-After"]
        assert b"does not answer" in page


def test_a_form_that_could_not_be_taken_says_what_to_do(browser: Client, child: Student) -> None:
    """Asking while the warehouse is down writes nothing, keeps every field and says how to send it again."""
    with warehouse_down():
        answer = browser.post("/students/ask/", {"student": child.pk, "confirmed": "1"})
    assert answer.status_code == 503
    assert_kept(answer, "/students/ask/", {"student": child.pk, "confirmed": "1"})
    assert not OutboxEntry.objects.exists()


def test_answers_typed_from_paper_are_kept(browser: Client, child: Student) -> None:
    """The code opens its form without the catalog; every answer that was typed can be sent again, and none is taken."""
    with system_scope(reason="test"):
        sheet = sheets_for([Guardian.objects.get().id], now())[0]
        (paper,) = print_forms(wanted=[sheet.wanted], by=Actor("teacher-1", ActorType.ADMIN), now=now())
    answers = {field_name(consent_type, child): "yes" for consent_type in ASKED_TYPES}
    typed = answers | {"signer_name": "Maria Lopez", "relationship": "mother", "checked_on": "2026-03-02"}
    with warehouse_down():
        opened = browser.post("/paper/", {"code": paper.code})
        address = opened["Location"]
        waits = browser.get(address)
        answer = browser.post(address, typed)
    assert (opened.status_code, waits.status_code, answer.status_code) == (302, 503, 503)
    assert_kept(answer, address, typed)
    with system_scope(reason="test"):
        assert find_form(paper.code, now=now()) == paper.form


def test_what_to_print_for_many_is_kept(browser: Client, child: Student) -> None:
    """The school and the grade that were chosen can be sent again, and nothing is printed."""
    chosen = {"school": child.school_id, "grade": "6", "again": "on", "print": "yes"}
    with warehouse_down():
        answer = browser.post("/paper/print/", chosen)
    assert answer.status_code == 503
    assert_kept(answer, "/paper/print/", chosen)
    assert not PaperForm.objects.exists()


def test_a_person_whose_role_nobody_remembers_is_told_too(browser: Client) -> None:
    """Without the directory nobody is let in, and the page says when to try again."""
    cache.clear()
    with warehouse_down():
        answer = browser.get("/students/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")

"""Every page while the warehouse does not answer: a page that says so, never an error of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connections
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.warehouse.models import Student
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.architecture.routes import Route, all_routes
from tests.architecture.world import World
from tests.factories import catalog as make
from tests.factories import families, people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]

GUARDED = [route for route in all_routes() if route.declaration and route.declaration.permission]
# Pages of the portal's own database need no warehouse, and a form that lacks something says so before it asks.
ALIVE = {200, 302, 303, 405, 422, 503}


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
    """Return the browser of a super administrator whose role is remembered."""
    user: User = people.member("super_admin", email="super@office.example")
    client = Client(raise_request_exception=False)
    client.force_login(user)
    assert client.get("/system/outbox/").status_code == 200
    return client


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_every_guarded_page_says_that_the_catalog_does_not_answer(
    route: Route, method: str, error: type[Exception], browser: Client, child: Student
) -> None:
    """No page answers with an error of ours, and none repeats the driver's words."""
    values = World().parts
    data = {"student": child.pk, "name": "Ana"} if method == "post" else {}
    with warehouse_down(error):
        answer = getattr(browser, method)(route.address(values), data)
    assert answer.status_code in ALIVE | ({404} if "entry_id" in route.parts else set())
    assert "catalog.internal" not in answer.content.decode()
    if answer.status_code == 503:
        assert answer["Retry-After"]
        assert "does not answer" in answer.content.decode()


def test_a_form_that_could_not_be_taken_says_what_to_do(browser: Client, child: Student) -> None:
    """Asking while the warehouse is down writes nothing, keeps every field and says how to send it again."""
    with warehouse_down():
        answer = browser.post("/students/ask/", {"student": child.pk, "confirmed": "1"})
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "What you typed is kept on this page" in page
    assert f'<input type="hidden" name="student" value="{child.pk}">' in page
    assert 'action="/students/ask/"' in page
    assert not OutboxEntry.objects.exists()


def test_a_person_whose_role_nobody_remembers_is_told_too(browser: Client) -> None:
    """Without the directory nobody is let in, and the page says when to try again."""
    cache.clear()
    with warehouse_down():
        answer = browser.get("/students/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")

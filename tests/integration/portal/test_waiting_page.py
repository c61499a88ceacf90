"""The page that waits for the catalog, and what people see where waiting does not help."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import OperationalError, ProgrammingError, connections
from django.test import Client

from classwaves_admin.warehouse import awake
from tests.factories import catalog as make
from tests.factories import people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]

# What htmx says about itself.
PART = {"HX-Request": "true"}


class WarehouseWaking(Exception):
    """As databricks/errors.py has it."""


class TokenRefused(Exception):
    """As databricks/errors.py has it."""


class PermissionMissing(Exception):
    """As databricks/errors.py has it."""

    privilege = "MODIFY"
    securable = "Table 'classwaves.compliance.audit_log'"
    query_id = "01ef-3a77"


@contextmanager
def warehouse_says(cause: Exception, error: type[Exception] = OperationalError) -> Iterator[list[str]]:
    """Let every statement to the warehouse fail with this cause; gives the statements that were sent."""
    sent: list[str] = []

    def refuse(_execute: Callable[..., Any], sql: str, *_args: Any) -> Any:
        sent.append(sql)
        raise error("the words of the server") from cause

    with connections["warehouse"].execute_wrapper(refuse):
        yield sent


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()
    awake.forget()


@pytest.fixture
def office() -> Client:
    """Return the browser of a super administrator whose role is remembered."""
    client = Client()
    client.force_login(people.member("super_admin", email="super@office.example"))
    client.get("/system/outbox/")
    return client


@pytest.fixture
def principal() -> Client:
    """Return the browser of a school's administrator whose role is remembered."""
    client = Client()
    client.force_login(people.staff("admin", school=make.school(), email="admin@harbour.example")[0])
    client.get("/students/")
    return client


def test_a_sleeping_warehouse_is_said_to_wake_up(principal: Client) -> None:
    """503 with a time to try again, kept by no cache; scripts ask, and without them the page loads itself anew."""
    with warehouse_says(WarehouseWaking()):
        answer = principal.get("/students/?standing=not_asked")
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "10", "no-store")
    assert "The catalog is waking up" in page
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page
    assert 'data-then="load"' in page
    assert 'href="/students/?standing=not_asked"' in page


def test_a_page_without_scripts_stops_after_some_minutes(principal: Client) -> None:
    """It says so and leaves the button."""
    principal.cookies["catalog_waits"] = str(int(time.time()) - awake.WAIT_SECONDS - 1)
    with warehouse_says(WarehouseWaking()):
        page = principal.get("/students/").content.decode()
    assert "http-equiv" not in page
    assert "this page has stopped waiting" in page


@pytest.mark.parametrize("remembered", [True, False], ids=["role known", "role unknown"])
def test_a_part_of_a_page_waits_without_a_failure(principal: Client, remembered: bool) -> None:
    """What htmx asks for is answered with nothing, so that the page stays; the part is told to ask again."""
    if not remembered:
        cache.clear()
    with warehouse_says(WarehouseWaking()):
        answer = principal.get("/students/fitting/", headers=PART)
    assert (answer.status_code, answer["HX-Trigger"], answer["Retry-After"]) == (204, "catalog-waits", "10")
    assert answer["Cache-Control"] == "no-store"


def test_a_part_stops_asking_after_some_minutes(principal: Client) -> None:
    """As the page that waits does: a page that was left open asks no sleeping catalog for ever."""
    principal.cookies["catalog_waits"] = str(int(time.time()) - awake.WAIT_SECONDS - 1)
    with warehouse_says(WarehouseWaking()):
        answer = principal.get("/students/fitting/", headers=PART)
    assert answer.status_code == 204
    assert not answer.has_header("HX-Trigger")


def test_a_page_out_of_the_history_is_a_whole_page(principal: Client) -> None:
    """Nothing would leave the window empty."""
    with warehouse_says(WarehouseWaking()):
        answer = principal.get("/students/", headers=PART | {"HX-History-Restore-Request": "true"})
    assert answer.status_code == 503
    assert "The catalog is waking up" in answer.content.decode()


def test_a_part_that_waiting_does_not_help_fails(principal: Client) -> None:
    """A missing grant is no sleep: the part does not ask again for what never comes."""
    with warehouse_says(PermissionMissing(), ProgrammingError):
        answer = principal.get("/students/fitting/", headers=PART)
    assert answer.status_code == 500
    assert not answer.has_header("HX-Trigger")


def test_the_word_of_a_waiting_page_lets_it_ask(principal: Client) -> None:
    """The page's own address tells whether the catalog answers; a stranger's guess is not found."""
    with warehouse_says(WarehouseWaking()):
        page = principal.get("/students/").content.decode()
        address = page.partition('data-waiting="')[2].partition('"')[0]
        asleep = Client().get(address)
    awake.forget()
    assert (asleep.json(), Client().get(address).json()) == ({"awake": False}, {"awake": True})
    assert "no-store" in asleep["Cache-Control"]
    assert Client().get("/catalog-awake").status_code == 404
    assert Client().get("/catalog-awake?word=made-up").status_code == 404
    assert Client().post(address).status_code == 405


def test_a_signed_in_person_who_waits_asks_no_directory(office: Client) -> None:
    """A poll sends one small statement, not those of the directory."""
    cache.clear()
    with warehouse_says(WarehouseWaking()) as sent:
        assert office.get(f"/catalog-awake?word={awake.word()}").json() == {"awake": False}
    assert sent == ["SELECT 1"]


def test_hundreds_of_waiting_pages_ask_once() -> None:
    """One answer counts for a moment."""
    address = f"/catalog-awake?word={awake.word()}"
    with warehouse_says(WarehouseWaking()) as sent:
        for _ in range(100):
            assert Client().get(address).json() == {"awake": False}
    assert len(sent) == 1


def test_while_one_thread_asks_the_others_hear_the_last_answer() -> None:
    """A warehouse that is slow to answer holds one thread of the web server, never all."""
    started, may_end = threading.Event(), threading.Event()

    def slow() -> bool:
        started.set()
        may_end.wait(5)
        return True

    with patch.object(awake, "answers", slow):
        first = threading.Thread(target=awake.is_awake)
        first.start()
        started.wait(5)
        assert awake.is_awake() is False
        may_end.set()
        first.join(5)
        assert awake.is_awake() is True


def test_the_word_runs_out(settings: Any) -> None:
    """A page that was left open for hours cannot ask for ever."""
    word = awake.word()
    assert awake.may_ask(word)
    with patch("django.core.signing.time.time", return_value=time.time() + 3 * awake.WAIT_SECONDS):
        assert not awake.may_ask(word)


def test_an_operator_sees_what_to_grant(office: Client) -> None:
    """The statement to run and the query to look up; no reload, for waiting does not help."""
    with warehouse_says(PermissionMissing(), ProgrammingError):
        answer = office.get("/support/ask/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "GRANT MODIFY ON TABLE classwaves.compliance.audit_log" in page
    assert "01ef-3a77" in page
    assert "http-equiv" not in page
    assert not answer.has_header("Retry-After")


def test_others_see_whom_to_tell(principal: Client) -> None:
    """No grant, no name of a table, and a number to pass on."""
    with warehouse_says(PermissionMissing(), ProgrammingError):
        page = principal.get("/students/").content.decode()
    assert "GRANT" not in page
    assert "audit_log" not in page
    assert "tell the people who run this portal" in page
    assert "01ef-3a77" in page


def test_an_operator_whose_role_nobody_remembers_is_told_of_a_refused_token(office: Client) -> None:
    """The portal's own membership is enough; the directory cannot be asked."""
    cache.clear()
    with warehouse_says(TokenRefused()):
        answer = office.get("/students/")
    assert answer.status_code == 500
    assert "DATABRICKS_TOKEN" in answer.content.decode()


def test_a_school_s_administrator_is_not(principal: Client) -> None:
    """Without a membership nobody sees the operator's sentence."""
    cache.clear()
    with warehouse_says(TokenRefused()):
        assert "DATABRICKS_TOKEN" not in principal.get("/students/").content.decode()


def test_a_password_is_asked_again(office: Client) -> None:
    """Signing in while the directory sleeps keeps the address and never the password."""
    people.staff("admin", school=make.school(), email="new@harbour.example")
    with warehouse_says(WarehouseWaking()):
        answer = Client().post("/accounts/login/", {"login": "new@harbour.example", "password": people.PASSWORD})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "new@harbour.example" in page
    assert people.PASSWORD not in page
    assert 'type="password"' in page


def test_another_site_s_form_is_not_offered_again(office: Client) -> None:
    """The page of a form without our token has nothing to send, even while nobody's role is known."""
    cache.clear()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = office.cookies
    with warehouse_says(WarehouseWaking()):
        page = strict.post("/students/ask/", {"student": "1"}).content.decode()
    assert 'name="student"' not in page
    assert "Nothing was saved" in page


def test_a_fault_of_ours_stays_one() -> None:
    """A statement that the server refuses for what it is gives the page of our own errors."""
    client = Client(raise_request_exception=False)
    client.force_login(people.staff("admin", school=make.school(), email="admin@harbour.example")[0])
    client.get("/students/")
    with warehouse_says(ValueError(), ProgrammingError):
        assert client.get("/students/").status_code == 500
        assert "GRANT" not in client.get("/students/").content.decode()

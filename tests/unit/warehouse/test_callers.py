"""Each statement carries the name of the view, task or command that it serves, and nothing of a person."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import shared_task
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.databricks import patience, tags
from classwaves_admin.warehouse.callers import CallerMiddleware, caller

ROOT = Path(__file__).parents[3]
seen: list[tuple[str, patience.Patience]] = []


def look() -> None:
    """Note the tag and the patience that hold here."""
    seen.append((tags.current().get("for", ""), patience.current()))


@shared_task(name="tests.look")
def look_in_a_task() -> None:
    """Note them inside a task."""
    look()


@pytest.fixture(autouse=True)
def _forget() -> None:
    seen.clear()


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("/students/", "view.student_list"),
        ("/c/a-secret-token-1234567890/", "view.consent_answer"),
        ("/no/such/page/ada@school.example", "view.none"),
    ],
)
def test_a_page_s_statements_carry_its_view(path: str, tag: str) -> None:
    """The name of the view, never the address, which may hold a token."""

    def page(_request: HttpRequest) -> HttpResponse:
        look()
        return HttpResponse()

    CallerMiddleware(page)(RequestFactory().get(path))
    assert seen == [(tag, patience.SHORT)]
    assert "for" not in tags.current()


def test_what_is_streamed_is_tagged_too() -> None:
    """An export is read after the view has returned."""

    def page(_request: HttpRequest) -> StreamingHttpResponse:
        def rows() -> Iterator[bytes]:
            look()
            yield b"row"

        return StreamingHttpResponse(rows())

    response = CallerMiddleware(page)(RequestFactory().get("/audit/"))
    assert not seen
    assert b"".join(response) == b"row"
    assert seen[0][0] == "view.audit_list"
    assert "for" not in tags.current()


def test_a_task_is_named_and_patient() -> None:
    """Nobody waits before a screen for a task."""
    look_in_a_task.apply()
    look()
    assert seen == [("task.tests.look", patience.LONG), ("", patience.SHORT)]


def test_a_command_is_named_and_patient() -> None:
    """manage.py opens the block around every command."""
    code = (
        "import sys; from unittest import mock; from classwaves_admin.databricks import patience, tags; import manage;"
        "sys.argv = ['manage.py', 'check'];"
        "show = lambda argv: print(tags.current(), patience.current() is patience.LONG);"
        "mock.patch('django.core.management.execute_from_command_line', show).start(); manage.main()"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "{'app': 'classwaves_admin', 'for': 'command.check'} True"


@given(st.text())
def test_any_name_makes_a_tag(name: str) -> None:
    """Strange names are made plain rather than failing the request."""
    with caller("view", name):
        assert tags.current()["for"].startswith("view.")

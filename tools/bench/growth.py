"""`make bench-pages`: what each page of a district's office takes at the sample school and at 100 times as many rows.

    .venv/bin/python -m tools.bench.growth [times]

Both are measured in one run and one process, with databases in a folder of their own. Prints for each page the
milliseconds before and after, their ratio (bar: 1.5) and the statements to either database; the worst stand last.
It never fails for a figure.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.bench.consent import prepare
from tools.bench.figures import Figure, milliseconds, write
from tools.terminal import say, speak

if TYPE_CHECKING:
    from django.test import Client

TIMES, CALLS, BAR, OK = 100, 5, 1.5, 200
# Schools, staff and what they have set do not grow with students; neither does what names them.
STAYS = frozenset({"users.schools", "users.teachers", "admin.districts", "admin.school_settings"})
STAYS |= frozenset({"compliance.retention_policies", "notifications.templates"})
# Columns that name a row of a table that grows, beside relations that Django knows.
NAMES_GROWN = frozenset({"student_id", "session_id", "group_id", "participant_id", "speaker_id", "sender_id"})
NAMES_GROWN |= frozenset({"recipient_id", "target_student_id", "applies_to_id"})
OFFICE = "dana.whitfield@prairierivers.example"


def main() -> None:
    """Measure everything and tell it."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    with tempfile.TemporaryDirectory() as name:
        os.environ["STAFF_MFA_REQUIRED"] = "false"  # else every page leads to the second factor
        prepare(Path(name), 25)
        write("pages", _measured(times))


def _measured(times: int) -> list[Figure]:
    from django.core.management import call_command

    say("Loading the sample school ...")
    call_command("load_sample", verbosity=0)
    call_command("sample_signins", verbosity=0)
    browser = _browser()
    addresses = {name: address for name, address in _addresses().items() if browser.get(address).status_code == OK}
    say(f"Asking {len(addresses)} pages ...")
    gc.freeze()  # what the measurement itself holds is not looked through while a page is made
    before = {page: _asked(browser, address) for page, address in addresses.items()}
    say(f"Making {times} times as many rows ...")
    say(f"  {_grow(times):,} rows in the catalog")
    gc.freeze()
    after = {page: _asked(browser, address) for page, address in addresses.items()}
    figures = []
    for page in sorted(addresses, key=lambda one: after[one][0] / before[one][0]):
        (small, _), (large, statements) = before[page], after[page]
        figure = Figure(page, large, "ms", baseline=small, bar=BAR, better="lower")
        say(f"  {figure}; {small:.0f} ms before, {statements['default']} and {statements['warehouse']} statements")
        figures.append(figure)
    missed = [figure for figure in figures if figure.verdict == "missed"]
    say(f"{len(missed)} of {len(figures)} pages take more than {BAR} times as long.")
    return figures


def _browser() -> Client:
    """Return a browser in which the district's administrator is signed in."""
    from django.test import Client

    from classwaves_admin.accounts.models import User

    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(User.objects.get(email=OFFICE))
    return browser


def _addresses() -> dict[str, str]:
    """Return the pages of the office by name: those without parts, and those about one row of the sample."""
    from classwaves_admin.accounts.roles import PERMISSIONS, Role
    from classwaves_admin.tenancy.scope import EVERYTHING, inside
    from classwaves_admin.warehouse.models import AuditLog, ClassroomSession, District, Student
    from tests.architecture.routes import all_routes

    with inside(EVERYTHING):
        student = Student.objects.filter(status="active").order_by("id")[0]
        parts = {
            "student_id": student.pk,
            "school_id": student.school_id,
            "session_id": ClassroomSession.objects.order_by("id")[0].pk,
            "event_id": AuditLog.objects.order_by("-event_timestamp")[0].pk,
            "district_id": District.objects.order_by("id")[0].pk,
            "policy_type": "transcripts",
        }
    found = {}
    for route in all_routes():
        declared = route.declaration
        mine = declared and (declared.permission in PERMISSIONS[Role.DISTRICT_ADMIN] or route.name == "dashboard")
        if mine and set(route.parts) <= parts.keys() and not route.name.endswith(("-pdf", "-csv", "-json")):
            found[route.name] = route.address(parts)
    return found


def _asked(browser: Client, address: str) -> tuple[float, dict[str, int]]:
    """Return the fastest of some calls of a page, and the statements of one to each database."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    def ask() -> None:
        answer = browser.get(address)
        _ = answer.getvalue() if answer.streaming else answer.content

    ask()
    taken = min(milliseconds(ask, CALLS))
    with (
        CaptureQueriesContext(connections["default"]) as own,
        CaptureQueriesContext(connections["warehouse"]) as catalog,
    ):
        ask()
    return taken, {"default": len(own.captured_queries), "warehouse": len(catalog.captured_queries)}


def _grow(times: int) -> int:
    """Copy every row that grows, each copy with ids of its own that name each other; return how many there are."""
    from django.db import connections

    from classwaves_admin.warehouse.guard import writing
    from classwaves_admin.warehouse.inventory import tables

    rows = 0
    with writing(), connections["warehouse"].cursor() as cursor:
        for entry in tables():
            if entry.name in STAYS:
                continue
            columns = [str(field.column) for field in entry.model.columns()]
            values = [_copied(field, entry.model) for field in entry.model.columns()]
            names = ", ".join(f'"{name}"' for name in columns)
            cursor.execute(
                f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {times - 1}) "  # noqa: S608 - our own names
                f'INSERT INTO "{entry.name}" ({names}) SELECT {", ".join(values)} FROM "{entry.name}" made, copy'
            )
            cursor.execute(f'SELECT COUNT(*) FROM "{entry.name}"')  # noqa: S608 - our own names
            rows += cursor.fetchone()[0]
        cursor.execute("ANALYZE")
    return rows


def _copied(field: Any, model: Any) -> str:
    """Return what a copy holds in a column: an id of a row that grows gets the number of the copy behind it.

    More students have more rows of the log; no student has a hundred times as many.
    """
    column = f'made."{field.column}"'
    if field.column == "affected_student_ids":
        return f"replace(replace({column}, '\",', '-' || n || '\",'), '\"]', '-' || n || '\"]')"
    if field.column == "resource_id":
        return f"{column} || CASE WHEN made.resource_type IN ('student', 'session') THEN '-' || n ELSE '' END"
    related: Callable[[], str] = lambda: field.related_model._meta.db_table  # noqa: E731 - asked of relations alone
    grows = related() not in STAYS if field.is_relation else field.column in NAMES_GROWN
    if field.primary_key or (grows and model._meta.db_table not in STAYS):
        return f"{column} || '-' || n"
    return column


if __name__ == "__main__":
    speak(main)

"""`make bench-pages`: what each page of a district's office takes at the sample school and at 100 times as many rows.

    .venv/bin/python -m tools.bench.growth [times]

Both are measured in one run and one process, with databases in a folder of their own: the catalog grows, and so does
what the portal keeps of guardians, requests, mails and jobs. Prints for each page the milliseconds before and after,
their ratio (bar: 1.5) and the statements to either database; the worst stand last, and the pages that were not asked
are named. It never fails for a figure.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
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
NAMES_GROWN |= frozenset({"recipient_id", "target_student_id", "applies_to_id", "consent_id", "withdrawal_id"})
# What the portal keeps by student, guardian or piece of work, parents before those that name them.
PORTAL = (
    "consent.Guardian",
    "consent.Guardianship",
    "consent.Invitation",
    "consent.InvitationChild",
    "consent.Answer",
    "consent.Link",
    "consent.Reminder",
    "consent.Withdrawal",
    "consent.WithdrawnConsent",
    "consent.RightsTransfer",
    "consent.AdultConfirmation",
    "consent.MatchedSigner",
    "consent.Settlement",
    "notifications.OutgoingMail",
    "retention.RightsRequest",
    "jobs.Job",
)
# Text that may stand only once, or by which rows of both databases find each other.
TOLD_APART = frozenset({"token_hash", "source_id", "message_id", "email", "parent_email"})
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
    found = _addresses()
    addresses = {name: address for name, address in found.items() if browser.get(address).status_code == OK}
    say(f"Asking {len(addresses)} pages; not {', '.join(sorted(found.keys() - addresses.keys()))} ...")
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
    """Return a browser in which the district's administrator is signed in, and said who they are this minute."""
    from django.test import Client

    from classwaves_admin.accounts.models import User
    from tests.factories.people import confirmed

    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(User.objects.get(email=OFFICE))
    return confirmed(browser)


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
    from django.apps import apps
    from django.db import connections

    from classwaves_admin.warehouse.guard import writing
    from classwaves_admin.warehouse.inventory import tables

    catalog = [entry.model for entry in tables() if entry.name not in STAYS]
    portal = [apps.get_model(name) for name in PORTAL]
    grown = frozenset(model._meta.db_table for model in (*catalog, *portal))
    rows = 0
    with writing():
        for name, models in (("warehouse", catalog), ("default", portal)):
            with connections[name].cursor() as cursor:
                for model in models:
                    rows += _grow_table(cursor, model, grown, times)
                cursor.execute("ANALYZE")
    return rows


def _grow_table(cursor: Any, model: Any, grown: frozenset[str], times: int) -> int:
    """Copy each row of a table so many times but one; return how many there are then."""
    table = model._meta.db_table
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = [_copied(field, grown) for field in model._meta.concrete_fields]
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {times - 1}) "  # noqa: S608 - our own names
        f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} FROM "{table}" made, copy'
    )
    cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 - our own names
    return int(cursor.fetchone()[0])


def _copied(field: Any, grown: frozenset[str]) -> str:
    """Return what a copy holds in a column: an id of a row that grows gets the number of the copy behind it.

    More students have more rows of the log; no student has a hundred times as many.
    """
    column = f'made."{field.column}"'
    if field.column == "affected_student_ids":
        return f"replace(replace({column}, '\",', '-' || n || '\",'), '\"]', '-' || n || '\"]')"
    if field.column == "resource_id":
        return f"{column} || CASE WHEN made.resource_type IN ('student', 'session') THEN '-' || n ELSE '' END"
    if field.column in TOLD_APART:
        return f"CASE WHEN {column} = '' THEN '' ELSE 'copy' || n || '.' || {column} END"
    related = field.related_model._meta.db_table in grown if field.is_relation else field.column in NAMES_GROWN
    if field.primary_key or related:
        return f"CASE WHEN {column} = '' THEN '' ELSE {column} || '-' || n END"
    return column


if __name__ == "__main__":
    speak(main)

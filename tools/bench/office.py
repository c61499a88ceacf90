"""One office of `make bench-pages`: a portal in this process, which asks itself for the pages that it is told of.

    .venv/bin/python -m tools.bench.office FOLDER TIMES

With TIMES above 1 the rows of FOLDER's databases are made as many times over first. Says in one line of JSON which
pages there are, which did not answer and how many rows were made; then it answers each line `PAGE CALLS` with one line:
the milliseconds of each call, and the statements to either database.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.bench.consent import prepare
from tools.bench.figures import milliseconds
from tools.bench.grown_rows import grow

if TYPE_CHECKING:
    from django.test import Client

OFFICE = "dana.whitfield@prairierivers.example"
OK, NO_PAGE = 200, 405  # a form that is sent alone has no page
# What addresses name: the kinds of rows, and words.
ROWS = {
    "session_id": "warehouse.ClassroomSession",
    "district_id": "warehouse.District",
    "staff_id": "warehouse.Teacher",
    "system_event_id": "warehouse.SystemEvent",
    "tie_id": "consent.Guardianship",
    "campaign_id": "consent.Campaign",
    "import_id": "consent.RosterImport",
    "mail_id": "notifications.OutgoingMail",
    "membership_id": "accounts.Membership",
    "request_id": "retention.RightsRequest",
    "hold_id": "retention.LegalHold",
    "run_id": "retention.Run",
    "certificate_id": "retention.Certificate",
    "making_id": "audit.Making",
}
WORDS = {
    "policy_type": "transcripts",
    "mail_kind": "consent.invitation",
    "language": "en",
    "consent_type": "audio_recording",
    "agreement": "ferpa",
    "table": "communication.messages",
    "group": "reminders",
}


def main() -> None:
    """Open the office and answer until nobody asks any more."""
    folder, times = Path(sys.argv[1]), int(sys.argv[2])
    prepare(folder, 25)
    logging.disable(logging.WARNING)  # that an address has no page is no trouble here
    rows = grow(times) if times > 1 else 0
    browser, found = _browser(), _addresses()
    answers = {name: browser.get(address).status_code if address else 0 for name, address in found.items()}
    addresses = {name: found[name] for name, answer in answers.items() if answer == OK}
    silent = sorted(name for name, answer in answers.items() if answer not in {OK, NO_PAGE})
    gc.freeze()  # what the portal has loaded is not looked through while a page is made
    _tell({"pages": sorted(addresses), "silent": silent, "rows": rows})
    for line in sys.stdin:
        page, calls = line.split()
        _tell(_asked(browser, addresses[page], int(calls)))


def _tell(what: Any) -> None:
    print(json.dumps(what), flush=True)


def _browser() -> Client:
    """Return a browser in which the district's administrator is signed in, and said who they are this minute."""
    from django.test import Client

    from classwaves_admin.accounts.models import User
    from tests.factories.people import confirmed

    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(User.objects.get(email=OFFICE))
    return confirmed(browser)


def _addresses() -> dict[str, str]:
    """Return the pages of the office by name; the address is empty where the sample has no row that it could name."""
    from classwaves_admin.accounts.roles import PERMISSIONS, Role
    from classwaves_admin.tenancy.scope import EVERYTHING, inside
    from tests.architecture.routes import all_routes

    with inside(EVERYTHING):
        parts = _parts()
    found = {}
    for route in all_routes():
        declared = route.declaration
        mine = declared and (declared.permission in PERMISSIONS[Role.DISTRICT_ADMIN] or route.name == "dashboard")
        if mine and not route.name.endswith(("-pdf", "-csv", "-json")):
            found[route.name] = route.address(parts) if set(route.parts) <= parts.keys() else ""
    return found


def _parts() -> dict[str, str]:
    """Return what addresses name, by the names of their parts: a row of each kind that the sample has."""
    from django.apps import apps

    from classwaves_admin.warehouse.models import AuditLog, Student

    student = Student.objects.filter(status="active").order_by("id")[0]
    parts = WORDS | {
        "student_id": student.pk,
        "school_id": student.school_id,
        "event_id": AuditLog.objects.order_by("-event_timestamp")[0].pk,
    }
    for part, name in ROWS.items():
        if (row := apps.get_model(name).objects.order_by("pk").first()) is not None:
            parts[part] = row.pk
    return parts


def _asked(browser: Client, address: str, calls: int) -> dict[str, Any]:
    """Return how long some calls of a page took, and the statements of one to each database."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    def ask() -> None:
        answer = browser.get(address)
        _ = answer.getvalue() if answer.streaming else answer.content

    ask()
    taken = milliseconds(ask, calls)
    with (
        CaptureQueriesContext(connections["default"]) as own,
        CaptureQueriesContext(connections["warehouse"]) as catalog,
    ):
        ask()
    return {"taken": taken, "statements": [len(own.captured_queries), len(catalog.captured_queries)]}


if __name__ == "__main__":
    main()

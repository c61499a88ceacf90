"""Export of a million audit rows: the portal's answer, read to its end, against a bare `fetchmany_arrow` loop.

    python -m tools.bench.export portal|bare

Each way runs in a process of its own, so that its peak of memory is its own; it prints one JSON line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

from tools.bench.figures import Figure, peak_megabytes
from tools.places import PYTHON, ROOT

ROWS = 1_000_000
ROUNDS = 3
BAR = 0.7
# What a batch of the bare loop holds.
SIZE = 10_000


def measure(admin: str) -> list[Figure]:
    """Return rows a second and peaks of memory of both, medians of several rounds, in turn."""
    found: dict[str, list[dict[str, float]]] = {"bare": [], "portal": []}
    for number in range(ROUNDS):
        for name in sorted(found, reverse=bool(number % 2)):
            command = [str(PYTHON), "-m", "tools.bench.export", name, admin]
            run = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
            found[name].append(json.loads(run.stdout.splitlines()[-1]))
    speed = {name: ROWS / median(one["seconds"] for one in runs) for name, runs in found.items()}
    peak = {name: median(one["megabytes"] for one in runs) for name, runs in found.items()}
    return [
        Figure(f"export of {ROWS:,} audit rows", speed["portal"], "rows/s", speed["bare"], BAR),
        Figure("peak memory of the export", peak["portal"], "MB", peak["bare"], better="lower"),
        Figure("peak memory of the bare loop", peak["bare"], "MB", better="lower"),
    ]


def portal(admin: str) -> Callable[[], int]:
    """Return the export as the portal gives it: from the form to the last byte."""
    from django.test import Client

    from classwaves_admin.accounts.models import User

    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(User.objects.get(pk=admin))
    sign_in_again(browser)
    browser.get("/audit/")  # standing and connection are there, as in a process that serves

    def export() -> int:
        answer = browser.post("/audit/take-away/", {"form": "csv"})
        if answer.status_code != 200:  # noqa: PLR2004 - HTTP
            raise RuntimeError(f"The portal answered {answer.status_code}.")
        lines = sum(piece.count(b"\n") for piece in answer.streaming_content)  # type: ignore[attr-defined]
        return lines - 1

    return export


def sign_in_again(browser: Any) -> None:
    """Type the password anew, as the page of exports asks."""
    from tests.factories import people

    people.confirmed(browser)


def bare(admin: str) -> Callable[[], int]:
    """Return a loop over the same SELECT with nothing but the connector."""
    from django.db import connections

    from audit.exports.formats import COLUMNS
    from audit.queries.search import NEWEST_FIRST, matching
    from audit.rules.criteria import Criteria
    from classwaves_admin.tenancy.scope import EVERYTHING, inside
    from tools.bench.wire import bare_connection

    with inside(EVERYTHING):
        query = matching(Criteria()).order_by(*NEWEST_FIRST).values_list(*COLUMNS).query
    sql, _ = query.get_compiler(using="warehouse").as_sql()
    connections["warehouse"].close()
    connection = bare_connection()
    # As large an answer at a time as the portal's cursor asks for: the connector's own default is slower.
    cursor = connection.cursor(arraysize=100_000, buffer_size_bytes=16 * 1024 * 1024)
    cursor.execute("SELECT 1")

    def read() -> int:
        cursor.execute(sql)
        number = 0
        while (table := cursor.fetchmany_arrow(SIZE)).num_rows:
            number += table.num_rows
        return number

    return read


def main(name: str, admin: str) -> dict[str, Any]:
    """Run one way once and return what it took."""
    work = {"portal": portal, "bare": bare}[name](admin)
    started = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - started
    peak = peak_megabytes()
    return {"rows": rows, "seconds": seconds, "megabytes": peak}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(sys.argv[1], sys.argv[2])))

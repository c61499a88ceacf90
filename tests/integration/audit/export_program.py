"""A worker that makes one large export, in a process of its own: `python -m ... ask FORM ROWS | work`.

Prints what the test wants to know. EXPORT_PORTION sets the rows of a portion, EXPORT_PACKED the bytes of one of a ZIP.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tools.bench.figures import peak_megabytes


def main(words: list[str]) -> None:
    """Ask for an export of so many rows, or work on the one that was asked for."""
    import django

    django.setup()
    from audit.exports import pack, writing
    from classwaves_admin.tenancy.scope import system_scope

    writing.PORTION = int(os.environ.get("EXPORT_PORTION", writing.PORTION))
    pack.PORTION_BYTES = int(os.environ.get("EXPORT_PACKED", pack.PORTION_BYTES))
    with system_scope(reason="test"):
        ask(words[1], int(words[2])) if words[0] == "ask" else work()


def ask(form: str, rows: int) -> None:
    """Make the rows and ask for all of them."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from django.db import connections

    from audit.exports.asked import Asked
    from audit.exports.formats import Format
    from audit.exports.kind import KIND
    from audit.making.actions import ask
    from classwaves_admin.lib.actor import system
    from classwaves_admin.tenancy.scope import EVERYTHING
    from tests.factories import people
    from tools.bench import audit_log

    audit_log.fill(Path(str(connections["warehouse"].settings_dict["NAME"])).parent, rows)
    now = datetime.now(UTC)
    user = people.member("super_admin", email="bench@classwaves.example")
    asked = Asked.of(Format(form), (), zone=ZoneInfo("UTC"), now=now)
    making = ask(
        kind=KIND,
        school_id=None,
        scope=EVERYTHING,
        parameters=asked.parameters,
        user=user,
        role="",
        by=system("test"),
        now=now,
    )
    sys.stdout.write(f"{making.pk}\n")


def work() -> None:
    """Work on the job until nothing is left."""
    from django.core.files.storage import default_storage

    from audit.models import Making
    from classwaves_admin.jobs import running
    from classwaves_admin.jobs.models import Job

    job = Job.objects.get(kind="audit.make")
    while running.run(job.pk):
        pass
    making = Making.objects.get()
    told = {
        "state": Job.objects.get(pk=job.pk).state,
        "failure": Job.objects.get(pk=job.pk).failure,
        "rows": making.rows,
        "files": [default_storage.path(file.file) for file in making.files.all()],
        "megabytes": peak_megabytes(),
    }
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])

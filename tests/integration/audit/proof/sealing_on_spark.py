"""Seals a log on the distributed engine, which keeps no primary key, changes it, and tells what verification finds.

Run as a program by test_on_spark.py; prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

import django

NOON = datetime(2025, 3, 3, 12, 0, tzinfo=UTC)
CLOCKS = (
    NOON,
    NOON - timedelta(days=40),
    datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2100, 6, 1, tzinfo=UTC),
)
TEXTS = ("it's \\ 100%", "", "null", "🏫 École\n\t\u202e", '{"a": "\\u0000"}', "[erased]")


def fill() -> None:
    """Write rows of all sorts, one of them twice."""
    from classwaves_admin.warehouse.models import School
    from tests.factories import catalog as make

    for number, text in enumerate(TEXTS):
        make.audit_row(
            school=School(id="hill"),
            id=f"hill-{number}",
            event_timestamp=CLOCKS[number % len(CLOCKS)],
            description=text,
            data_accessed=text or None,
            user_agent=text,
        )
    written("INSERT INTO compliance.audit_log SELECT * FROM compliance.audit_log WHERE id = 'hill-1'")


def written(sql: str) -> None:
    """Change the catalog as somebody does who has its password."""
    from django.db import connections

    from classwaves_admin.warehouse import guard

    with guard.writing(), connections["warehouse"].cursor() as cursor:
        cursor.execute(sql)


def seal() -> None:
    """Let a round of sealing run."""
    from audit.proof.steps import start_sealing
    from classwaves_admin.jobs import running
    from classwaves_admin.lib import clock
    from classwaves_admin.lib.actor import system
    from classwaves_admin.warehouse.outbox import delivery

    job = start_sealing(by=system("seal"), now=clock.now())
    while job is not None and running.run(job.pk):
        pass
    delivery.deliver(even_if_resting=True)


def erase(row_id: str) -> None:
    """Erase a row as the deletion of a person does."""
    from django.db import transaction

    from audit.proof.erasing import erase_fields
    from classwaves_admin.lib import clock
    from classwaves_admin.warehouse.outbox import delivery

    with transaction.atomic():
        erase_fields(row_ids=[row_id], now=clock.now())
    delivery.deliver(even_if_resting=True)


def found() -> list[tuple[str, str | None]]:
    """Return kind and row of everything that verification finds."""
    from audit.models import Chain
    from audit.proof.chains import check_chain
    from audit.proof.checking import check_day, days_to_check
    from audit.proof.keys import public_keys

    findings = list(check_chain("hill", public_keys()))
    for day in days_to_check("hill"):
        findings += check_day("hill", day, looked_at=Chain.objects.get(pk="hill").looked_at).findings
    return [(one.kind, one.row) for one in findings]


def main() -> None:
    """Seal, verify, erase, verify, change, verify."""
    from audit.models import SealedRow
    from classwaves_admin.tenancy.scope import system_scope

    with system_scope(reason="test"):
        fill()
        seal()
        told = {"sealed": SealedRow.objects.filter(pk__startswith="hill-").count(), "after sealing": found()}
        written("DELETE FROM compliance.audit_log WHERE id = 'hill-1'")
        erase("hill-3")
        told["after erasing"] = found()
        written("UPDATE compliance.audit_log SET user_agent = NULL WHERE id = 'hill-4'")
        told["after a change"] = found()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    django.setup()
    main()

"""Audit rows for benches: made-up ones as the portal writes them, and a million made by the warehouse itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections

from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import AuditLog, School
from classwaves_admin.warehouse.outbox import codec
from tools.bench.wire import bare_connection

SCHOOLS = 20
# As `range(n)` numbers them; values of the lengths that the portal writes.
_COLUMNS = {
    "id": "concat('01a20b7b-dd1f-7287-a517-', lpad(CAST(id AS STRING), 12, '0'))",
    "actor_id": "concat('01a20b7b-aaaa-7287-a517-', lpad(CAST(id % 500 AS STRING), 12, '0'))",
    "actor_type": "'teacher'",
    "event_type": "element_at(array('student.viewed', 'audit.viewed', 'auth.login'), CAST(id % 3 AS INT) + 1)",
    "event_category": "'data'",
    "event_timestamp": "timestampadd(SECOND, CAST(id * 60 AS INT), TIMESTAMP '2024-01-01 00:00:00')",
    "resource_type": "'student'",
    "resource_id": "concat('01a20b7b-bbbb-7287-a517-', lpad(CAST(id % 5000 AS STRING), 12, '0'))",
    "school_id": f"concat('01a20b7b-cccc-7287-a517-', lpad(CAST(id % {SCHOOLS} AS STRING), 12, '0'))",
    "session_id": "CAST(NULL AS STRING)",
    "description": "concat('A student''s page was opened: ', id)",
    "ip_address": "'198.51.100.7'",
    "user_agent": "'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36'",
    "compliance_basis": "'FERPA_A1_SCHOOL_OFFICIAL'",
    "data_accessed": '\'{"filters": ["event", "words"], "rows": 50}\'',
    "affected_student_ids": "concat('[\"01a20b7b-bbbb-7287-a517-', lpad(CAST(id % 5000 AS STRING), 12, '0'), '\"]')",
    "created_at": "timestampadd(SECOND, CAST(id * 60 AS INT), TIMESTAMP '2024-01-01 00:00:00')",
}


def fill(number: int) -> None:
    """Have the warehouse make `number` audit rows."""
    names = ", ".join(f"`{name}`" for name in _COLUMNS)
    values = ", ".join(_COLUMNS.values())
    with bare_connection() as connection, connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO `compliance`.`audit_log` ({names}) SELECT {values} FROM range({number})")  # noqa: S608 - ours


def schools() -> list[School]:
    """Return the schools of these rows, with their ids alone."""
    return [School(id=f"01a20b7b-cccc-7287-a517-{number:012}") for number in range(SCHOOLS)]


def empty() -> None:
    """Remove all audit rows."""
    with writing(), connections["warehouse"].cursor() as cursor:
        cursor.execute("TRUNCATE TABLE `compliance`.`audit_log`")


def payloads(number: int) -> list[dict[str, Any]]:
    """Return new audit rows as the outbox keeps them."""
    start = datetime(2025, 3, 4, 15, tzinfo=UTC)
    return [codec.encode(AuditLog, codec.row_values(_row(start + timedelta(seconds=place)))) for place in range(number)]


def _row(moment: datetime) -> AuditLog:
    return AuditLog(
        actor_id=new_id(),
        actor_type="teacher",
        event_type="student.viewed",
        event_category="data",
        event_timestamp=moment,
        resource_type="student",
        resource_id=new_id(),
        school_id=new_id(),
        description="Student record viewed",
        ip_address="198.51.100.7",
        user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
        compliance_basis="FERPA_A1_SCHOOL_OFFICIAL",
        data_accessed=json.dumps({"filters": ["event", "words"], "rows": 50}),
        affected_student_ids=json.dumps([new_id()]),
        created_at=moment,
    )

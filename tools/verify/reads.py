"""The checks that only read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, DataError, NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.server_facts import tables_of_catalog
from classwaves_admin.warehouse.status import State, measure
from classwaves_admin.warehouse.trouble import Kind, explain
from tools.verify.outcome import Wrong, expect

MOST_MARKERS = 255
MANY = 100_000
SOME_TEXT = "Zoë O'Brien — 沈 \\ \" ${x} %s ? \n\t😀"
SOME_VALUES = (
    SOME_TEXT,
    "x" * 200_000,
    Decimal("0.0000001"),
    Decimal("-12345678901234567890.123456789"),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2100, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    2**62,
    True,
    None,
)


def rows(connection: BaseDatabaseWrapper, sql: str, params: Iterable[Any] | None = None) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, None if params is None else list(params))
        return [tuple(row) for row in cursor.fetchall()]


def answers(connection: BaseDatabaseWrapper) -> str:
    """Wake the warehouse."""
    expect(rows(connection, "SELECT 1"), [(1,)], "SELECT 1")
    return "the warehouse is awake"


def status(connection: BaseDatabaseWrapper) -> str:
    """Run what `manage.py warehouse_status` runs."""
    found = measure(connection, rounds=3)
    bad = [f"{check.name}: {check.words}" for check in found.checks if check.state is State.BAD]
    if bad:
        raise Wrong(" ".join(bad))
    return " ".join(check.words for check in found.checks[1:3])


def grants_are_told(connection: BaseDatabaseWrapper) -> str:
    """See whether information_schema tells the privileges."""
    found = next(check for check in measure(connection).checks if check.name == "Grants")
    if found.state is State.UNKNOWN:
        return "not told: `warehouse_status` cannot name missing grants here"
    return found.words


def tables_can_be_read(connection: BaseDatabaseWrapper) -> str:
    """Ask each of the 27 tables for no row."""
    for table in tables_of_catalog():
        rows(connection, f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608 - our own names
    return f"{len(tables_of_catalog())} tables"


def values_come_back(connection: BaseDatabaseWrapper) -> str:
    """Send values of each type as parameters and compare what comes back."""
    sql = "SELECT " + ", ".join(["%s"] * len(SOME_VALUES))
    for number, (got, wanted) in enumerate(zip(rows(connection, sql, SOME_VALUES)[0], SOME_VALUES, strict=True), 1):
        expect(got, wanted, f"value {number}")
    return f"{len(SOME_VALUES)} values"


def session_is_utc(connection: BaseDatabaseWrapper) -> str:
    """Dates are cut in the session's zone unless told otherwise."""
    zone = rows(connection, "SELECT current_timezone()")[0][0]
    if zone not in {"UTC", "Etc/UTC", "Z", "GMT"}:
        raise Wrong(f"the session's zone is {zone}.")
    return str(zone)


def ansi_is_on(connection: BaseDatabaseWrapper) -> str:
    """A cast that fails must be an error, never NULL."""
    try:
        rows(connection, "SELECT CAST(%s AS INT)", ["not a number"])
    except DataError:
        return "a bad cast is a DataError"
    raise Wrong("a bad cast gave a value: ANSI mode is off.")


def json_is_taken_apart(connection: BaseDatabaseWrapper) -> str:
    """The way in which many rows travel."""
    given = [{"id": str(number), "at": "2025-03-04 15:00:00.000001"} for number in range(1_000)]
    sql = (
        "SELECT count(*), max(CAST(r.at AS TIMESTAMP)) FROM (SELECT explode(from_json(%s, "
        "'ARRAY<STRUCT<id:STRING,at:STRING>>', map('mode','FAILFAST'))) AS r)"
    )
    found = rows(connection, sql, [json.dumps(given)])
    expect(found, [(1_000, datetime(2025, 3, 4, 15, 0, 0, 1, tzinfo=UTC))], "rows of JSON")
    return "1,000 rows in one parameter"


def bad_json_is_refused(connection: BaseDatabaseWrapper) -> str:
    """FAILFAST: where it gave NULL, rows would lose their values."""
    sql = "SELECT from_json(%s, 'ARRAY<STRUCT<id:INT>>', map('mode','FAILFAST'))"
    try:
        found = rows(connection, sql, ['[{"id": "x"}]'])
    except DatabaseError:
        return "refused"
    raise Wrong(f"it gave {found!r}.")


def many_markers(connection: BaseDatabaseWrapper) -> str:
    """As many parameters as the server takes."""
    sql = "SELECT " + " + ".join(["%s"] * MOST_MARKERS)
    expect(rows(connection, sql, [1] * MOST_MARKERS), [(MOST_MARKERS,)], "sum")
    return f"{MOST_MARKERS} parameters"


def arrow_batches(connection: BaseDatabaseWrapper) -> str:
    """Many rows come in columns."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, CAST(id AS STRING) AS text FROM range({MANY})")  # noqa: S608 - a number
        count = 0
        while (batch := cursor.fetchmany_arrow(20_000)).num_rows:
            count += batch.num_rows
    expect(count, MANY, "rows")
    return f"{count:,} rows"


def missing_tables_are_told(connection: BaseDatabaseWrapper) -> str:
    """Errors carry the class and the query id that operators look up."""
    try:
        rows(connection, "SELECT * FROM `classwaves_verify`.`nothing_of_this_name`")
    except DatabaseError as error:
        trouble = explain(error)
        if trouble is None or trouble.kind not in {Kind.MISSING, Kind.PERMISSION} or not trouble.query_id:
            raise Wrong(f"it was told as {trouble}.") from None
        return f"told as {trouble.kind}, query {trouble.query_id}"
    raise Wrong("a table of no such name answered.")


def audit_log_has_a_history(connection: BaseDatabaseWrapper) -> str:
    """Auditors look at the log as it was."""
    try:
        with system_scope(reason="a check of the server, which shows no row"):
            count = AuditLog.objects.using(connection.alias).as_of(datetime.now(UTC)).count()  # type: ignore[attr-defined]
    except NotSupportedError as error:
        return f"not now: {error}"
    return f"{count:,} events at this moment"


CHECKS = (
    ("Answers", answers),
    ("Status: latency, clock, drift, grants", status),
    ("Grants are told by information_schema", grants_are_told),
    ("Every table of the catalog can be read", tables_can_be_read),
    ("Parameters of each type come back unchanged", values_come_back),
    ("The session runs in UTC", session_is_utc),
    ("ANSI mode is on", ansi_is_on),
    ("Rows travel as JSON", json_is_taken_apart),
    ("JSON that does not fit is refused", bad_json_is_refused),
    ("255 parameters in a statement", many_markers),
    ("Rows come as Arrow batches", arrow_batches),
    ("Errors carry class and query id", missing_tables_are_told),
    ("The audit log can be read as it was", audit_log_has_a_history),
)

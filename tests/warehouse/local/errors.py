"""What the local warehouse says when a statement fails: the texts that Databricks SQL gives.

Texts follow the public list of error conditions (docs.databricks.com, "Error conditions"); the wire carries no
error class of its own, so clients read it and the SQLSTATE out of the text.
"""

from __future__ import annotations

import re
from typing import Any

CLASS = re.compile(r"\[([A-Z0-9_.]+)\]")
# Spark 3.5 gives these without a SQLSTATE.
STATES = {"PARSE_SYNTAX_ERROR": "42601"}
NULL_REFUSED = (
    "NOT_NULL_ASSERT_VIOLATION",
    "Null value appeared in non-nullable field",
    "NULL value appeared in non-nullable",
    "Cannot write null",
    "CANNOT_WRITE_NULL",
    "NULLABLE_COLUMN_OR_FIELD",
)
# How Iceberg words two writers of one table.
CONFLICTS = (
    "Found conflicting files",
    "Found new conflicting delete files",
    "Cannot commit, missing data files",
    "Missing required files to delete",
    "CommitFailedException",
    "has been modified",
    "already exists: file:",
)


class SqlError(Exception):
    """A statement that failed: `message` as the client shows it, `sqlstate`, and the server's diagnostics."""

    def __init__(self, message: str, sqlstate: str, diagnostic: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.diagnostic = diagnostic


def failure(error_class: str, text: str, sqlstate: str, diagnostic: str | None = None) -> SqlError:
    """Return an error worded as the real server words it: `[CLASS] text SQLSTATE: state`."""
    return SqlError(f"[{error_class}] {text} SQLSTATE: {sqlstate}", sqlstate, diagnostic)


def missing_table(name: str) -> SqlError:
    """Return the error for a table that is not there; `name` is quoted already."""
    return failure(
        "TABLE_OR_VIEW_NOT_FOUND",
        f"The table or view {name} cannot be found. Verify the spelling and correctness of the schema and catalog.",
        "42P01",
    )


def missing_catalog(name: str) -> SqlError:
    """Return the error for a catalog that is not there."""
    return failure(
        "NO_SUCH_CATALOG_EXCEPTION",
        f"Catalog '{name}' was not found. Please verify the catalog name and then retry the query or command again.",
        "42704",
    )


def null_refused(column: str) -> SqlError:
    """Return the error for a NULL in a column that takes none."""
    return failure("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", f"NOT NULL constraint violated for column: {column}.", "23502")


def denied(privilege: str, securable: str, name: str) -> SqlError:
    """Return Unity Catalog's refusal; `securable` is its kind, such as Table, `name` its full name."""
    return failure(
        "INSUFFICIENT_PERMISSIONS",
        f"Insufficient privileges:\nUser does not have {privilege} on {securable} '{name}'.",
        "42501",
    )


def conflict(diagnostic: str | None = None) -> SqlError:
    """Return Delta's error where another writer was first."""
    return failure(
        "DELTA_CONCURRENT_APPEND.ROW_LEVEL_CHANGES",
        "Transaction conflict detected. A concurrent WRITE added data to the table. The concurrent operation "
        "modified the same rows that this transaction attempted to modify. Please retry the operation.",
        "2D521",
        diagnostic,
    )


def timed_out(seconds: int) -> SqlError:
    """Return the error of a statement that ran longer than STATEMENT_TIMEOUT."""
    return failure(
        "STATEMENT_TIMEOUT_EXCEEDED",
        f"Statement was canceled because it ran longer than STATEMENT_TIMEOUT ({seconds} seconds).",
        "57KD0",
    )


def canceled() -> SqlError:
    """Return the error of a statement that its client canceled."""
    return failure("OPERATION_CANCELED", "Operation has been canceled.", "HY008")


def translated(error: Exception) -> SqlError:
    """Return a failure of Spark or Iceberg in the words of the real server."""
    error_class, sqlstate, text, diagnostic = _parts(error)
    whole = f"{text}\n{diagnostic or ''}"
    if any(sign in whole for sign in NULL_REFUSED) or ("is nullable" in text and "non-null" in text):
        return failure(
            "DELTA_NOT_NULL_CONSTRAINT_VIOLATED", f"NOT NULL constraint violated: {text}", "23502", diagnostic
        )
    if any(sign in whole for sign in CONFLICTS):
        return conflict(diagnostic)
    found = CLASS.match(text)
    error_class = error_class or (found[1] if found else "")
    if error_class and not text.startswith("["):
        text = f"[{error_class}] {text}"
    sqlstate = sqlstate or STATES.get(error_class, "42000" if error_class else "XX000")
    if "SQLSTATE" not in text:
        head, line, rest = text.partition("\n")
        text = f"{head} SQLSTATE: {sqlstate}{line}{rest}"
    return SqlError(text, sqlstate, diagnostic)


def _parts(error: Any) -> tuple[str, str, str, str | None]:
    """Return error class, SQLSTATE, text and stack trace of what PySpark or its bridge to Java raised."""
    if hasattr(error, "getErrorClass"):
        text = getattr(error, "desc", None) or str(error)
        found = (error.getErrorClass() or "", error.getSqlState() or "")
        return *found, text.split("\n\nJVM stacktrace")[0].strip(), getattr(error, "stackTrace", None)
    text, cause = str(error), getattr(error, "java_exception", None)
    while cause is not None:
        text, cause = cause.getMessage() or cause.toString(), cause.getCause()
    return "", "", text.strip(), None

from __future__ import annotations

from typing import Any

import pytest
import urllib3.exceptions as http
from databricks.sql import exc

from classwaves_admin.databricks import errors
from classwaves_admin.databricks.errors import PermissionMissing, Told
from classwaves_admin.databricks.translation import translated

# Words of real servers, from their documentation and from public issue threads.
SAID: list[tuple[str, type[Told], str, str]] = [
    (
        "[TABLE_OR_VIEW_NOT_FOUND] The table or view `a`.`b` cannot be found. SQLSTATE: 42P01; line 1 pos 14",
        errors.ProgrammingError,
        "42P01",
        "TABLE_OR_VIEW_NOT_FOUND",
    ),
    (
        "[PARSE_SYNTAX_ERROR] Syntax error at or near 'selec'. SQLSTATE: 42601\n\n== SQL ==\nselec 'Ann'",
        errors.ProgrammingError,
        "42601",
        "PARSE_SYNTAX_ERROR",
    ),
    (
        "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column `x` cannot be resolved. SQLSTATE: 42703",
        errors.ProgrammingError,
        "42703",
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    ),
    (
        '[CAST_INVALID_INPUT] The value \'Ann\' of the type "STRING" cannot be cast to "INT" because it is malformed.'
        " SQLSTATE: 22018",
        errors.DataError,
        "22018",
        "CAST_INVALID_INPUT",
    ),
    (
        "[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] 31415.9 cannot be represented as Decimal(5, 2). SQLSTATE: 22003",
        errors.DataError,
        "22003",
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
    ),
    (
        "[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records are detected in record parsing: [Ann,7]."
        " Parse Mode: FAILFAST. SQLSTATE: 22023",
        errors.DataError,
        "22023",
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
    ),
    (
        "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated for column: id. SQLSTATE: 23502",
        errors.IntegrityError,
        "23502",
        "DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
    ),
    (
        "[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint c (n > 0) violated by row with values:\n - name : Ann"
        "\nSQLSTATE: 23001",
        errors.IntegrityError,
        "23001",
        "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES",
    ),
    ("[UNSUPPORTED_FEATURE.X] Not so. SQLSTATE: 0A000", errors.NotSupportedError, "0A000", "UNSUPPORTED_FEATURE.X"),
    (
        "[DELTA_CONCURRENT_APPEND.ROW_LEVEL_CHANGES] Transaction conflict detected. A concurrent MERGE added data to"
        " table compliance.audit_log committed at version 7. SQLSTATE: 2D521",
        errors.ConcurrentChange,
        "2D521",
        "DELTA_CONCURRENT_APPEND.ROW_LEVEL_CHANGES",
    ),
    (
        "ConcurrentAppendException: Files were added to the root of the table by a concurrent update. Please try the"
        ' operation again.\nConflicting commit: {"userName":"Ann"}',
        errors.ConcurrentChange,
        "",
        "",
    ),
    ("Invalid SessionHandle: SessionHandle [b7c1]", errors.StaleSession, "", ""),
    (
        "requirement failed: Session handle: SessionHandle [b7c1] has not been initialized or had already closed.",
        errors.StaleSession,
        "",
        "",
    ),
    ("Couldn't create directory /local_disk0/tmp/x_resources", errors.WarehouseWaking, "", ""),
    ("TEMPORARILY_UNAVAILABLE: The service at /x is temporarily unavailable.", errors.WarehouseWaking, "", ""),
    ("The warehouse abc is stopped.", errors.WarehouseWaking, "", ""),
    ("Cluster 1-2 is in state Pending and cannot take commands", errors.WarehouseWaking, "", ""),
    ("[INTERNAL_ERROR] Bug. SQLSTATE: XX000", errors.InternalError, "XX000", "INTERNAL_ERROR"),
    ("Query timed out. SQLSTATE: 57014", errors.OperationalError, "57014", ""),
    ("Something new", errors.DatabaseError, "", ""),
]


@pytest.mark.parametrize(("words", "kind", "sqlstate", "error_class"), SAID)
def test_words_of_the_server_have_their_class(words: str, kind: type[Told], sqlstate: str, error_class: str) -> None:
    """A failed statement raises what it is, with SQLSTATE, error class and query id, and without what it quotes."""
    found = translated(exc.ServerOperationError(words, {"operation-id": "01f0"}))
    assert type(found) is kind
    assert (found.sqlstate, found.error_class, found.query_id) == (sqlstate, error_class, "01f0")
    assert str(found).endswith("(query 01f0)")
    assert sqlstate in str(found)
    for value in ("Ann", "31415.9"):
        assert value not in str(found)


@pytest.mark.parametrize(
    ("words", "privilege", "securable"),
    [
        (
            "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nUser does not have USE CATALOG on Catalog"
            " 'finetuning'. SQLSTATE: 42501",
            "USE CATALOG",
            "Catalog finetuning",
        ),
        (
            "PERMISSION_DENIED: User does not have MODIFY on Table 'classwaves.compliance.audit_log'.",
            "MODIFY",
            "Table classwaves.compliance.audit_log",
        ),
        (
            "Error running query: org.apache.spark.SparkSecurityException: Insufficient privileges:\nUser does not have"
            " permission CREATE,USAGE on database `scratch`",
            "CREATE,USAGE",
            "database scratch",
        ),
        ("User does not have permission SELECT on any file.", "SELECT", "any file"),
        ("[INSUFFICIENT_PERMISSIONS] Insufficient privileges. SQLSTATE: 42501", "", ""),
    ],
)
def test_a_missing_grant_is_named(words: str, privilege: str, securable: str) -> None:
    """The privilege and what it is missing on are read from the server's words."""
    found = translated(exc.ServerOperationError(words))
    assert isinstance(found, PermissionMissing)
    assert (found.privilege, found.securable) == (privilege, securable)
    assert securable.rpartition(" ")[2] in str(found)


@pytest.mark.parametrize(
    ("code", "kind", "transient", "untouched"),
    [
        (401, errors.TokenRefused, False, True),
        (403, errors.TokenRefused, False, True),
        (429, errors.WarehouseWaking, True, True),
        (502, errors.WarehouseWaking, True, False),
        (503, errors.WarehouseWaking, True, True),
        (404, errors.OperationalError, False, False),
        (500, errors.OperationalError, False, False),
        (200, errors.Unreachable, True, False),
        (None, errors.Unreachable, True, False),
    ],
)
def test_answers_of_http_have_their_class(code: int | None, kind: type[Told], transient: bool, untouched: bool) -> None:
    """A status tells who is at fault, and whether the statement may have been begun."""
    context = {"http-code": code, "error-message": "why", "bounded-retry-delay": 3}
    found = translated(exc.RequestError("Error during request to server", context))
    assert type(found) is kind
    assert (found.transient, found.untouched) == (transient, untouched)
    assert found.retry_after == (3 if isinstance(found, errors.WarehouseWaking) else 0)


@pytest.mark.parametrize(
    ("error", "words", "untouched"),
    [
        (http.NewConnectionError(None, "refused"), "no connection", True),  # type: ignore[arg-type]
        (http.NameResolutionError("h", None, OSError()), "name of its host is unknown", True),  # type: ignore[arg-type]
        (http.ReadTimeoutError(None, "/x", "late"), "no answer in time", False),  # type: ignore[arg-type]
        (http.ProtocolError("cut"), "was cut", False),
        (http.SSLError("bad certificate"), "TLS failed", False),
        (ConnectionResetError(104, "reset"), "was cut", False),
        (EOFError(), "was cut", False),
        (ValueError("invalid literal"), "cannot be read", False),
        (OSError(5, "other"), "the connection failed", False),
    ],
)
def test_failures_of_the_network_are_operational(error: Any, words: str, untouched: bool) -> None:
    """What urllib3 and the system raise becomes Unreachable, which is transient; only no connection is surely safe."""
    for raised in (error, http.MaxRetryError(None, "/sql", error)):  # type: ignore[arg-type]
        found = translated(raised)
        assert isinstance(found, errors.Unreachable)
        assert words in str(found)
        assert (found.transient, found.untouched) == (True, untouched)


def test_misuse_stays_misuse_and_ours_stays_ours() -> None:
    """An InterfaceError is one still, and what is translated is not translated again."""
    found = translated(exc.InterfaceError("Cannot create cursor from closed connection"))
    assert type(found) is errors.InterfaceError
    assert translated(found) is found


@pytest.mark.parametrize(
    "words",
    [
        "Can't cast the value 'Anna Meier' to INT",
        "[CAST_INVALID_INPUT] The value 'Anna Mei",
        '[CAST_INVALID_INPUT] The value "Anna Mei',
        "[CAST_INVALID_INPUT] The value 'Anna\\",
        "The value 'O'Anna' of the type \"STRING\"",
        'Cannot resolve "ANNA"',
        "User does not have SELECT on Table 'a.b'. Row 'Anna Meier'",
    ],
)
def test_no_value_is_told_however_it_is_quoted(words: str) -> None:
    """A value that was cut, holds an apostrophe, or stands behind one or beside a table's name, is blanked."""
    assert "anna" not in str(translated(exc.ServerOperationError(words))).lower()


@pytest.mark.parametrize("value", ["Anna does not have PEN", "the warehouse is starting", "CommitFailedException"])
def test_a_value_does_not_decide_what_went_wrong(value: str) -> None:
    """A refused value is a DataError, whatever it reads like: the outbox would wait for ever for a grant."""
    words = f"[CAST_INVALID_INPUT] The value '{value}' cannot be cast. SQLSTATE: 22018"
    assert isinstance(translated(exc.ServerOperationError(words)), errors.DataError)

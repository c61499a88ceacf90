"""What a database error means, in words for a person and for an operator."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, DataError, InterfaceError, OperationalError, ProgrammingError, connections
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.databricks import errors
from classwaves_admin.warehouse.trouble import Kind, Trouble, explain


class Fake(Exception):
    """An error of a driver with the attributes given."""

    def __init__(self, words: str = "", **attributes: Any) -> None:
        super().__init__(words)
        self.__dict__.update(attributes)


class WarehouseWaking(Fake):
    """Named as in databricks/errors.py."""


class TokenRefused(Fake):
    """Named as in databricks/errors.py."""


class PermissionMissing(Fake):
    """Named as in databricks/errors.py."""


class ConcurrentChange(Fake):
    """Named as in databricks/errors.py."""


def told(cause: BaseException | None, kind: type[Exception] = OperationalError) -> Trouble:
    """Return what an error of Django's with this cause means."""
    error = kind("words of the server, which may quote Amina Okafor")
    error.__cause__ = cause
    found = explain(error)
    assert found
    return found


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (WarehouseWaking(), Kind.WAKING),
        (TokenRefused(), Kind.TOKEN),
        (ConcurrentChange(), Kind.BUSY),
        (Fake(sqlstate="57P03"), Kind.WAKING),
        (Fake(sqlstate="57P01"), Kind.UNREACHABLE),
        (Fake(sqlstate="57014"), Kind.BUSY),
        (Fake(sqlstate="08006"), Kind.UNREACHABLE),
        (Fake(sqlstate="28P01"), Kind.TOKEN),
        (Fake(sqlstate="42P01"), Kind.MISSING),
        (Fake(sqlstate="53300"), Kind.BUSY),
        (Fake(sqlstate="25006"), Kind.PERMISSION),
        (Fake("FATAL: the database system is starting up"), Kind.WAKING),
        (Fake('FATAL: password authentication failed for user "portal"'), Kind.TOKEN),
        (Fake('FATAL: database "nowhere" does not exist'), Kind.MISSING),
        (Fake("connection refused"), Kind.UNREACHABLE),
        (None, Kind.UNREACHABLE),
    ],
)
def test_each_engine_s_words_mean_one_kind(cause: BaseException | None, kind: Kind) -> None:
    """SQLSTATE, the class or the words of a refused connection tell what is wrong."""
    assert told(cause).kind is kind


def test_what_passes_is_waited_for_and_the_rest_is_not() -> None:
    """A missing grant does not come by waiting."""
    assert told(WarehouseWaking()).passes
    assert not told(TokenRefused()).passes


@pytest.mark.parametrize(
    ("privilege", "securable", "grant"),
    [
        ("MODIFY", "Table 'classwaves.compliance.audit_log'", "MODIFY ON TABLE classwaves.compliance.audit_log"),
        ("MODIFY", "classwaves.compliance.audit_log", "MODIFY ON TABLE classwaves.compliance.audit_log"),
        ("USE SCHEMA", "Schema `classwaves.users`", "USE SCHEMA ON SCHEMA classwaves.users"),
        ("USE_CATALOG", "Catalog 'classwaves'", "USE CATALOG ON CATALOG classwaves"),
        ("SELECT", "Table classwaves.users.students", "SELECT ON TABLE classwaves.users.students"),
    ],
)
def test_a_missing_grant_of_databricks_is_named(privilege: str, securable: str, grant: str) -> None:
    """The operator gets the statement to run, and the query to look up."""
    cause = PermissionMissing(privilege=privilege, securable=securable, query_id="01ef-3a")
    found = told(cause, ProgrammingError)
    assert found.kind is Kind.PERMISSION
    assert f"GRANT {grant} TO " in found.operator
    assert found.query_id == "01ef-3a"


@pytest.mark.parametrize(
    ("words", "grant"),
    [
        ("permission denied for table audit_log", "UPDATE, DELETE ON TABLE compliance.audit_log TO"),
        ("permission denied for schema users", "GRANT USAGE ON SCHEMA users TO"),
        ("permission denied for database catalog", "GRANT CREATE ON DATABASE catalog TO"),
        ("permission denied for table auth_log", "DELETE ON TABLE auth_log TO"),
    ],
)
def test_a_missing_grant_of_postgresql_is_named(words: str, grant: str) -> None:
    """PostgreSQL names the table without its schema; the catalog knows the schema."""
    assert grant in told(Fake(words, sqlstate="42501"), ProgrammingError).operator


@pytest.mark.parametrize(
    "cause",
    [
        Fake('connection failed: FATAL:  database "nowhere" does not exist'),
        Fake("[NO_SUCH_CATALOG_EXCEPTION] Catalog '…' was not found.", sqlstate="42704"),
    ],
)
def test_a_name_of_a_catalog_that_is_not_there(cause: Fake) -> None:
    """Migrations would not help: the name in the URL is wrong."""
    found = told(cause)
    assert found.kind is Kind.MISSING
    assert "The catalog that WAREHOUSE_URL names does not exist" in found.operator


def test_the_user_of_the_connection_is_named_and_a_token_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client id is a name to grant to; `token` is nobody."""
    cause = Fake("permission denied for schema users", sqlstate="42501")
    monkeypatch.setitem(connections["warehouse"].settings_dict, "USER", "portal")
    assert told(cause).operator.endswith('TO "portal";')
    monkeypatch.setitem(connections["warehouse"].settings_dict, "USER", "token")
    assert told(cause).operator.endswith("TO <the portal's user>;")


@pytest.mark.parametrize("words", ["", "denied; DROP TABLE students", "a\nb"])
def test_strange_words_make_no_statement(words: str) -> None:
    """A securable that is no name is never put into a GRANT."""
    assert "GRANT" not in told(PermissionMissing(privilege="MODIFY", securable=words), ProgrammingError).operator


@pytest.mark.parametrize(("sql", "kind"), [("SELECT 1 FROM nowhere", Kind.MISSING), ("INSERT", Kind.UNREACHABLE)])
def test_sqlite_s_own_errors(sql: str, kind: Kind) -> None:
    """A missing table is told apart; SQLite calls most other things operational."""
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute(sql)
    connection.close()
    assert told(caught.value).kind is kind


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The operator is told of the file's rights."""
    path = tmp_path / "catalog.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE one (id)")
    connection.close()
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("INSERT INTO one VALUES (1)")
    connection.close()
    assert told(caught.value).kind is Kind.PERMISSION
    assert "file cannot be written" in told(caught.value).operator


def test_the_names_of_databricks_errors_are_right() -> None:
    """The classes are known by name, so that SQLite and PostgreSQL load no connector; here they are held to it."""
    waking = errors.WarehouseWaking("The endpoint is starting.", query_id="01ef-1")
    assert (told(waking).kind, told(waking).query_id) == (Kind.WAKING, "01ef-1")
    assert told(errors.TokenRefused("expired")).kind is Kind.TOKEN
    assert told(errors.ConcurrentChange("DELTA_CONCURRENT_APPEND", sqlstate="2D521")).kind is Kind.BUSY
    assert told(errors.Unreachable("cut")).kind is Kind.UNREACHABLE
    assert told(errors.StaleSession("Invalid SessionHandle")).kind is Kind.UNREACHABLE
    words = "User does not have MODIFY on Table 'classwaves.compliance.audit_log'."
    found = told(errors.PermissionMissing(words, sqlstate="42501"), ProgrammingError)
    assert "GRANT MODIFY ON TABLE classwaves.compliance.audit_log TO" in found.operator


def test_other_errors_are_none_of_its_business() -> None:
    """A fault of ours stays one; a refused statement is named by its class alone."""
    assert explain(ValueError("x")) is None
    assert explain(None) is None
    refused = told(Fake(error_class="DIVIDE_BY_ZERO", sqlstate="22012"), DataError)
    assert (refused.kind, refused.operator) == (Kind.REFUSED, "A statement was refused: DIVIDE_BY_ZERO (22012).")
    assert told(None, InterfaceError).kind is Kind.UNREACHABLE


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_no_words_of_a_server_break_it_or_get_through(
    words: str, state: str, error_class: str, privilege: str, securable: str
) -> None:
    """Whatever a server says, there is a trouble of one line, and never the words of the error."""
    for cause in (
        Fake(words, sqlstate=state, error_class=error_class, query_id=words),
        PermissionMissing(words, privilege=privilege, securable=securable, query_id=words),
    ):
        found = told(cause, DatabaseError)
        assert "Amina" not in found.operator
        assert "\n" not in found.operator
        with suppress(UnicodeEncodeError):
            assert str(found.person)

"""The backend that `ENGINE = "classwaves_admin.databricks"` names."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from databricks.sql import exc
from databricks.sql.client import Connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.asyncio import async_unsafe

from classwaves_admin.databricks import connect, lookups
from classwaves_admin.databricks.client import DatabaseClient
from classwaves_admin.databricks.creation import DatabaseCreation
from classwaves_admin.databricks.cursor import Cursor
from classwaves_admin.databricks.errors import TokenRefused
from classwaves_admin.databricks.features import DatabaseFeatures
from classwaves_admin.databricks.introspection import DEFAULT_SCHEMA, DatabaseIntrospection
from classwaves_admin.databricks.operations import DatabaseOperations
from classwaves_admin.databricks.schema import DatabaseSchemaEditor
from classwaves_admin.databricks.translation import RAISED

# Seconds for which an answer shows that the session lives: a check costs a tenth of a second a request.
_FRESH = 30.0

# What Django looks for in a DB-API module; the connector's own has no Binary.
_DBAPI = SimpleNamespace(
    Binary=bytes,
    connect=Connection,
    **{
        name: getattr(exc, name)
        for name in (
            "DataError",
            "DatabaseError",
            "Error",
            "IntegrityError",
            "InterfaceError",
            "InternalError",
            "NotSupportedError",
            "OperationalError",
            "ProgrammingError",
        )
    },
)


class DatabaseWrapper(BaseDatabaseWrapper):
    """A session on a SQL warehouse. Every statement commits by itself: `atomic` takes nothing back."""

    vendor = "databricks"
    display_name = "Databricks"
    data_types = {
        "AutoField": "BIGINT",
        "BigAutoField": "BIGINT",
        "BigIntegerField": "BIGINT",
        "BinaryField": "BINARY",
        "BooleanField": "BOOLEAN",
        "CharField": "STRING",
        "DateField": "DATE",
        "DateTimeField": "TIMESTAMP",
        "DecimalField": "DECIMAL(%(max_digits)s,%(decimal_places)s)",
        "DurationField": "BIGINT",
        "FileField": "STRING",
        "FilePathField": "STRING",
        "FloatField": "DOUBLE",
        "GenericIPAddressField": "STRING",
        "IPAddressField": "STRING",
        "IntegerField": "INT",
        "JSONField": "STRING",
        "PositiveBigIntegerField": "BIGINT",
        "PositiveIntegerField": "INT",
        "PositiveSmallIntegerField": "SMALLINT",
        "SlugField": "STRING",
        "SmallAutoField": "BIGINT",
        "SmallIntegerField": "SMALLINT",
        "TextField": "STRING",
        "TimeField": "STRING",
        "UUIDField": "STRING",
    }
    operators = {
        "exact": "= %s",
        "iexact": "ILIKE %s",
        "contains": "LIKE %s",
        "icontains": "ILIKE %s",
        "gt": "> %s",
        "gte": ">= %s",
        "lt": "< %s",
        "lte": "<= %s",
        "startswith": "LIKE %s",
        "endswith": "LIKE %s",
        "istartswith": "ILIKE %s",
        "iendswith": "ILIKE %s",
    }
    # For right sides that are expressions. Backslash escapes in LIKE, and in a literal too: hence its doubling.
    pattern_esc = r"REPLACE(REPLACE(REPLACE({}, '\\', '\\\\'), '%%', '\\%%'), '_', '\\_')"
    pattern_ops = {
        "contains": "LIKE CONCAT('%%', {}, '%%')",
        "icontains": "ILIKE CONCAT('%%', {}, '%%')",
        "startswith": "LIKE CONCAT({}, '%%')",
        "istartswith": "ILIKE CONCAT({}, '%%')",
        "endswith": "LIKE CONCAT('%%', {})",
        "iendswith": "ILIKE CONCAT('%%', {})",
    }

    Database = _DBAPI
    SchemaEditorClass = DatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # When the session last answered, by the monotonic clock; 0 where that is in doubt.
        self.answered_at = 0.0
        lookups.register()

    @property
    def default_schema(self) -> str:
        """Return the schema of tables whose names have none."""
        return DEFAULT_SCHEMA

    # --- the session

    def get_connection_params(self) -> dict[str, Any]:
        """Return the connector's arguments. Raises ImproperlyConfigured where one is missing."""
        return connect.parameters(self.settings_dict)

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Open a session. Raises one of `errors`, as Django's own class."""
        opened = connect.opened(conn_params, connect.tokens_of(self.settings_dict))
        connect.limited(
            opened, float(self.settings_dict["OPTIONS"].get("statement_seconds", connect.STATEMENT_SECONDS))
        )
        self.answered_at = time.monotonic()
        return opened

    def init_connection_state(self) -> None:
        """Everything is said when the session is opened."""

    @async_unsafe
    def create_cursor(self, name: str | None = None) -> Cursor:
        """Return a cursor. Rows come in batches: `iterator()` needs no cursor of another kind."""
        return Cursor(self)

    def session(self) -> Connection:
        """Return the session, a new one where the server ended the last. Raises one of `errors`."""
        if self.connection is None:
            self.connection = self.get_new_connection(self.get_connection_params())
        elif tokens := connect.tokens_of(self.settings_dict):
            tokens.header()  # renewed here if need be: inside the connector a failure would lose its class
        opened: Connection = self.connection
        return opened

    def session_lost(self, failure: Exception) -> None:
        """Forget the session after the server refused it; the next statement opens another."""
        tokens = connect.tokens_of(self.settings_dict)
        if isinstance(failure, TokenRefused) and tokens:
            tokens.forget()
        self.answered_at = 0.0
        dropped, self.connection = self.connection, None
        if dropped is not None:
            _drop(dropped)

    def is_usable(self) -> bool:
        """Tell whether the session lives. Asks only where the last answer is some time ago."""
        if self.connection is None:
            return False
        if time.monotonic() - self.answered_at < _FRESH:
            return True
        if not self.answered_at:  # the last statement failed on its way: a new session is quicker than a question
            return False
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                self.connection._cursors.remove(cursor)
        except RAISED:
            self.answered_at = 0.0
            return False
        self.answered_at = time.monotonic()
        return True

    @async_unsafe
    def _close(self) -> None:
        if self.connection is None:
            return
        if not self.answered_at:
            _drop(self.connection)
        else:
            self.connection.close()

    # --- transactions: there are none across statements

    def _set_autocommit(self, autocommit: bool) -> None:
        """Every statement commits by itself, whatever is asked."""

    def _commit(self) -> None:
        """There is nothing left to commit."""

    def _rollback(self) -> None:
        """Nothing can be taken back: hence the write gateway (docs/architecture.md)."""

    def check_constraints(self, table_names: Any = None) -> None:
        """There are no foreign keys."""


def _drop(connection: Connection) -> None:
    """Let go of a session without telling the server, which does not answer or does not know it."""
    connection.session.is_open = False
    connection.close()

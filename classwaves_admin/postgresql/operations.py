"""How names are written in SQL."""

from __future__ import annotations

from django.db.backends.postgresql import operations

from classwaves_admin.postgresql.names import quoted


class DatabaseOperations(operations.DatabaseOperations):
    """Django's operations, with `schema.table` quoted as two names."""

    def quote_name(self, name: str) -> str:
        """Return the name quoted for SQL; a schema before the first dot is quoted on its own."""
        return quoted(name)

"""How names are written in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.postgresql import operations

from classwaves_admin.postgresql.names import quoted, unqualified


class DatabaseOperations(operations.DatabaseOperations):
    """Django's operations, with `schema.table` quoted as two names."""

    def quote_name(self, name: str) -> str:
        """Return the name quoted for SQL; a schema before the first dot is quoted on its own."""
        return quoted(name)

    def for_update_sql(
        self,
        nowait: bool = False,
        skip_locked: bool = False,
        of: Sequence[str] = (),
        no_key: bool = False,
    ) -> str:
        """Return the clause that locks rows. PostgreSQL takes no schema behind its OF."""
        of = tuple(map(unqualified, of))
        return super().for_update_sql(nowait=nowait, skip_locked=skip_locked, of=of, no_key=no_key)

"""The test database of Django's own runner: a catalog of a warehouse on this machine, emptied before use."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.creation import BaseDatabaseCreation

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class DatabaseCreation(BaseDatabaseCreation):
    """Never makes or empties anything on a real workspace."""

    def _get_test_db_name(self) -> str:
        settings = self.connection.settings_dict
        return str(settings["TEST"]["NAME"] or settings["NAME"])

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        if not keepdb:
            self._empty()
        return self._get_test_db_name()

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        self._empty()

    def _empty(self) -> None:
        if self.connection.settings_dict["HOST"] not in _HERE:
            raise RuntimeError("Tests empty the catalog they run in: use a local warehouse.")
        quote = self.connection.ops.quote_name
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT schema_name FROM information_schema.schemata")
            schemas: list[tuple[Any, ...]] = cursor.fetchall()
            for (name,) in schemas:
                if name not in {"information_schema", "default"}:
                    cursor.execute(f"DROP SCHEMA IF EXISTS {quote(name)} CASCADE")
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'default'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE IF EXISTS `default`.{quote(name)}")

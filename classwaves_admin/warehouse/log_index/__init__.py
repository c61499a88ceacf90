"""The index of `compliance.audit_log` on the engines that the portal owns: SQLite and PostgreSQL.

The catalog does not know of it: it holds nothing that the log does not, it can be made again at any time, and
without it the same search gives the same rows, only later. On Databricks there is none: the warehouse passes over
the files of the clustered table that cannot hold a match.
"""

from __future__ import annotations

from types import ModuleType

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from classwaves_admin.warehouse.log_index import postgresql, sqlite

__all__ = ["TABLES", "drop", "is_there", "make"]

_ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
TABLES = frozenset((*sqlite.TABLES, *sqlite.SHADOWS))


def is_there(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the warehouse has the whole index. No statement that a page would have to count."""
    engine = _ENGINES.get(connection.vendor)
    return engine is not None and bool(engine.is_there(connection))


def make(editor: BaseDatabaseSchemaEditor) -> bool:
    """Make the index anew from the rows of the log; tell whether this engine has one."""
    engine = _ENGINES.get(editor.connection.vendor)
    if engine is None:
        return False
    drop(editor)
    for statement in engine.make():
        editor.execute(statement, params=None)
    return True


def drop(editor: BaseDatabaseSchemaEditor) -> None:
    """Remove what there is of the index. A migration that changes the log's table does so first."""
    engine = _ENGINES.get(editor.connection.vendor)
    for statement in engine.drop() if engine else ():
        editor.execute(statement, params=None)

"""Keeps every write of a catalog table inside the outbox gateway.

The check sits on the database connection itself, so it sees `save`, `delete`, querysets, bulk writers
and raw cursors alike. Statements on other tables of the database, such as `django_migrations`, pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["WriteOutsideGateway", "install", "writing", "written_tables"]

ALIAS = "warehouse"
_writing: ContextVar[bool] = ContextVar("catalog_writing", default=False)

_NAME = r"(?:[\w$]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])"
_TABLE = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_WRITE = re.compile(
    r"\b(?:INSERT(?:\s+OR\s+\w+)?(?:\s+INTO|\s+OVERWRITE)|REPLACE\s+INTO|MERGE\s+INTO|DELETE\s+FROM"
    r"|UPDATE(?:\s+OR\s+\w+)?|TRUNCATE|COPY(?:\s+INTO)?)(?:\s+TABLE)?(?:\s+ONLY)?\s+"
    rf"({_TABLE}(?:\s*,\s*{_TABLE})*)",
    re.IGNORECASE,
)
_PART = re.compile(_TABLE)


class WriteOutsideGateway(RuntimeError):
    """A statement would have written a catalog table outside the gateway. It was not sent."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"{table} may be written only through classwaves_admin.warehouse.outbox.gateway, inside an action."
        )


@contextmanager
def writing() -> Iterator[None]:
    """Allow writes of catalog tables inside the block. For the gateway and the factories of the tests."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


def written_tables(sql: str) -> list[str]:
    """Return the catalog tables that the statement writes, in the order in which they appear."""
    found = []
    for names in _WRITE.findall(sql):
        for name in _PART.findall(names):
            table = _catalog_table(name)
            if table:
                found.append(table)
    return found


def install(*, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Put the check on a connection to the warehouse. Receives the signal `connection_created`.

    First in the list, since `connection.execute_wrapper()` takes its own wrapper from the end.
    """
    if connection.alias == ALIAS and _refuse not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _refuse)


def _refuse(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    # Databricks fills a new column with its default by an UPDATE, other engines within the definition.
    if not _writing.get() and not getattr(context["connection"], "is_defining", False):
        tables = written_tables(str(sql))
        if tables:
            raise WriteOutsideGateway(tables[0])
    return execute(sql, params, many, context)


def _catalog_table(name: str) -> str | None:
    """Return `schema.table` where the name as written in SQL, with or without a catalog, is one of ours."""
    plain = re.sub(r"[\"`\[\]\s]", "", name)
    return _catalog_tables().get(".".join(plain.rsplit(".", 2)[-2:]).lower())


@cache
def _catalog_tables() -> dict[str, str]:
    tables = (model._meta.db_table for model in apps.get_app_config(ALIAS).get_models())
    return {table.lower(): table for table in tables}

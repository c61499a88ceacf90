"""A connection to Databricks that nobody opens: enough to see what would be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet

from classwaves_admin.databricks.base import DatabaseWrapper
from classwaves_admin.tenancy.scope import system_scope

Compile = Callable[[QuerySet[Any]], tuple[str, tuple[Any, ...]]]


@pytest.fixture
def databricks() -> DatabaseWrapper:
    """Return a wrapper of the backend, without a connection."""
    config = {"ENGINE": "classwaves_admin.databricks", "NAME": "classwaves", "HOST": "127.0.0.1", "OPTIONS": {}}
    return DatabaseWrapper(
        connections.configure_settings({"default": {}, "warehouse": config})["warehouse"], "warehouse"
    )


@pytest.fixture
def sql(databricks: DatabaseWrapper) -> Iterator[Compile]:
    """Return what compiles a queryset, outside any scope."""

    def compile_rows(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
        text, params = rows.query.get_compiler(connection=databricks).as_sql()
        return text, tuple(params)

    with system_scope(reason="test"):
        yield compile_rows

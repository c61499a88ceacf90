"""Catalogs on the local SQL warehouse, in the place of `warehouse`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.tenancy.scope import system_scope
from tests.spark import Warehouse
from tests.warehouse.conftest import instead_of_the_warehouse


@pytest.fixture
def empty_catalog(spark_catalog: str, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """Put an empty catalog in the place of `warehouse`."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(spark_catalog) as connection:
        yield connection


@pytest.fixture(scope="session")
def migrated_catalog(spark_warehouse: Warehouse, django_db_blocker: Any) -> str:
    """Return the URL of a catalog with all tables, one for each worker of the run."""
    url = spark_warehouse.make_catalog(f"sql_{os.getpid()}")
    with django_db_blocker.unblock(), instead_of_the_warehouse(url):
        call_command("migrate", "warehouse", database="warehouse", verbosity=0)
    return url


@pytest.fixture
def catalog(migrated_catalog: str, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """Put the catalog with all tables in the place of `warehouse`, outside any scope. Tests leave rows behind."""
    with (
        django_db_blocker.unblock(),
        instead_of_the_warehouse(migrated_catalog) as connection,
        system_scope(reason="test"),
    ):
        yield connection

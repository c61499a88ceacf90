"""Warehouses of every engine at hand, apart from the one that pytest-django keeps."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.env import Environment
from classwaves_admin.warehouse.models._base import CatalogModel
from tests.postgres import Server

_DOTTED = re.compile(r'"(\w+\.\w+)"')
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
def empty_warehouse(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> Iterator[BaseDatabaseWrapper]:
    """Put an empty database in the place of `warehouse` and give its connection."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/warehouse.sqlite3"
    else:
        url = request.getfixturevalue("postgres_url")
    with django_db_blocker.unblock(), instead_of_the_warehouse(url) as connection:
        yield connection


@pytest.fixture(scope="session")
def migrated_urls() -> dict[str, str]:
    """Keep the migrated warehouse of each engine: a worker that takes tests from another comes back to an engine."""
    return {}


@pytest.fixture(scope="session", params=ENGINES)
def migrated_url(
    request: pytest.FixtureRequest,
    migrated_urls: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
) -> str:
    """Migrate one warehouse of each engine for the whole run. It stays empty: tests use copies."""
    if request.param in migrated_urls:
        return migrated_urls[request.param]
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('warehouse')}/migrated.sqlite3"
    else:
        server: Server = request.getfixturevalue("postgres_server")
        name = f"migrated_{os.getpid()}"
        server.run(f"CREATE DATABASE {name}")
        url = server.url(name)
    with django_db_blocker.unblock(), instead_of_the_warehouse(url):
        call_command("migrate", "warehouse", database="warehouse", verbosity=0)
    migrated_urls[request.param] = url
    return url


@pytest.fixture(scope="session")
def shared_url(migrated_url: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Copy the migrated database once, for tests that only add rows."""
    return _copy(migrated_url, "shared", tmp_path_factory.mktemp("shared"), request)


@pytest.fixture
def complete_warehouse(
    migrated_url: str, request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> Iterator[BaseDatabaseWrapper]:
    """Put a fresh copy of the migrated database in the place of `warehouse`; a test may spoil it."""
    url = _copy(migrated_url, "spoiled", tmp_path, request)
    with django_db_blocker.unblock(), instead_of_the_warehouse(url) as connection:
        yield connection


@pytest.fixture
def warehouse(shared_url: str, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """Put the shared copy in the place of `warehouse` and give its connection; tests leave rows behind in it."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(shared_url) as connection:
        yield connection


@contextmanager
def instead_of_the_warehouse(
    url: str, *, engine: str = "", kept: BaseDatabaseWrapper | None = None
) -> Iterator[BaseDatabaseWrapper]:
    """Point the alias `warehouse` of this thread at another database.

    Through another backend where `engine` names one. A connection that is `kept` is used and left open.
    """
    config = Environment({"URL": url}).database("URL", "", databricks={})
    if "sqlite" in config["ENGINE"]:
        config = settings.DATABASES["warehouse"] | {"NAME": config["NAME"]}
    elif "postgresql" in config["ENGINE"]:
        config = config | {"ENGINE": engine or "classwaves_admin.postgresql"}
    elif "databricks" in config["ENGINE"]:
        config["OPTIONS"]["statement_seconds"] = 60  # the local warehouse shares this machine with the other tests
    plain = connections.settings
    before = connections["warehouse"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            plain, "warehouse", connections.configure_settings({"default": {}, "warehouse": config})["warehouse"]
        )
        del connections["warehouse"]
        if kept is not None:
            connections["warehouse"] = kept
        try:
            yield connections["warehouse"]
        finally:
            if kept is None:
                connections["warehouse"].close()
            connections["warehouse"] = before


def execute(connection: BaseDatabaseWrapper, *statements: str) -> None:
    """Run SQL behind the portal's back. A name in quotes such as "users.schools" is written as the engine does."""
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(_DOTTED.sub(lambda name: connection.ops.quote_name(name[1]), sql))


def drop_index(connection: BaseDatabaseWrapper, model: type[CatalogModel], name: str) -> None:
    """Remove an index of a model from the warehouse."""
    index = next(index for index in model._meta.indexes if index.name == name)
    with connection.schema_editor() as editor:
        editor.remove_index(model, index)


def _copy(url: str, name: str, folder: Path, request: pytest.FixtureRequest) -> str:
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return f"sqlite:///{shutil.copy(rest.removeprefix('/'), folder / f'{name}.sqlite3')}"
    server: Server = request.getfixturevalue("postgres_server")
    name = f"{name}_{os.getpid()}"
    server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.run(f"CREATE DATABASE {name} TEMPLATE {rest.rpartition('/')[2]}")
    return server.url(name)

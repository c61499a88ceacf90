"""One warehouse of each engine with the rows of the contract, kept for the whole run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.tenancy.scope import system_scope
from tests.postgres import Server
from tests.spark import Warehouse
from tests.warehouse.conftest import ENGINES, instead_of_the_warehouse
from tests.warehouse.contract import rows

Urls = Callable[[str, pytest.FixtureRequest], str]
ALL_ENGINES = [*ENGINES, "spark"]
CATALOG = "contract"


@dataclass(frozen=True, slots=True)
class Contract:
    """The engine's name and its connection, which is `connections["warehouse"]` during the test."""

    engine: str
    connection: BaseDatabaseWrapper


@pytest.fixture(scope="session")
def contract_urls(tmp_path_factory: pytest.TempPathFactory) -> Urls:
    """Give a function that makes the warehouse of an engine when it is first asked for."""
    made: dict[str, str] = {}

    def url(engine: str, request: pytest.FixtureRequest) -> str:
        if engine not in made:
            if engine == "spark":
                made[engine] = _on_spark(request.getfixturevalue("spark_warehouse"))
            else:
                made[engine] = _empty(engine, request, tmp_path_factory.mktemp("contract"))
                _fill(made[engine])
        return made[engine]

    return url


@pytest.fixture(scope="session")
def kept_connections() -> Iterator[dict[str, BaseDatabaseWrapper]]:
    """Keep a connection for each engine: opening one takes Spark a second."""
    kept: dict[str, BaseDatabaseWrapper] = {}
    yield kept
    for connection in kept.values():
        connection.close()


@pytest.fixture(params=ALL_ENGINES, autouse=True)
def contract(
    request: pytest.FixtureRequest,
    contract_urls: Urls,
    kept_connections: dict[str, BaseDatabaseWrapper],
    django_db_blocker: Any,
) -> Iterator[Contract]:
    """Put the warehouse of an engine in the place of `warehouse`, outside any scope of schools."""
    engine: str = request.param
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        url = contract_urls(engine, request)
        connection = stack.enter_context(instead_of_the_warehouse(url, kept=kept_connections.get(engine)))
        kept_connections[engine] = connection
        stack.enter_context(system_scope(reason="test"))
        yield Contract(engine, connection)


def _empty(engine: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Make an empty database and return its URL; skip where the engine is not at hand."""
    if engine == "sqlite":
        return f"sqlite:///{folder}/contract.sqlite3"
    server: Server = request.getfixturevalue("postgres_server")
    name = f"contract_{os.getpid()}"
    server.run(f"CREATE DATABASE {name}")
    return server.url(name)


def _on_spark(warehouse: Warehouse) -> str:
    """Return the URL of a catalog that all workers of the run share: making one takes a quarter of a minute.

    The tests may share it, since each writes rows of its own and reads no others but those of `rows.py`.
    """
    with (warehouse.folder / "contract.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = warehouse.folder / "contract.ready"
        if not note.exists():
            _fill(warehouse.make_catalog(CATALOG))
            note.touch()
    return warehouse.url(CATALOG)


def _fill(url: str) -> None:
    with instead_of_the_warehouse(url) as connection:
        with connection.schema_editor() as editor:
            for model in rows.MODELS:
                editor.create_model(model)
        rows.load()

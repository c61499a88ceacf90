"""What a Databricks server says of itself and of the portal's grants, from made-up rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import ProgrammingError
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse import server_facts
from classwaves_admin.warehouse.server_facts import ServerFacts, facts_of, tables_of_catalog

USER = "3f1a0c52-0000-4000-8000-00000000abcd"
OTHER = "11111111-2222-4333-8444-555555555555"
SERVER = [("clock", "1741100400000001", "2025.10", USER), ("place", "classwaves", "", "")]
ON_CATALOG = ("USE CATALOG", "USE SCHEMA", "SELECT", "MODIFY", "CREATE TABLE")


class Databricks:
    """As much of a connection as is asked for."""

    vendor = "databricks"
    settings_dict = {"HOST": "made-up", "PORT": 443}


class NoSuchTable(Exception):
    """A driver's error."""

    sqlstate = "42P01"


@pytest.fixture(autouse=True)
def _nothing_learned() -> None:
    server_facts._tell_no_grants.clear()


def facts(monkeypatch: pytest.MonkeyPatch, *held: tuple[str, str, str, str]) -> ServerFacts:
    """Return what is made of these rows of privileges: level, name, privilege, grantee."""

    def rows(_connection: BaseDatabaseWrapper, _sql: str, _params: Iterable[Any] | None = None) -> list[Any]:
        return [*SERVER, *held]

    monkeypatch.setattr(server_facts, "_rows", rows)
    return facts_of(Databricks())  # type: ignore[arg-type]


def needed(found: ServerFacts) -> int:
    """Return how many statements the portal needs."""
    assert found.missing is not None
    return sum(each.needed for each in found.missing)


def test_the_server_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version, user, catalog, and the clock to the microsecond."""
    found = facts(monkeypatch)
    assert (found.version, found.user, found.catalog) == ("Databricks SQL 2025.10", USER, "classwaves")
    assert found.clock == datetime(2025, 3, 4, 15, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("grantee", "statements"), [(USER, 0), ("privacy-office", 0), (OTHER, 11), ("ada@school.example", 11)]
)
def test_own_grants_and_those_of_groups_count(grantee: str, statements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other people's and other principals' do not, though an owner is shown them."""
    held = [("catalog", "classwaves", privilege, grantee) for privilege in ON_CATALOG]
    found = facts(monkeypatch, ("schema", "users", "CREATE VOLUME", USER), *held)
    assert needed(found) == statements


def test_an_owner_who_is_a_group_is_nobody_in_particular(monkeypatch: pytest.MonkeyPatch) -> None:
    """Owners are shown to everybody; being shown one says nothing of the portal."""
    tables = [("table", table, "OWNER", "engineers") for table in tables_of_catalog()]
    assert needed(facts(monkeypatch, ("schema", "users", "USE SCHEMA", USER), *tables)) == 11


def test_a_server_that_shows_no_grant_hides_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was answered has some grant, so nothing shown is nothing known."""
    assert facts(monkeypatch).missing is None


def test_a_server_without_the_relations_is_asked_for_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page costs one statement less from then on."""
    sent: list[str] = []

    def rows(_connection: BaseDatabaseWrapper, sql: str, _params: Iterable[Any] | None = None) -> list[Any]:
        sent.append(sql)
        if "catalog_privileges" in sql:
            raise ProgrammingError("no such relation") from NoSuchTable()
        return list(SERVER)

    monkeypatch.setattr(server_facts, "_rows", rows)
    for _ in range(2):
        assert facts_of(Databricks()).missing is None  # type: ignore[arg-type]
    assert ["catalog_privileges" in sql for sql in sent] == [True, False, False]

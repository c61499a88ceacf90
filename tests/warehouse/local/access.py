"""Who may do what: tokens with a role, and GRANT and REVOKE on top of it, refused in Unity Catalog's words.

A privilege on a catalog or a schema holds for everything in it. The role of a token holds everywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from tests.warehouse.local import dialect
from tests.warehouse.local.errors import denied
from tests.warehouse.local.lexer import Sql, unquoted

READ = frozenset({"USE CATALOG", "USE SCHEMA", "SELECT"})
ROLES: dict[str, frozenset[str]] = {
    "owner": frozenset({"ALL PRIVILEGES"}),
    "writer": READ | {"MODIFY"},
    "reader": READ,
    "nobody": frozenset(),
}
KINDS = ("Catalog", "Schema", "Table")
MANAGED = frozenset({"ALTER", "TRUNCATE", "COMMENT", "OPTIMIZE", "VACUUM"})


@dataclass(frozen=True, slots=True)
class Token:
    """A token that the gateway takes: its secret, which is the name of its user here as well, and its role."""

    name: str
    role: str


class Access:
    """The privileges of all users of one warehouse."""

    def __init__(self, tokens: list[Token]) -> None:
        self._roles: dict[str, frozenset[str]] = {token.name: ROLES[token.role] for token in tokens}
        self._granted: dict[str, dict[tuple[str, ...], set[str]]] = {}
        self._lock = threading.Lock()

    def knows(self, user: str) -> bool:
        """Tell whether the gateway takes this token."""
        return user in self._roles

    def grant(self, user: str, privileges: list[str], name: tuple[str, ...], *, take_away: bool = False) -> None:
        """Grant or take away privileges on a catalog, schema or table."""
        with self._lock:
            held = self._granted.setdefault(user, {}).setdefault(name, set())
            if take_away:
                held.difference_update(privileges)
            else:
                held.update(privileges)

    def grants(self, name: tuple[str, ...]) -> Iterator[tuple[str, str, str, str]]:
        """Give principal, privilege, kind and name of everything granted on a securable and on what it stands in."""
        for user, privileges in self._roles.items():
            for privilege in sorted(privileges):
                yield user, privilege, "CATALOG", name[0]
        for user, securables in self._granted.items():
            for granted, held in securables.items():
                if granted == name[: len(granted)]:
                    for privilege in sorted(held):
                        yield user, privilege, KINDS[len(granted) - 1].upper(), ".".join(granted)

    def require(self, user: str, privilege: str, name: tuple[str, ...]) -> None:
        """Raise SqlError unless `user` holds the privilege on the securable, and may use what it stands in."""
        for length, needed in enumerate(("USE CATALOG", "USE SCHEMA"), 1):
            if len(name) > length and not self._holds(user, needed, name[:length]):
                raise denied(needed, KINDS[length - 1], ".".join(name[:length]))
        if not self._holds(user, privilege, name):
            raise denied(privilege, KINDS[len(name) - 1], ".".join(name))

    def _holds(self, user: str, privilege: str, name: tuple[str, ...]) -> bool:
        held = set(self._roles.get(user, frozenset()))
        for granted, privileges in self._granted.get(user, {}).items():
            if granted == name[: len(granted)]:
                held |= privileges
        return privilege in held or "ALL PRIVILEGES" in held


def needed(sql: Sql) -> Iterator[tuple[str, str, list[str]]]:
    """Give what a statement needs: a privilege, the kind of its securable, and the name as the statement says it.

    Privileges on what is created are asked of where it is created: the name is then shortened by its last part.
    """
    verb = dialect.kind(sql)
    if verb in dialect.DML:
        name, end = dialect.target(sql, verb)
        yield "MODIFY", "Table", name
        yield from _read(sql, end)
    elif verb == "CREATE" and sql.word(1) in {"SCHEMA", "DATABASE"}:
        yield "CREATE SCHEMA", "Catalog", dialect.created_name(sql)
    elif dialect.creates_table(sql) or (verb == "CREATE" and sql.has("VIEW")):
        yield "CREATE TABLE", "Schema", dialect.created_name(sql)
        yield from _read(sql, 0)
    elif verb == "DROP" and sql.word(1) in {"TABLE", "VIEW"}:
        yield "MANAGE", "Table", dialect.created_name(sql)
    elif verb == "DROP" and sql.word(1) in {"SCHEMA", "DATABASE"}:
        yield "MANAGE", "Schema", dialect.created_name(sql)
    elif verb in MANAGED and "TABLE" in sql.words(1, 2):
        yield "MODIFY" if verb == "TRUNCATE" else "MANAGE", "Table", sql.name(next(sql.places("TABLE")) + 1)[0]
    elif verb not in {"ALTER", "COMMENT", "DROP"}:
        yield from _read(sql, 0)


def _read(sql: Sql, first: int) -> Iterator[tuple[str, str, list[str]]]:
    own = {unquoted(sql.token(place - 1).text) for place in sql.places("AS", "(")}  # WITH name AS (...)
    for place in range(first, len(sql)):
        if sql.word(place) in {"FROM", "JOIN", "USING"}:
            name = sql.name(place + 1)[0]
            if name and name[-1] not in own and "information_schema" not in name and sql.word(place + 1) != "LATERAL":
                yield "SELECT", "Table", name

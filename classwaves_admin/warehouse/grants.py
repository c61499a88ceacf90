"""What the portal needs in the catalog, and what of it is missing. Pure.

The portal reads and writes all 27 tables. Making tables is for migrations alone, which an owner may run.
A missing grant is told as the statement to run, for each schema together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["TABLE_NEEDS", "Held", "Missing", "missing_on_databricks", "missing_on_postgresql"]

TABLE_NEEDS = ("SELECT", "MODIFY")
# Whoever has one of these has the rest.
_EVERYTHING = frozenset({"ALL PRIVILEGES", "OWNER"})


@dataclass(frozen=True, slots=True)
class Held:
    """A privilege that the portal's user has. `name` is a catalog, `schema`, or `schema.table`."""

    level: str
    name: str
    privilege: str


@dataclass(frozen=True, slots=True)
class Missing:
    """One GRANT that an owner has to run. `needed` is False where only migrations want it."""

    statement: str
    needed: bool = True


def missing_on_databricks(held: Iterable[Held], *, catalog: str, tables: Sequence[str], user: str) -> list[Missing]:
    """Return the grants that are missing in Unity Catalog, where a privilege is inherited by what is below."""
    found = {(each.level, each.name, each.privilege.replace("_", " ").upper()) for each in held}

    def has(privilege: str, *places: tuple[str, str]) -> bool:
        return any((*place, word) in found for place in places for word in (privilege, *_EVERYTHING))

    here = ("catalog", catalog)
    to = f"TO `{user}`;"
    wanted = []
    if not has("USE CATALOG", here):
        wanted.append(Missing(f"GRANT USE CATALOG ON CATALOG `{catalog}` {to}"))
    for schema, names in _by_schema(tables):
        place = ("schema", schema)
        lacking = [] if has("USE SCHEMA", here, place) else ["USE SCHEMA"]
        lacking += [need for need in TABLE_NEEDS if not all(has(need, here, place, ("table", name)) for name in names)]
        if lacking:
            wanted.append(Missing(f"GRANT {', '.join(lacking)} ON SCHEMA `{catalog}`.`{schema}` {to}"))
        if not has("CREATE TABLE", here, place):
            wanted.append(Missing(f"GRANT CREATE TABLE ON SCHEMA `{catalog}`.`{schema}` {to}", needed=False))
    return wanted


def missing_on_postgresql(lacking: Iterable[tuple[str, str, str]], *, user: str) -> list[Missing]:
    """Return the grants for (level, name, privilege) that the server said are not held."""
    wanted: dict[tuple[str, str, bool], list[str]] = {}
    for level, name, privilege in lacking:
        place = ("TABLE" if level == "table" else "SCHEMA", name, privilege != "CREATE")
        wanted.setdefault(place, []).append(privilege)
    found = []
    for (kind, name, needed), privileges in wanted.items():
        quoted = ".".join(f'"{part}"' for part in name.split("."))
        found.append(Missing(f'GRANT {", ".join(privileges)} ON {kind} {quoted} TO "{user}";', needed=needed))
    return found


def _by_schema(tables: Sequence[str]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for table in tables:
        found.setdefault(table.partition(".")[0], []).append(table)
    return list(found.items())

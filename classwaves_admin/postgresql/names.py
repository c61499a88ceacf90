"""Table names of the form `schema.table`. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def split(name: str) -> tuple[str, str]:
    """Return schema and table of a name; the schema is empty where the name has none.

    Only the first dot counts: `public.users.schools` is the table `users.schools` in `public`.
    """
    schema, dot, table = name.partition(".")
    return (schema, table) if schema and dot and table else ("", name)


def quoted(name: str) -> str:
    """Return a name for SQL: `"schema"."table"`, or `"name"` where it has no schema. A quoted one stays as it is."""
    if name.startswith('"') and name.endswith('"'):
        return name
    schema, table = split(name)
    return f'"{schema}"."{table}"' if schema else f'"{table}"'


def unqualified(name: str) -> str:
    """Return a quoted name without its schema."""
    return '"' + name.rpartition('"."')[2] if '"."' in name else name


def inside(schema: str, name: str) -> str:
    """Return the name of something that lives in `schema`, or the name alone where there is no schema."""
    return f"{schema}.{name}" if schema else name


def schemas_of(tables: Iterable[str]) -> set[str]:
    """Return the schemas that the table names mention."""
    return {schema for schema, _ in map(split, tables) if schema}

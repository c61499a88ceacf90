"""The tables of a catalog, read from Iceberg's metadata files on disk: no Spark job and no call into Java.

A Hadoop catalog keeps each table in CATALOG/SCHEMA/TABLE, its state in metadata/vN.metadata.json, and N in
version-hint.text. What was read is kept by file: such a file is never changed, a new state is a new file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.warehouse.local.dialect import CLUSTERS, CREATED, KEYS

NAMES = {"long": "bigint", "timestamptz": "timestamp", "timestamp": "timestamp_ntz"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as information_schema tells it; `type` is in the language of Databricks, such as map<string,string>."""

    name: str
    type: str
    required: bool
    comment: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table in the state of one metadata file; snapshots are Iceberg's, oldest first."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    properties: dict[str, str]
    snapshots: tuple[dict[str, Any], ...]
    current: int | None
    uuid: str
    updated: int  # milliseconds since 1970

    @property
    def keys(self) -> list[dict[str, Any]]:
        """Return its informational keys."""
        return list(json.loads(self.properties.get(KEYS, "[]")))

    @property
    def clusters(self) -> list[str]:
        """Return the columns that it is clustered by."""
        return list(json.loads(self.properties.get(CLUSTERS, "[]")))

    @property
    def created(self) -> int:
        """Return when it was made, in milliseconds since 1970."""
        first = self.snapshots[0]["timestamp-ms"] - 1 if self.snapshots else self.updated
        return min(int(self.properties.get(CREATED, first)), first)

    def snapshot(self, number: int | None) -> dict[str, Any] | None:
        """Return one snapshot."""
        return next((found for found in self.snapshots if found["snapshot-id"] == number), None)


def catalogs(folder: Path) -> list[str]:
    """Return the names of the catalogs."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def schemas(catalog: Path) -> list[str]:
    """Return the names of the schemas of a catalog."""
    return sorted(path.name for path in catalog.iterdir() if path.is_dir()) if catalog.is_dir() else []


def tables(catalog: Path) -> list[Table]:
    """Return all tables of a catalog, by schema and name."""
    found = [
        table(catalog, name, path.name) for name in schemas(catalog) for path in sorted((catalog / name).iterdir())
    ]
    return [each for each in found if each]


def table(catalog: Path, schema: str, name: str) -> Table | None:
    """Return one table, or None where there is none. Names are compared without regard to case."""
    folder = _folder(_folder(catalog, schema), name) / "metadata"
    number = _version(folder)
    file = folder / f"v{number}.metadata.json"
    return _read(file, file.stat().st_mtime_ns) if number else None


def _folder(parent: Path, name: str) -> Path:
    """Return the folder of that name in whatever case it was made."""
    exact = parent / name
    if exact.is_dir() or not parent.is_dir():
        return exact
    return next((path for path in parent.iterdir() if path.name.lower() == name.lower()), exact)


def _version(folder: Path) -> int:
    """Return the number of the newest state; the hint may be behind, for it is written after the state itself."""
    try:
        number = int((folder / "version-hint.text").read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        number = 0
    while (folder / f"v{number + 1}.metadata.json").exists():
        number += 1
    return number if (folder / f"v{number}.metadata.json").exists() else 0


@lru_cache(maxsize=2_000)
def _read(file: Path, _written: int) -> Table:
    """Read one state; a table dropped and made again has another time of writing."""
    state = json.loads(file.read_text())
    schema = next(each for each in state["schemas"] if each["schema-id"] == state["current-schema-id"])
    current = state.get("current-snapshot-id", -1)
    return Table(
        schema=file.parents[2].name,
        name=file.parents[1].name,
        columns=tuple(
            Column(each["name"], type_name(each["type"]), each["required"], each.get("doc"))
            for each in schema["fields"]
        ),
        properties=state.get("properties", {}),
        snapshots=tuple(sorted(state.get("snapshots", []), key=lambda each: int(each.get("sequence-number", 0)))),
        current=None if current == -1 else current,
        uuid=state["table-uuid"],
        updated=state["last-updated-ms"],
    )


def type_name(kind: Any) -> str:
    """Return the name that Databricks gives to a type of Iceberg."""
    if isinstance(kind, str):
        return NAMES.get(kind, kind.replace(" ", ""))
    if kind["type"] == "list":
        return f"array<{type_name(kind['element'])}>"
    if kind["type"] == "map":
        return f"map<{type_name(kind['key'])},{type_name(kind['value'])}>"
    return "struct<" + ",".join(f"{each['name']}:{type_name(each['type'])}" for each in kind["fields"]) + ">"

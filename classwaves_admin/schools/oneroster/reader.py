"""The door of the package: files in, a filled stage or faults out, never an exception for what is in the files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from classwaves_admin.schools.faults import Fault, FaultList, PackageRefused
from classwaves_admin.schools.oneroster.archive import Archive, Limits, open_archive
from classwaves_admin.schools.oneroster.assemble import assemble
from classwaves_admin.schools.oneroster.manifest import Manifest, read_manifest
from classwaves_admin.schools.oneroster.people import (
    BirthRow,
    OrgRow,
    RoleRow,
    UserRow,
    birth_row,
    org_row,
    role_row,
    user_row,
)
from classwaves_admin.schools.oneroster.raw import INDEXES, raw_tables
from classwaves_admin.schools.oneroster.records import Record, records
from classwaves_admin.schools.oneroster.references import check_references
from classwaves_admin.schools.oneroster.schema import SCHEMAS, Mode, Version
from classwaves_admin.schools.oneroster.unused import check_unused
from classwaves_admin.schools.staging import Stage

Parsed = TypeVar("Parsed", OrgRow, UserRow, RoleRow, BirthRow)
Row = tuple[Any, ...]
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading. `faults` hold what is wrong, of single rows and of the package.

    `refused`: the package itself is in doubt, so nothing is concluded from it and the stage is of no use.
    """

    faults: list[Fault] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Tell whether there is a fault that leaving rows out does not mend."""
        return not all(fault.is_of_a_row for fault in self.faults)


def read_package(
    package: BinaryIO | Path, stage: Stage, *, path: Path | None = None, limits: Limits | None = None
) -> Reading:
    """Read a OneRoster package, a ZIP as seekable binary stream or a folder, into an empty stage.

    `path` is where the stage is; what sorting needs is beside it meanwhile.
    """
    faults = FaultList()
    try:
        with open_archive(package, limits or Limits()) as archive, raw_tables(stage, path) as db:
            _Package(archive, db, stage, faults).read()
    except PackageRefused as refusal:
        return Reading([*faults.found, refusal.fault])
    return Reading(sorted(faults.found))


class _Package:
    """Reads the files of one package into the raw tables, and from there into the stage."""

    def __init__(self, archive: Archive, db: sqlite3.Connection, stage: Stage, faults: FaultList) -> None:
        self._archive = archive
        self._db = db
        self._stage = stage
        self._faults = faults
        self._manifest = read_manifest(archive, faults)
        self._schemas = {schema.name: schema for schema in SCHEMAS[self._manifest.version]}
        # Files with rows of which nobody can say whose they are.
        self._nameless: set[str] = set()
        self._lists: dict[str, list[Row]] = {"more_orgs": [], "agents": []}

    def read(self) -> None:
        """Read, check, sort. Raises PackageRefused."""
        self._fill("orgs", org_row, lambda row: row)
        self._fill("users", user_row, self._user)
        self._fill("roles", role_row, lambda row: row)
        self._fill("demographics", birth_row, lambda row: row)
        self._stage.run(INDEXES)
        check_references(self._db, self._manifest.modes, self._faults, nameless=self._nameless)
        check_unused(self._archive, self._db, self._manifest, self._faults, nameless=self._nameless)
        if all(fault.is_of_a_row for fault in self._faults.found):
            assemble(self._db, self._stage, self._manifest.version)
        self._stage.note("absence_tells", int(_absence_tells(self._manifest) and not self._nameless))

    def _fill(
        self, name: str, parse: Callable[[Record, Mode, Version], Parsed], row_of: Callable[[Parsed], Row]
    ) -> None:
        """Take the rows of a file, none where the package or the version has no such file."""
        if name not in self._schemas or self._manifest.mode(name) is Mode.ABSENT or name not in self._archive.names:
            return
        with self._archive.open(name) as stream:
            found = self._parsed(stream, name, parse)
            while batch := list(islice(found, _BATCH)):
                self._stage.add(f"raw.{name}", [row_of(row) for row in batch])
                for table in ("more_orgs", "agents"):
                    self._stage.add(f"raw.{table}", self._lists[table])
                    self._lists[table].clear()

    def _parsed(
        self, stream: BinaryIO, name: str, parse: Callable[[Record, Mode, Version], Parsed]
    ) -> Iterator[Parsed]:
        """Yield the sound rows of a file; note whose rows the others are."""
        mode, version = self._manifest.mode(name), self._manifest.version

        def unsure(sourced_id: str) -> None:
            self._leave_out(name, sourced_id)

        for record in records(stream, self._schemas[name], version, self._faults, unsure):
            before = len(self._faults)
            row = parse(record, mode, version)
            if len(self._faults) == before:
                yield row
            elif isinstance(row, RoleRow):
                self._leave_out(name, row.sourced_id, person=row.user)
            else:
                self._leave_out(name, row.sourced_id)

    def _leave_out(self, name: str, sourced_id: str, person: str = "") -> None:
        """Note a row that is left out: what it names is here, and what it says is not used."""
        insert = "INSERT OR IGNORE INTO raw.left_out VALUES (?, ?)"
        if sourced_id:
            self._db.execute(insert, (name, sourced_id))
        if name == "roles":
            # Without this role its holder may look like somebody else: they are left out with it.
            if person:
                self._db.execute(insert, ("people", person))
        else:
            person = sourced_id if name == "users" else ""
        if person:
            self._db.execute("INSERT OR IGNORE INTO unsure VALUES (?, '')", (person,))
        elif name in {"users", "roles"} or not sourced_id:
            self._nameless.add(name)

    def _user(self, row: UserRow) -> Row:
        """Return a user's own row, and keep what is a list in tables of its own."""
        if len(row.orgs) > 1:
            more = [(row.line, row.sourced_id, org, rank) for rank, org in enumerate(row.orgs) if rank]
            self._lists["more_orgs"] += more
        self._lists["agents"] += [(row.line, row.sourced_id, agent) for agent in row.agents]
        return (*row[:-2], row.orgs[0] if row.orgs else "")


def _absence_tells(manifest: Manifest) -> bool:
    """Tell whether who is missing has left: only where the files about people hold everything."""
    needed: Sequence[str] = ("users",) if manifest.version is Version.V1_1 else ("users", "roles")
    return all(manifest.mode(name) is Mode.BULK for name in needed)

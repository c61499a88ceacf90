"""The door of the package: bytes in, roster or faults out, never an exception for what is in the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, TypeVar

from classwaves_admin.schools.oneroster.archive import Archive, Limits, open_archive
from classwaves_admin.schools.oneroster.assemble import assemble
from classwaves_admin.schools.oneroster.faults import Fault, FaultList, PackageRefused
from classwaves_admin.schools.oneroster.manifest import Manifest, read_manifest
from classwaves_admin.schools.oneroster.people import birth_row, org_row, role_row, user_row
from classwaves_admin.schools.oneroster.records import Record, records
from classwaves_admin.schools.oneroster.references import References, check_references
from classwaves_admin.schools.oneroster.roster import Roster
from classwaves_admin.schools.oneroster.schema import SCHEMAS, Mode, Version

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: a roster, or the faults for which the whole package is refused.

    There is no roster beside faults. A row that cannot be read is a row whose student may well be
    here, so nothing is concluded from the rest of such a package.
    """

    roster: Roster | None = None
    faults: list[Fault] = field(default_factory=list)


def read_package(package: BinaryIO, *, limits: Limits | None = None) -> Reading:
    """Read a OneRoster ZIP from a seekable binary stream."""
    faults = FaultList()
    try:
        with open_archive(package, limits or Limits()) as archive:
            roster = _read(archive, faults)
    except PackageRefused as refusal:
        return Reading(faults=[*faults.found, refusal.fault])
    if faults.found:
        return Reading(faults=sorted(faults.found))
    return Reading(roster=roster)


def _read(archive: Archive, faults: FaultList) -> Roster:
    manifest = read_manifest(archive, faults)
    tables = _Tables(archive, manifest, faults)
    orgs = tables.read("orgs", org_row)
    users = tables.read("users", user_row)
    roles = tables.read("roles", role_row)
    births = tables.read("demographics", birth_row)
    check_references(References(manifest.modes, faults), orgs, users, roles, births)
    return assemble(manifest.modes, orgs, users, roles, births)


class _Tables:
    """Reads the files of one package by name."""

    def __init__(self, archive: Archive, manifest: Manifest, faults: FaultList) -> None:
        self._archive = archive
        self._manifest = manifest
        self._faults = faults
        self._schemas = {schema.name: schema for schema in SCHEMAS[manifest.version]}

    def read(self, name: str, parse: Callable[[Record, Mode, Version], Parsed]) -> list[Parsed]:
        """Return the rows of a file, none where the package or the version has no such file."""
        schema, mode = self._schemas.get(name), self._manifest.mode(name)
        if schema is None or mode is Mode.ABSENT or name not in self._archive.names:
            return []
        with self._archive.open(name) as stream:
            found = records(stream, schema, self._manifest.version, self._faults)
            return [parse(record, mode, self._manifest.version) for record in found]

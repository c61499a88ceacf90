"""The manifest: which version the package is in and what each file holds."""

from __future__ import annotations

from dataclasses import dataclass

from classwaves_admin.schools.faults import Fault, FaultList, PackageRefused
from classwaves_admin.schools.oneroster.archive import Archive, refused
from classwaves_admin.schools.oneroster.schema import KNOWN_FILES, MANIFEST, Mode, Version
from classwaves_admin.schools.oneroster.table import rows

FILE = "manifest.csv"
_HEADER = ["propertyName", "value"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the package says about itself. Files that it does not name are absent."""

    version: Version
    modes: dict[str, Mode]

    def mode(self, name: str) -> Mode:
        """Return what the file `name` (without `.csv`) holds."""
        return self.modes.get(name, Mode.ABSENT)


def read_manifest(archive: Archive, faults: FaultList) -> Manifest:
    """Return the manifest, with faults where it and the files differ.

    Raises PackageRefused where there is none, or its header or version cannot be read.
    """
    if MANIFEST not in archive.names:
        raise refused("missing_manifest", "The package has no manifest.csv at the top of the ZIP.")
    properties = _properties(archive, faults)
    manifest = Manifest(_version(properties), _modes(properties, faults))
    for name in sorted(KNOWN_FILES - {MANIFEST}):
        file, listed, present = f"{name}.csv", manifest.mode(name) is not Mode.ABSENT, name in archive.names
        if listed and not present:
            faults.add("manifest.file_missing", file, 0, "The manifest lists this file but the package lacks it.")
        if present and not listed:
            faults.add("manifest.file_unexpected", file, 0, "The file is in the package but the manifest says absent.")
    return manifest


def _properties(archive: Archive, faults: FaultList) -> dict[str, tuple[int, str]]:
    with archive.open(MANIFEST) as stream:
        table = rows(stream, FILE, faults)
        header = next(table, None)
        if header is None or header.cells != _HEADER:
            line = header.line if header else 0
            raise PackageRefused(
                Fault(FILE, line, "manifest.invalid_header", "The first row must read propertyName,value.")
            )
        found: dict[str, tuple[int, str]] = {}
        for row in table:
            if len(row.cells) != len(_HEADER):
                faults.add("row.wrong_column_count", FILE, row.line, "The row must have two columns.")
            elif row.cells[0] in found:
                faults.add("manifest.duplicate_property", FILE, row.line, "The property stands here a second time.")
            else:
                found[row.cells[0]] = (row.line, row.cells[1])
    return found


def _version(properties: dict[str, tuple[int, str]]) -> Version:
    line, version = properties.get("oneroster.version", (0, ""))
    if version not in set(Version):
        message = "oneroster.version must be 1.1 or 1.2."
        raise PackageRefused(Fault(FILE, line, "manifest.unsupported_version", message))
    return Version(version)


def _modes(properties: dict[str, tuple[int, str]], faults: FaultList) -> dict[str, Mode]:
    modes = {}
    for key, (line, value) in properties.items():
        name = key.removeprefix("file.")
        if name == key:
            continue
        if name not in KNOWN_FILES:
            faults.add("manifest.unknown_file", FILE, line, "The property names a file that OneRoster does not have.")
        elif value not in set(Mode):
            faults.add("manifest.invalid_mode", FILE, line, "The value must be bulk, delta or absent.")
        else:
            modes[name] = Mode(value)
    return modes

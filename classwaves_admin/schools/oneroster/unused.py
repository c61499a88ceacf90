"""Files of OneRoster 1.2 of which the portal uses nothing: checked, so that a wrong export is told, and let go.

Enrollments, grades and comments of children are read row by row and kept nowhere. What references need, identifiers
alone, is in the raw tables until the package is read. A fault here never makes the roster unsound: a person may go on.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from classwaves_admin.schools.faults import FaultList, PackageRefused
from classwaves_admin.schools.oneroster.archive import Archive
from classwaves_admin.schools.oneroster.manifest import Manifest
from classwaves_admin.schools.oneroster.records import Record, records
from classwaves_admin.schools.oneroster.schema import UNUSED, Column, FileSchema, Mode, Version

# Rows of one file that are looked at: enough to tell a wrong export, and all of these files are done before the
# worker's hold on its job ends.
MOST_CHECKED = 20_000
_BATCH = 1_000
_MAPPING = re.compile(r"\{[^{}:]+:[^{}]+\}")
_CASE_ID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_USED = ("orgs", "users")


def check_unused(
    archive: Archive, db: sqlite3.Connection, manifest: Manifest, faults: FaultList, *, nameless: set[str]
) -> None:
    """Note what is wrong with the files that are not used; `nameless` as for `check_references`. Only 1.2 is strict."""
    if manifest.version is Version.V1_2:
        _Check(archive, db, manifest, faults, set(nameless)).run()


@dataclass(slots=True)
class _Check:
    archive: Archive
    db: sqlite3.Connection
    manifest: Manifest
    faults: FaultList
    # Files whose identifiers are not all known: what seems to point nowhere may point there.
    incomplete: set[str]

    def run(self) -> None:
        """Check every file, then the references between them."""
        files = [one for one in UNUSED if self._is_there(one.schema.name)]
        for one in files:
            try:
                self._file(one.schema, one.columns)
            except PackageRefused as refusal:
                if refusal.fault.code.startswith("package."):
                    raise
                # The text itself is wrong: of this file nothing else can be told.
                wrong = refusal.fault
                self.faults.add(wrong.code, wrong.file, wrong.line, wrong.message)
                self.incomplete.add(one.schema.name)
        for one in files:
            self._duplicates(one.schema.name)
            for column in one.columns:
                if column.target:
                    self._pointer(one.schema.name, column)

    def _is_there(self, name: str) -> bool:
        return self.manifest.mode(name) is not Mode.ABSENT and name in self.archive.names

    def _file(self, schema: FileSchema, columns: tuple[Column, ...]) -> None:
        name, before = schema.name, len(self.faults)
        with self.archive.open(name) as stream:

            def unsure(sourced_id: str) -> None:
                self.incomplete.add(name)

            found = records(stream, schema, Version.V1_2, self.faults, unsure)
            part = islice(found, MOST_CHECKED)
            while batch := list(islice(part, _BATCH)):
                for record in batch:
                    self._record(record, name, columns)
            if next(found, None) is not None or any(
                one.code.startswith("schema.") for one in self.faults.found[before:]
            ):
                self.incomplete.add(name)

    def _record(self, record: Record, name: str, columns: tuple[Column, ...]) -> None:
        before = len(self.faults)
        key = record.reference("sourcedId", needed=True)
        record.leaving(self.manifest.mode(name), Version.V1_2)
        pointers: list[tuple[str, str, int, str]] = []
        for column in columns:
            if column.target:
                read = record.references if column.is_list else _one(record)
                pointers += [(name, column.name, record.line, one) for one in read(column.name, needed=column.needed)]
            elif column.needed:
                record.needed(column.name)
            if record.cells[column.name]:
                _KINDS[column.kind](record, column)
        _SEMANTICS.get(name, _nothing)(record)
        self.db.execute("INSERT INTO raw.unused VALUES (?, ?, ?)", (name, record.line, key))
        if len(self.faults) == before:
            self.db.executemany("INSERT INTO raw.unused_pointers VALUES (?, ?, ?, ?)", pointers)

    def _duplicates(self, name: str) -> None:
        sql = (
            "SELECT line FROM (SELECT line, id, row_number() OVER (PARTITION BY id ORDER BY line) AS place"
            " FROM raw.unused WHERE file = ?) WHERE id <> '' AND place > 1 ORDER BY line"
        )
        for (line,) in self.db.execute(sql, (name,)):
            message = "The sourcedId stands in an earlier row too."
            self.faults.add("reference.duplicate_sourced_id", f"{name}.csv", line, message)

    def _pointer(self, name: str, column: Column) -> None:
        mode, target = self.manifest.mode(column.target), column.target
        if Mode.DELTA in {mode, self.manifest.mode(name)} or target in self.incomplete:
            return
        ids = "SELECT id FROM raw.unused WHERE file = :target"
        if target in _USED:
            ids = f"SELECT id FROM raw.{target}"  # noqa: S608 - our own names
        left_out = "SELECT id FROM raw.left_out WHERE file = :target"
        lines = "SELECT DISTINCT line FROM raw.unused_pointers WHERE file = :file AND column = :column"
        sql = f"{lines} AND id NOT IN ({ids}) AND id NOT IN ({left_out}) ORDER BY line"
        code, message = "missing_target_record", f"{column.name} points to a record that {target}.csv lacks."
        if mode is Mode.ABSENT:
            code, message = "missing_target_file", f"{column.name} points to {target}.csv, which is missing."
        values = {"file": name, "column": column.name, "target": target}
        for (line,) in self.db.execute(sql, values):
            self.faults.add(f"reference.{code}", f"{name}.csv", line, message)


def _one(record: Record) -> Callable[..., tuple[str, ...]]:
    def read(column: str, *, needed: bool) -> tuple[str, ...]:
        value = record.reference(column, needed=needed)
        return (value,) if value else ()

    return read


def _nothing(record: Record, column: Column | None = None) -> None:
    """Leave what may hold anything."""


def _date(record: Record, column: Column) -> None:
    record.year(column.name)


def _year(record: Record, column: Column) -> None:
    if not re.fullmatch(r"\d{4}", record.cells[column.name], re.ASCII):
        record.fault("invalid_year", column.name, "must be a year such as 2025")


def _integer(record: Record, column: Column) -> None:
    if not re.fullmatch(r"[+-]?\d+", record.cells[column.name], re.ASCII):
        record.fault("invalid_integer", column.name, "must be a whole number")


def _float(record: Record, column: Column) -> None:
    if _number(record.cells[column.name]) is None:
        record.fault("invalid_float", column.name, "must be a number")


def _flag(record: Record, column: Column) -> None:
    record.flag(column.name)


def _word(record: Record, column: Column) -> None:
    # 1.2 lets vendors add words of their own behind this sign.
    if not record.cells[column.name].startswith("ext:"):
        record.word(column.name, column.words)


def _mappings(record: Record, column: Column) -> None:
    parts = [part.strip() for part in record.cells[column.name].split(",")]
    if not all(parts):
        record.fault("invalid_list", column.name, "has an empty place between commas")
    elif not all(_MAPPING.fullmatch(part) for part in parts):
        _semantic(record, "invalid_score_scale_mapping", f"{column.name} must list pairs such as {{A:94}}.")


def _score_range(record: Record) -> None:
    least, most = (_number(record.cells[name]) for name in ("resultValueMin", "resultValueMax"))
    if least is not None and most is not None and least > most:
        _semantic(record, "invalid_score_range", "resultValueMin is above resultValueMax.")


def _objective(record: Record) -> None:
    if record.cells["source"] == "case" and not _CASE_ID.fullmatch(record.cells["learningObjectiveId"]):
        message = "learningObjectiveId must be urn:uuid: and a UUID where the source is case."
        _semantic(record, "invalid_case_learning_objective_id", message)


def _semantic(record: Record, code: str, message: str) -> None:
    record.faults.add(f"semantic.{code}", record.file, record.line, message)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


_KINDS: dict[str, Callable[[Record, Column], None]] = {
    "": _nothing,
    "date": _date,
    "year": _year,
    "integer": _integer,
    "float": _float,
    "flag": _flag,
    "word": _word,
    "mappings": _mappings,
}
_SEMANTICS: dict[str, Callable[[Record], None]] = {
    "lineItems": _score_range,
    "lineItemLearningObjectiveIds": _objective,
    "resultLearningObjectiveIds": _objective,
}

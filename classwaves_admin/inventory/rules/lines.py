"""The inventory as pages and files show it: tables and columns, narrowed by class, schema and words."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache

from classwaves_admin.warehouse.catalog.describe import catalog_models
from classwaves_admin.warehouse.inventory import Privacy, Table, table

__all__ = ["CLASS_WORDS", "Column", "Entry", "Wanted", "all_entries", "entries", "entry_named", "meaning"]

CLASS_WORDS: dict[Privacy, str] = {
    Privacy.VOICE: "A child’s voice and words",
    Privacy.STUDENT_PII: "Student’s identity",
    Privacy.GUARDIAN_PII: "Guardian’s identity",
    Privacy.STAFF_PII: "Staff identity",
    Privacy.DERIVED: "Worked out by software",
    Privacy.EDUCATION_RECORD: "Education record",
    Privacy.OPERATIONAL: "Operations",
    Privacy.PUBLIC: "Public",
}
_MEANING = re.compile(r"^- `(\w+)`: (.+?)(?=^- |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty means everything. `words` must all be found, whatever their case."""

    privacy: Privacy | None = None
    schema: str = ""
    words: str = ""

    @property
    def of_columns(self) -> bool:
        """Tell whether single columns are looked for, so that a list shows those that fit."""
        return self.privacy is not None or bool(self.words)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its class, its type in the catalog's words, and what it holds."""

    name: str
    privacy: Privacy
    type: str
    holds: str

    @property
    def class_words(self) -> str:
        """Return the words for its class."""
        return CLASS_WORDS[self.privacy]


@dataclass(frozen=True, slots=True)
class Entry:
    """One table with the columns that fit; `whole` is how many it has."""

    table: Table
    columns: tuple[Column, ...]
    whole: int

    @property
    def name(self) -> str:
        """Return `schema.table`."""
        return self.table.name

    @property
    def schema(self) -> str:
        """Return the schema."""
        return self.name.partition(".")[0]

    @property
    def short(self) -> str:
        """Return the name without its schema."""
        return self.name.partition(".")[2]

    @property
    def purpose(self) -> str:
        """Return what the table is for, in the catalog's own words."""
        return self.table.model._meta.db_table_comment or ""

    @property
    def classes(self) -> list[Privacy]:
        """Return the classes of its columns, those that ask for most care first."""
        held = set(self.table.privacy.values())
        return [one for one in Privacy if one in held]

    @property
    def class_words(self) -> list[str]:
        """Return the words for its classes."""
        return [CLASS_WORDS[one] for one in self.classes]


@cache
def all_entries() -> tuple[Entry, ...]:
    """Return every table with every column, in the order of the catalog."""
    return tuple(_entry(table(model)) for model in catalog_models())


def entry_named(name: str) -> Entry | None:
    """Return a table by its name, `schema.table`, or None."""
    return next((entry for entry in all_entries() if entry.name == name), None)


def entries(wanted: Wanted) -> list[Entry]:
    """Return the tables that fit, with the columns that fit.

    Words that fit the table itself, its name or what it is for, bring all of its columns.
    """
    found = []
    for entry in all_entries():
        if wanted.schema and entry.schema != wanted.schema:
            continue
        about = f"{entry.name} {entry.purpose}"
        columns = tuple(one for one in entry.columns if _fits(one, about, wanted))
        if columns:
            found.append(Entry(entry.table, columns, entry.whole))
    return found


@cache
def meaning(privacy: Privacy) -> str:
    """Return what a class means, as the registry says it."""
    told = dict(_MEANING.findall(inspect.cleandoc(Privacy.__doc__ or "")))
    text = " ".join(told[privacy.value].split())
    return text[:1].upper() + text[1:]


def _entry(declared: Table) -> Entry:
    privacy = declared.privacy
    columns = tuple(
        Column(str(field.column), privacy[str(field.column)], field.catalog_type, field.catalog_description)
        for field in declared.model.columns()
    )
    return Entry(declared, columns, len(columns))


def _fits(column: Column, about: str, wanted: Wanted) -> bool:
    if wanted.privacy is not None and column.privacy is not wanted.privacy:
        return False
    text = f"{about} {column.name} {column.holds} {column.class_words}".casefold()
    return all(word in text for word in wanted.words.casefold().split())

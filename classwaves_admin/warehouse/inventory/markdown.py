"""Prints the data inventory as a page for people: `docs/data-inventory.md`."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterator

from classwaves_admin.warehouse.catalog.describe import catalog_models
from classwaves_admin.warehouse.inventory import Link, Privacy, Subject, Table, table, tables

_MEANING = re.compile(r"^- `(\w+)`: (.+?)(?=^- |\Z)", re.MULTILINE | re.DOTALL)
_SUBJECTS = {
    Subject.STUDENT: "a student",
    Subject.PARTICIPANT: "the part a student took in a session",
    Subject.GROUP: "a group that a student was in",
    Subject.SESSION: "a session that a student took part in",
    Subject.GUARDIAN_ADDRESS: "the address of a student's guardian",
}


def page() -> str:
    """Return the whole page, ending with one newline."""
    return "\n".join((*_head(), *_classes(), *_overview(), *_columns())) + "\n"


def _head() -> Iterator[str]:
    yield "# Data inventory"
    yield ""
    yield "What every column of the ClassWaves catalog holds, how long every table stays, and how a row leads to a"
    yield "student. Written by `manage.py catalog inventory` from `classwaves_admin/warehouse/inventory/`; a test fails"
    yield "while this page differs from it."


def _classes() -> Iterator[str]:
    held = Counter(privacy for entry in tables() for privacy in entry.privacy.values())
    yield "\n## Privacy classes\n"
    yield "Where a column can hold more than one kind, it carries the first that fits.\n"
    yield "| Class | Columns | What it holds |"
    yield "|---|---:|---|"
    told = _MEANING.findall(inspect.cleandoc(Privacy.__doc__ or ""))
    meanings = {name: " ".join(text.split()) for name, text in told}
    for privacy in Privacy:
        yield f"| `{privacy}` | {held[privacy]} | {_sentence(meanings[privacy])} |"


def _overview() -> Iterator[str]:
    yield "\n## Tables\n"
    yield "| Table | Retention category | Path to a student | Path to the school |"
    yield "|---|---|---|---|"
    for model in catalog_models():
        entry = table(model)
        retention = f"`{entry.retention}`" if entry.retention else f"none. {entry.no_retention}"
        students = "<br>".join(_link(link) for link in entry.students) or f"none. {entry.no_students}"
        school = f"`{entry.school}`" if entry.school else f"none. {entry.no_school}"
        yield f"| `{entry.name}` | {retention} | {students} | {school} |"


def _columns() -> Iterator[str]:
    yield "\n## Columns"
    for model in catalog_models():
        yield from _table(table(model))


def _table(entry: Table) -> Iterator[str]:
    privacy = entry.privacy
    yield f"\n### {entry.name}\n"
    yield f"{entry.model._meta.db_table_comment}\n"
    yield "| Column | Class | Type | Description |"
    yield "|---|---|---|---|"
    for field in entry.model.columns():
        name = str(field.column)
        yield f"| `{name}` | `{privacy[name]}` | {field.catalog_type} | {field.catalog_description} |"


def _link(link: Link) -> str:
    text = f"`{link.lookup}` {'lists' if link.json_list else 'names'} {_SUBJECTS[link.subject]}"
    if link.when:
        text += " where " + " and ".join(f"`{name}` is `{value}`" for name, value in link.when.items())
    return text if link.alone else f"{text} (shared with others)"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]

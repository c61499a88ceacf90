"""The list of subprocessors as pages and files show it. No warehouse query but for names of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format

from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.inventory.models import Subprocessor, SubprocessorChange
from classwaves_admin.inventory.rules.lines import CLASS_WORDS
from classwaves_admin.inventory.rules.subprocessors import FIELDS, changed
from classwaves_admin.warehouse.inventory import Privacy

__all__ = ["Change", "history_of", "said_by", "shown", "subprocessors"]

MOST_CHANGES = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an entry: who made it, and each field that says something else, in words."""

    row: SubprocessorChange
    person: str
    fields: tuple[tuple[str, str, str], ...]


def subprocessors(today: date) -> tuple[list[Subprocessor], list[Subprocessor]]:
    """Return those that handle data today or will, by name, and those that did, the last one first."""
    rows = list(Subprocessor.objects.order_by("name", "id"))
    ended = [one for one in rows if one.until is not None and one.until < today]
    ended.sort(key=lambda one: one.until or today, reverse=True)
    return [one for one in rows if one not in ended], ended


def said_by(entry: Subprocessor) -> dict[str, Any]:
    """Return what an entry says, as JSON takes it."""
    return {
        "name": entry.name,
        "purpose": entry.purpose,
        "classes": [one.value for one in Privacy if one.value in entry.classes],
        "location": entry.location,
        "since": entry.since.isoformat(),
        "until": entry.until.isoformat() if entry.until else "",
        "agreement": entry.agreement,
    }


def shown(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields of what an entry says or said, in words."""
    return [(label, _words(name, said.get(name))) for name, label in FIELDS.items()]


def history_of(entry: Subprocessor) -> list[Change]:
    """Return the newest changes of an entry: one warehouse query for the names of who made them."""
    rows = list(entry.changes.order_by("-made_at", "-id")[:MOST_CHANGES])
    people = staff_names(row.made_by for row in rows)
    return [
        Change(
            row,
            people.get(row.made_by, "A former member of staff"),
            tuple(
                (FIELDS[name], _words(name, row.before.get(name)), _words(name, row.after.get(name)))
                for name in changed(row.before, row.after)
            ),
        )
        for row in rows
    ]


def _words(name: str, value: Any) -> str:
    if name == "until" and not value:
        return "No end"
    if name in {"since", "until"} and value:
        return date_format(date.fromisoformat(value), "M j, Y")
    if isinstance(value, list):
        return ", ".join(CLASS_WORDS[Privacy(one)] for one in value if one in set(Privacy))
    return str(value or "")

"""Two versions of one row side by side, where two people have edited it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

__all__ = ["ON_ITS_WAY", "Pair", "pairs_of", "seen_again"]

ON_ITS_WAY = (
    "Somebody else’s change is on its way to the catalog. Nothing is saved yet, and what you typed is kept below:"
    " send it again in a moment."
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One field: its label, what stands there now, and what was typed."""

    label: str
    theirs: str
    mine: str

    @property
    def differs(self) -> bool:
        """Tell whether the two are not the same; a browser ends lines in a way of its own."""
        return self.theirs.replace("\r\n", "\n") != self.mine.replace("\r\n", "\n")


def pairs_of(theirs: forms.Form, mine: forms.Form) -> list[Pair]:
    """Return the fields that people see, of an unbound form that shows the row and a bound one that was sent."""
    return [
        Pair(str(field.label), _words(theirs[field.name]), _words(field))
        for field in mine.visible_fields()
        if field.name in theirs.fields
    ]


def seen_again(data: QueryDict, fingerprint: str) -> QueryDict:
    """Return what was typed as if it had been typed over the row as it stands now."""
    kept = data.copy()
    kept["seen"] = fingerprint
    return kept


def _words(field: forms.BoundField) -> str:
    value: Any = field.value()
    choices = dict(getattr(field.field, "choices", ()))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(choices.get(value, "" if value is None else value))

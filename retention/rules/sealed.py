"""What a court has sealed in the log of disclosures (34 CFR 99.31(a)(9)(ii)): no copy for a family tells of it.

Nor does a gap, a number or another row. So every version of a sealed entry is left out, as is every look at the record
of disclosures, which would tell that there is an entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audit.events import Basis

__all__ = [
    "EVENTS",
    "MADE",
    "REQUESTED",
    "RESOURCE",
    "Entry",
    "counts_rows",
    "is_sealed",
    "number_of",
    "sealed",
    "told",
]

REQUESTED, MADE = "disclosure.requested", "disclosure.made"
EVENTS = (REQUESTED, MADE)
# The resource type of entries, and of looks at them.
RESOURCE = "disclosure"
# Events whose data counts rows of the log, sealed ones among them: searches, files, reports.
_COUNTING = ("audit.", "export.", "report.")
# However another service wrote that it is sealed.
_YES = frozenset({"true", "yes", "1"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row of the log says of a disclosure, as far as it matters here."""

    id: str
    resource_type: str
    resource_id: str | None
    basis: str | None
    data: str | None


def told(data: str | None) -> Mapping[str, Any]:
    """Return what `data_accessed` says of a disclosure; nothing where another service wrote no JSON object."""
    try:
        value = json.loads(data or "")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def is_sealed(basis: str | None, said: Mapping[str, Any]) -> bool:
    """Tell whether parents must not learn of it: a sealed subpoena of law enforcement, or what a court has sealed."""
    return basis == Basis.SEALED or str(said.get("sealed")).strip().casefold() in _YES


def number_of(row_id: str, resource_type: str, resource_id: str | None) -> str:
    """Return the number that an entry shares with its corrections; its own id where another service gave none."""
    return resource_id if resource_type == RESOURCE and resource_id else row_id


def sealed(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the ids of all versions of the entries of which any version is sealed."""
    numbers: dict[str, set[str]] = {}
    hidden: set[str] = set()
    for entry in entries:
        number = number_of(entry.id, entry.resource_type, entry.resource_id)
        numbers.setdefault(number, set()).add(entry.id)
        if is_sealed(entry.basis, told(entry.data)):
            hidden.add(number)
    return frozenset(row_id for number in hidden for row_id in numbers[number])


def counts_rows(event_type: str) -> bool:
    """Tell whether the data of an event counts rows of the log, by which what is left out could be reckoned."""
    return event_type.startswith(_COUNTING)

"""What the log tells of one student's age, in words. Other services write the log too: nothing here ever raises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

_COLUMNS: Final[dict[str, str]] = {
    "birth_year": "birth year",
    "age_verification_method": "how the age is known",
    "data_collection_limited": "limit on collection",
    "no_behavioral_targeting": "ban on targeting",
    "no_third_party_sharing": "ban on sharing",
    "auto_delete_enabled": "deletion by itself",
    "delete_after_days": "days until deletion",
    "parent_access_enabled": "parents’ access",
    "adult": "the school’s word that the student is 18",
}
_TITLES: Final[dict[str, str]] = {
    "record.amended": "Record amended",
    "coppa.status_changed": "Age status changed",
    "rights.transferred": "Rights passed to the student",
}
_ACTORS: Final[dict[str, str]] = {
    "admin": "Staff",
    "teacher": "Staff",
    "auditor": "Auditor",
    "parent": "A parent",
    "student": "The student",
    "system": "The portal",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One event: what happened, by whom, and the details that could be read."""

    title: str
    actor: str
    details: tuple[str, ...]


def told(event_type: str | None, actor_type: str | None, data: str | None) -> Told:
    """Return an event in words. What cannot be read is left out; what is unknown is shown as it stands."""
    return Told(
        title=_TITLES.get(event_type or "", event_type or "An event without a name"),
        actor=_ACTORS.get(actor_type or "", actor_type or "Unknown"),
        details=tuple(_details(_read(data))),
    )


def _read(data: str | None) -> dict[str, Any]:
    try:
        value = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _details(data: dict[str, Any]) -> list[str]:
    found = []
    if isinstance(data.get("under_13"), bool):
        found.append("Under 13" if data["under_13"] else "13 or over")
    if data.get("adult") is False:
        found.append("Not an adult: the rights are the parents’ again")
    if data.get("record") == "made":
        found.append("A record was made: there was none")
    for key, words in (("limited", "Limited"), ("set", "Set"), ("lifted", "Lifted"), ("changed", "Changed")):
        if names := _names(data.get(key)):
            found.append(f"{words}: {', '.join(names)}")
    if data.get("why") == "no_verified_consent":
        found.append("No verified consent of a parent was in force")
    if isinstance(data.get("requests_ended"), int) and not isinstance(data["requests_ended"], bool):
        found.append(f"Open requests to parents that ended: {data['requests_ended']}")
    return found


def _names(value: object) -> list[str]:
    """Return the columns in words; a name that is none of ours is not repeated: nobody knows what it holds."""
    return (
        [_COLUMNS[name] for name in value if isinstance(name, str) and name in _COLUMNS]
        if isinstance(value, list)
        else []
    )

"""What happened lately, in the words of the audit log and without anybody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from audit.rules.lines import ACTOR_LABELS, event_label
from classwaves_admin.warehouse.models import AuditLog

# Enough to hold some changes among the looks and sign-ins that fill the log.
_LOOKED_AT = 120
_SHOWN = 8
_NO_CHANGE = frozenset(
    {
        "auth.login",
        "auth.logout",
        "student.viewed",
        "student.searched",
        "audit.viewed",
        "consent.viewed",
        "transcript.viewed",
    }
)


@dataclass(slots=True)
class Happening:
    """One kind of event by one kind of person in one school: how often among the newest, and when last."""

    event: str
    label: str
    actor: str
    school_id: str
    at: datetime
    times: int = 0


def recent_activity() -> list[Happening]:
    """Return the newest changes in scope, at most _SHOWN kinds, newest first. One warehouse query."""
    rows = AuditLog.objects.order_by("-event_timestamp", "-id").values_list(
        "event_type", "actor_type", "school_id", "event_timestamp"
    )
    found: dict[tuple[str, str, str], Happening] = {}
    for event_type, actor_type, school_id, at in rows[:_LOOKED_AT]:
        if event_type not in _NO_CHANGE:
            kind = (event_type, actor_type, school_id)
            happening = Happening(event_type, event_label(event_type), _actor(actor_type), school_id, at)
            found.setdefault(kind, happening).times += 1
    return list(found.values())[:_SHOWN]


def _actor(actor_type: str) -> str:
    labels: dict[str, str] = {str(key): str(label) for key, label in ACTOR_LABELS.items()}
    return labels.get(actor_type, actor_type)

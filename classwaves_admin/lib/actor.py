"""Who does something: passed as `by=` to every action and written into every audit row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorType(StrEnum):
    """The values of `compliance.audit_log.actor_type`: three of the seed, three of this portal."""

    TEACHER = "teacher"
    STUDENT = "student"
    SYSTEM = "system"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or job that acts.

    `id` is an identifier, never a name or an address: it is written to the audit log. `support_grant` is
    the id of the grant within which somebody of ClassWaves acts, written into each row's data.
    """

    id: str
    type: ActorType
    ip_address: str | None = None
    user_agent: str | None = None
    support_grant: str = ""


def system(job: str) -> Actor:
    """Return the actor for a job of the portal itself, named `job`, such as `outbox`."""
    return Actor(id=f"system:{job}", type=ActorType.SYSTEM)

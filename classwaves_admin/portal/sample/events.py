"""What happened in the sample, before it is written to the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from audit.events import Basis
from audit.record import Codes, record
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.warehouse.models import AuditLog, Teacher
from classwaves_admin.warehouse.outbox import gateway

# Addresses of the documentation networks (RFC 5737) and a few usual browsers.
_NETWORKS = {ActorType.PARENT: "203.0.113", ActorType.TEACHER: "198.51.100", ActorType.ADMIN: "198.51.100"}
_ELSEWHERE = "192.0.2"
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1"
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"
_PHONES = (
    f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_BLINK} Mobile Safari/537.36",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) {_WEBKIT}",
)
_DESKS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_BLINK} Safari/537.36",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_BLINK} Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:131.0) Gecko/20100101 Firefox/131.0",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the past."""

    name: str
    by: Actor
    at: datetime
    school_id: str | None
    resource: tuple[str, str | None]
    students: Sequence[str] = ()
    data: Codes | None = None
    session_id: str | None = None
    basis: Basis | None = None


@dataclass(slots=True)
class Chronicle:
    """Collects events and writes them in the order of time."""

    dice: Dice
    now: datetime
    events: list[Event] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Note an event; what would lie in the future has not happened."""
        if event.at <= self.now:
            self.events.append(event)

    def person(self, actor_id: str, kind: ActorType) -> Actor:
        """Return someone with a browser and an address."""
        network = _NETWORKS.get(kind, _ELSEWHERE)
        agents = _PHONES if kind is ActorType.PARENT and self.dice.chance(80) else _DESKS
        return Actor(actor_id, kind, f"{network}.{self.dice.randint(2, 250)}", self.dice.choice(agents))

    def staff(self, row: Teacher) -> Actor:
        """Return a member of staff at their desk."""
        return self.person(row.id, ActorType.ADMIN if row.role == "admin" else ActorType.TEACHER)

    def write(self) -> None:
        """Record all events, in the caller's transaction."""
        rows: list[AuditLog] = []
        for event in sorted(self.events, key=lambda event: event.at):
            record(
                event.name,
                by=event.by,
                school_id=event.school_id,
                resource=event.resource,
                students=event.students,
                basis=event.basis,
                session_id=event.session_id,
                data=event.data,
                at=event.at,
                write=rows.append,
            )
        gateway.insert(*rows)

"""What a run must leave, worked out row by row from the law's words alone: slow, plain, and without the portal's code.

Ages are whole days: a row that is exactly as old as a period has reached its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PARTS = ("transcript", "recording", "message", "insight", "seat")


@dataclass(frozen=True)
class Row:
    """A row of the little world. `session` and `child` are numbers; a session's own row has its number too."""

    name: str
    kind: str
    age: int
    session: int | None = None
    child: int | None = None
    event: str = ""
    elsewhere: bool = False


@dataclass(frozen=True)
class Hold:
    """A hold on all that fits: a session, a child, days between two ages (the older one included)."""

    session: int | None = None
    child: int | None = None
    oldest: int | None = None
    youngest: int | None = None


@dataclass(frozen=True)
class World:
    """Rows of one school, its holds, the children whose records somebody has asked to see, and periods in days."""

    rows: tuple[Row, ...]
    holds: tuple[Hold, ...]
    asked: tuple[int, ...]
    delete: int
    archive: int | None
    policy: str
    seats: frozenset[tuple[int, int]] = field(default_factory=frozenset)


# The tables of each policy; those of a session come along whatever their own age.
OF_POLICY = {
    "transcripts": ("transcript",),
    "audio_recordings": ("recording",),
    "messages": ("message",),
    "ai_analyses": ("insight",),
    "session_records": ("session",),
    "audit_log": ("event",),
}


def stays(world: World) -> set[str]:
    """Return the names of the rows that are still in the catalog after a run."""
    left = {row.name for row in world.rows if not _goes(world, row)}
    if world.policy == "session_records":
        kept = {row.session for row in world.rows if row.kind in PARTS and row.name in left}
        left |= {row.name for row in world.rows if row.kind == "session" and row.session in kept}
    return left


def _goes(world: World, row: Row) -> bool:
    age = _age_that_counts(world, row)
    if age is None:
        return False
    archived = world.archive is not None and world.archive < world.delete and world.archive <= age < world.delete
    if age < world.delete and not archived:
        return False
    if row.event.startswith("disclosure."):
        return False
    if any(_covers(world, hold, row) for hold in world.holds) or any(_tells_of(world, row, c) for c in world.asked):
        return False
    return archived or not row.elsewhere


def _age_that_counts(world: World, row: Row) -> int | None:
    """Return the age by which the run takes the row; None where it does not look at it."""
    if row.kind in OF_POLICY[world.policy]:
        return row.age
    if world.policy == "session_records" and row.kind in PARTS:
        return next(one.age for one in world.rows if one.kind == "session" and one.session == row.session)
    return None


def _covers(world: World, hold: Hold, row: Row) -> bool:
    if hold.session is not None and row.session != hold.session:
        return False
    if hold.child is not None and not _tells_of(world, row, hold.child):
        return False
    age = row.age if row.kind != "seat" else _age_of_session(world, row)
    if hold.oldest is not None and age > hold.oldest:
        return False
    return hold.youngest is None or age > hold.youngest


def _age_of_session(world: World, row: Row) -> int:
    return next(one.age for one in world.rows if one.kind == "session" and one.session == row.session)


def _tells_of(world: World, row: Row, child: int) -> bool:
    """Tell whether a row says anything about a child, alone or with others."""
    if row.child is not None:
        own = row.child == child
        shared = row.kind == "recording" and (row.session, child) in world.seats
        return own or shared
    return row.kind in {"session", "recording", "insight"} and (row.session, child) in world.seats

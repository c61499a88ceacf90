"""What one child's deletion must take, worked out row by row: slow, plain, and without the portal's code.

Child 0 is the one whose data go.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAVING = 0


@dataclass(frozen=True)
class Row:
    """A row of a session. `group` and `child` are what it names, if anything; `to` is whom a message is for."""

    name: str
    kind: str
    session: int
    group: int | None = None
    child: int | None = None
    to: int | None = None


@dataclass(frozen=True)
class Hold:
    """A hold on a session, on a child, or on what is of both."""

    session: int | None
    child: int | None


@dataclass(frozen=True)
class World:
    """Where children sit, the rows of the sessions, holds, and the children whose records somebody has asked to see."""

    seats: dict[tuple[int, int], int | None]
    rows: tuple[Row, ...]
    holds: tuple[Hold, ...]
    asked: tuple[int, ...]


def should_go(world: World) -> set[str]:
    """Return the rows that the deletion is about, whether or not something keeps them."""
    return {row.name for row in world.rows if _is_the_childs(world, row)}


def goes(world: World) -> set[str]:
    """Return the rows that go."""
    kept = {row.name for row in world.rows if _is_kept(world, row)}
    return should_go(world) - kept


def student_is_kept(world: World) -> bool:
    """Tell whether the row of the child itself stays as it is."""
    held = any(hold.child == LEAVING and hold.session is None for hold in world.holds)
    return held or LEAVING in world.asked


def _is_the_childs(world: World, row: Row) -> bool:
    at_table = row.group is not None and world.seats.get((row.session, LEAVING)) == row.group
    present = (row.session, LEAVING) in world.seats
    if row.kind in {"seat", "transcript"}:
        return row.child == LEAVING
    if row.kind == "message":
        return LEAVING in {row.child, row.to}
    if row.kind == "recording":  # a device hears the whole table
        return row.child == LEAVING or at_table or (present and row.group is None and row.child is None)
    if row.kind == "insight":  # names a child, a table, or nobody
        return row.child == LEAVING or at_table or (present and row.group is None and row.child is None)
    return present


def _is_kept(world: World, row: Row) -> bool:
    held = any(
        (hold.session is None or hold.session == row.session)
        and (hold.child is None or _says_anything(world, row, hold.child))
        for hold in world.holds
    )
    return held or any(_says_anything(world, row, child) for child in world.asked)


def _says_anything(world: World, row: Row, child: int) -> bool:
    """Tell whether a row says anything about a child: about it alone, or of a session in which it sat."""
    if row.kind in {"seat", "transcript"}:
        return row.child == child
    if row.kind == "message":
        return child in {row.child, row.to}
    return row.child == child or (row.session, child) in world.seats

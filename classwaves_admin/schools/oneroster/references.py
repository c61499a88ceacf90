"""Checks between files: each identifier once, and nothing that points nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from classwaves_admin.schools.oneroster.faults import FaultList
from classwaves_admin.schools.oneroster.people import BirthRow, OrgRow, RoleRow, UserRow
from classwaves_admin.schools.oneroster.schema import Mode


class Identified(Protocol):
    """A row with an identifier."""

    @property
    def line(self) -> int:
        """The line in its file."""

    @property
    def sourced_id(self) -> str:
        """The identifier."""


class References:
    """Looks up identifiers in the files of one package."""

    def __init__(self, modes: dict[str, Mode], faults: FaultList) -> None:
        self._modes = modes
        self._faults = faults
        self._known: dict[str, set[str]] = {}

    def learn(self, name: str, found: Sequence[Identified]) -> None:
        """Note the identifiers of a file, with a fault for each that stands twice."""
        known = self._known.setdefault(name, set())
        for row in found:
            if row.sourced_id and row.sourced_id in known:
                message = "The sourcedId stands in an earlier row too."
                self._faults.add("reference.duplicate_sourced_id", f"{name}.csv", row.line, message)
            known.add(row.sourced_id)

    def check(self, name: str, line: int, column: str, target: str, identifiers: Iterable[str]) -> None:
        """Note a fault for each identifier that the file `target` lacks.

        A delta file holds changes only, so what it lacks may have come before.
        """
        wanted = {identifier for identifier in identifiers if identifier}
        mode = self._modes.get(target, Mode.ABSENT)
        if not wanted or mode is Mode.DELTA or self._modes.get(name) is Mode.DELTA:
            return
        if mode is Mode.ABSENT:
            message = f"{column} points to {target}.csv, which the package lacks."
            self._faults.add("reference.missing_target_file", f"{name}.csv", line, message)
        elif wanted - self._known.get(target, set()):
            message = f"{column} points to a record that {target}.csv lacks."
            self._faults.add("reference.missing_target_record", f"{name}.csv", line, message)


def check_references(
    references: References, orgs: list[OrgRow], users: list[UserRow], roles: list[RoleRow], births: list[BirthRow]
) -> None:
    """Check every reference between the files that are read."""
    for name, found in (("orgs", orgs), ("users", users), ("roles", roles), ("demographics", births)):
        references.learn(name, found)
    for org in orgs:
        references.check("orgs", org.line, "parentSourcedId", "orgs", [org.parent])
    for user in users:
        references.check("users", user.line, "orgSourcedIds", "orgs", user.orgs)
        references.check("users", user.line, "primaryOrgSourcedId", "orgs", [user.primary_org])
        references.check("users", user.line, "agentSourcedIds", "users", user.agents)
    for role in roles:
        references.check("roles", role.line, "userSourcedId", "users", [role.user])
        references.check("roles", role.line, "orgSourcedId", "orgs", [role.org])
    for birth in births:
        references.check("demographics", birth.line, "sourcedId", "users", [birth.sourced_id])

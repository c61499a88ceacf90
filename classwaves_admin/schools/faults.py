"""What is wrong with a package, told by file and line and never by the values of a row."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_FAULTS = 2_000
# What is wrong with one row alone: it can be left out. Everything else makes the rest of the package a guess.
_OF_ROWS = ("row.", "roster.student_", "roster.implausible_")
_OF_ROWS_TOO = frozenset({"csv.control_character", "reference.target_left_out"})
# Where something is used. Whatever is wrong with another file, the roster is sound without it.
_USED = frozenset({"package", "manifest.csv", "orgs.csv", "users.csv", "roles.csv", "demographics.csv", "table.csv"})
# A wrong row of the manifest says nothing about a person: the package itself is in doubt.
_NEVER = "manifest.csv"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend. `line` counts from 1 and is 0 where the whole file or package is meant.

    The message may be logged and shown: it holds no name, address or other value of a row.
    """

    file: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.message} [{self.code}]"

    @property
    def is_of_a_row(self) -> bool:
        """Tell whether leaving its row out, with what depends on it, leaves a sound roster."""
        if self.file not in _USED:
            return not self.code.startswith(("package.", "manifest."))
        return self.file != _NEVER and (self.code.startswith(_OF_ROWS) or self.code in _OF_ROWS_TOO)


class PackageRefused(Exception):
    """Reading cannot go on; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(slots=True)
class FaultList:
    """Collects faults, and stops reading a hopeless package after `MOST_FAULTS`."""

    found: list[Fault] = field(default_factory=list)

    def add(self, code: str, file: str, line: int, message: str) -> None:
        """Note a fault. Raises PackageRefused when the list is full."""
        if len(self.found) >= MOST_FAULTS:
            raise PackageRefused(
                Fault(file, line, "package.too_many_faults", f"Reading stopped after {MOST_FAULTS} faults.")
            )
        self.found.append(Fault(file, line, code, message))

    def __len__(self) -> int:
        return len(self.found)

"""What is wrong with a package, told by file and line and never by the values of a row."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_FAULTS = 500


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

"""Counts of what an import did, by kind of row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kept(StrEnum):
    """The kinds of rows that are counted, in the order of the summary."""

    DISTRICTS = "districts"
    SCHOOLS = "schools"
    STAFF = "staff"
    STUDENTS = "students"
    AGES = "age records"
    GUARDIANS = "guardians"
    GUARDIANSHIPS = "guardianships"


class Outcome(StrEnum):
    """What became of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ENDED = "ended"


@dataclass(slots=True)
class Tally:
    """Counts by kind and outcome, and notes: things that were left out, by code."""

    counts: dict[Kept, dict[Outcome, int]] = field(
        default_factory=lambda: {kind: dict.fromkeys(Outcome, 0) for kind in Kept}
    )
    notes: dict[str, int] = field(default_factory=dict)

    def count(self, kind: Kept, outcome: Outcome, number: int = 1) -> None:
        """Add rows."""
        self.counts[kind][outcome] += number

    def note(self, code: str, number: int = 1) -> None:
        """Add to a note."""
        if number:
            self.notes[code] = self.notes.get(code, 0) + number

    def add(self, other: Tally) -> None:
        """Add the counts of a part."""
        for kind, outcomes in other.counts.items():
            for outcome, number in outcomes.items():
                self.counts[kind][outcome] += number
        for code, number in other.notes.items():
            self.note(code, number)

    @property
    def writes(self) -> int:
        """Return how many rows were added, changed or ended."""
        return sum(
            number
            for outcomes in self.counts.values()
            for outcome, number in outcomes.items()
            if outcome is not Outcome.UNCHANGED
        )

    def data(self) -> dict[str, dict[str, int]]:
        """Return the counts that are not zero, as codes for the audit log."""
        return dict(self._data())

    @classmethod
    def of(cls, data: Mapping[str, Mapping[str, int]]) -> Tally:
        """Return the tally whose `data` this is."""
        tally = cls(notes=dict(data.get("notes", {})))
        for kind in Kept:
            for outcome, number in data.get(kind.value.replace(" ", "_"), {}).items():
                tally.counts[kind][Outcome(outcome)] = number
        return tally

    def _data(self) -> Iterator[tuple[str, dict[str, int]]]:
        for kind, outcomes in self.counts.items():
            found = {outcome.value: number for outcome, number in outcomes.items() if number}
            if found:
                yield kind.value.replace(" ", "_"), found
        if self.notes:
            yield "notes", dict(self.notes)

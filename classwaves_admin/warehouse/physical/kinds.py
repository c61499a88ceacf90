"""What a step towards physical removal came to, and what was found by looking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = ["Found", "State", "Step", "Trouble"]

# What an engine has to know at its next step: plain values for JSON.
State = Mapping[str, Any]


class Trouble(StrEnum):
    """Why a step waits."""

    BUSY = "busy"
    NO_SPACE = "no_space"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Step:
    """How far a removal is. Without `removed` the next step is due at `again_at`."""

    state: State
    removed: bool = False
    again_at: datetime | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked at and holds, what was looked at and does not hold, and what nobody can see from here."""

    checked: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Tell whether all that can be seen is as it should be."""
        return not self.failed

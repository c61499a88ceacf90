"""What a bench measured: timed, printed line by line, written to var/bench/NAME.json. It never fails for a figure."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from tools.places import ROOT
from tools.terminal import say


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `bar` is what its ratio to the baseline should reach, or the value where there is none."""

    measure: str
    value: float
    unit: str
    baseline: float | None = None
    bar: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def ratio(self) -> float | None:
        """Return the value as a part of the baseline."""
        return None if not self.baseline else self.value / self.baseline

    @property
    def verdict(self) -> str:
        """Return "met" or "missed", or nothing without a bar."""
        if self.bar is None:
            return ""
        reached = self.value if self.ratio is None else self.ratio
        return "met" if (reached >= self.bar if self.better == "higher" else reached <= self.bar) else "missed"

    def __str__(self) -> str:
        words = f"{self.measure}: {self.value:,.0f} {self.unit}"
        if self.ratio is not None:
            words += f", {self.ratio:.2f} of {self.baseline:,.0f}"
        if self.bar is not None:
            words += f" (bar: {'at least' if self.better == 'higher' else 'at most'} {self.bar:g}: {self.verdict})"
        return words


def peak_megabytes() -> float:
    """Return the most memory that this program had; `ru_maxrss` would count the one that started it too."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def shown(figures: list[Figure]) -> list[Figure]:
    """Print the figures, each as soon as it is known, and return them."""
    for figure in figures:
        say(f"  {figure}")
    return figures


def write(name: str, figures: list[Figure]) -> None:
    """Keep the figures for later comparison."""
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [asdict(figure) | {"ratio": figure.ratio} for figure in figures]
    (folder / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n")


def forget_peak() -> None:
    """Let the peak of memory begin anew: typing a password alone takes 100 MB for a moment, as it shall."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def milliseconds(ask: Callable[[], Any], times: int) -> list[float]:
    """Return how long each of some calls took."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1_000)
    return taken


def p95(taken: list[float]) -> float:
    """Return the 95th percentile of times."""
    return statistics.quantiles(taken, n=20, method="inclusive")[18] if len(taken) > 1 else taken[0]

"""What a bench says of a figure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.bench import figures
from tools.bench.figures import Figure


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("speed", 80, "rows/s", 100, 0.8), "met"),
        (Figure("speed", 79, "rows/s", 100, 0.8), "missed"),
        (Figure("questions", 3, "", bar=3, better="lower"), "met"),
        (Figure("questions", 4, "", bar=3, better="lower"), "missed"),
        (Figure("memory", 4, "MB"), ""),
    ],
)
def test_a_bar_is_met_or_missed(figure: Figure, verdict: str) -> None:
    """The ratio is judged where there is a baseline, the value elsewhere; without a bar nothing is."""
    assert figure.verdict == verdict


def test_figures_are_kept_for_comparison(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They are written with their ratio, and a missed bar fails nothing."""
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    figures.write("x", [Figure("speed", 1, "rows/s", 4, 0.8)])
    (row,) = json.loads((tmp_path / "var" / "bench" / "x.json").read_text())
    assert (row["measure"], row["ratio"], row["bar"]) == ("speed", 0.25, 0.8)

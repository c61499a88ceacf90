"""Draws the charts of a report as inline SVG: places are worked out here, the drawing is in `pdf/_chart.html`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template

from audit.rules.lines import shortened
from audit.rules.reports import Chart

register = template.Library()

WIDTH, LINE, LABELS, NUMBERS = 500.0, 15.0, 200.0, 45.0
HEIGHT, FOOT = 120.0, 14.0
LONGEST_LABEL = 50
# Few bars stay slim.
WIDEST = 60.0
# Under standing bars every label is written where so many fit, else every second or third.
_LABELS_THAT_FIT = 10


@dataclass(frozen=True, slots=True)
class Drawn:
    """One bar in its place. `label` is empty where there is no room for it."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int
    label_x: float
    label_y: float
    count_x: float
    count_y: float


@register.inclusion_tag("pdf/_chart.html")
def report_chart(chart: Chart) -> dict[str, Any]:
    """Show a chart with the same numbers as a table below it."""
    bars = list(_standing(chart) if chart.over_time else _lying(chart))
    height = HEIGHT + FOOT + 12 if chart.over_time else LINE * max(len(bars), 1)
    return {"chart": chart, "bars": bars, "width": WIDTH, "height": height, "base": HEIGHT + 12}


def _lying(chart: Chart) -> list[Drawn]:
    room = WIDTH - LABELS - NUMBERS
    found = []
    for index, bar in enumerate(chart.bars):
        top, width = index * LINE, max(room * bar.share / 100, 0.8 if bar.count else 0)
        middle = top + LINE / 2 + 2.6
        found.append(
            Drawn(
                LABELS,
                top + 2,
                width,
                LINE - 4,
                shortened(bar.label, LONGEST_LABEL),
                bar.count,
                LABELS - 6,
                middle,
                LABELS + width + 4,
                middle,
            )
        )
    return found


def _standing(chart: Chart) -> list[Drawn]:
    each = min(WIDTH / max(len(chart.bars), 1), WIDEST)
    every = -(-len(chart.bars) // _LABELS_THAT_FIT)
    found = []
    for index, bar in enumerate(chart.bars):
        height = max(HEIGHT * bar.share / 100, 0.8 if bar.count else 0)
        left, width, middle = index * each + each * 0.15, each * 0.7, index * each + each / 2
        top = 12 + HEIGHT - height
        label = bar.label if index % every == 0 else ""
        found.append(Drawn(left, top, width, height, label, bar.count, middle, 12 + HEIGHT + FOOT - 3, middle, top - 3))
    return found

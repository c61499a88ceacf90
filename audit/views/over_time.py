"""How many rows of a search there are over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import dateformat
from django.views.decorators.http import require_safe

from audit.actions import note_over_time
from audit.queries.over_time import counts
from audit.rules.over_time import Part, Step, narrowed, parts_of, step_of
from audit.views.asked import Search, form_of, is_address, list_address, query_of, read, schools_of
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now

HEIGHT = 96  # pixels of the highest bar
# Labels under the bars, so that none meets its neighbour on a phone.
MOST_LABELS = 4
_FORMATS = {
    Step.HOUR: "M j, g A",
    Step.DAY: "M j, Y",
    Step.WEEK: "M j, Y",
    Step.MONTH: "M Y",
    Step.YEAR: "Y",
    Step.DECADE: "Y",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `x` and `width` in per cent of the picture, `y` and `height` in pixels.

    `beyond` is what lies before or after the period that is cut.
    """

    name: str
    rows: int
    url: str
    x: float
    width: float
    y: float
    height: float
    beyond: bool


@dataclass(frozen=True, slots=True)
class Label:
    """Words under the bars at `x` per cent."""

    text: str
    x: float


@require_safe
def over_time(request: StaffRequest) -> HttpResponse:
    """Show the bars of the search of the address; each leads to the list of its own rows."""
    form = form_of(request)
    if not form.is_valid() or not is_address(request):
        return HttpResponseRedirect(list_address(request.GET.urlencode()))
    search = read(request, form, names=False)
    if search.problems:
        return HttpResponseRedirect(list_address(search.query))
    parts = parts_of(
        search.criteria.since,
        search.criteria.until,
        today=now().astimezone(search.zone).date(),
        zone=search.zone,
    )
    numbers = counts(search.criteria, parts)
    note_over_time(
        by=request.actor,
        asked=schools_of(request, search.criteria),
        filters=search.criteria.used,
        rows=sum(numbers),
    )
    context = {
        "bars": _bars(search, parts, numbers),
        "labels": _labels(parts, search),
        "height": HEIGHT,
        "most": max(numbers),
        "rows": sum(numbers),
        "search": search,
        "list_url": list_address(search.query),
    }
    return render(request, "audit/over_time.html", context)


def _bars(search: Search, parts: Sequence[Part], numbers: Sequence[int]) -> list[Bar]:
    most, width = max(numbers) or 1, 100 / len(parts)
    bars = []
    for place, (part, rows) in enumerate(zip(parts, numbers, strict=True)):
        # One row among a million is still seen.
        height = max(2.0, HEIGHT * rows / most) if rows else 0.0
        url = list_address(query_of(narrowed(search.terms, part, search.zone)))
        beyond = not (part.start and part.end)
        name = _name(part, search, _step(parts))
        bars.append(Bar(name, rows, url, place * width, width, HEIGHT - height, height, beyond))
    return bars


def _labels(parts: Sequence[Part], search: Search) -> list[Label]:
    every = -(-len(parts) // MOST_LABELS)
    form = _FORMATS[_step(parts)]
    return [
        Label(dateformat.format(part.start.astimezone(search.zone), form), 100 * place / len(parts))
        for place, part in enumerate(parts)
        if part.start and place % every == (0 if parts[0].start else 1) and place < len(parts) - every / 2
    ]


def _name(part: Part, search: Search, step: Step) -> str:
    """Return what a bar is called."""
    start, end = (edge.astimezone(search.zone) if edge else None for edge in (part.start, part.end))
    if start and end:
        words = dateformat.format(start, _FORMATS[step])
        return f"Week of {words}" if step is Step.WEEK else words
    if end:
        return f"Before {dateformat.format(end, 'M j, Y')}"
    return f"After {dateformat.format(start, 'M j, Y')}" if start else "Any time"


def _step(parts: Sequence[Part]) -> Step:
    edges = [edge for part in parts if part.start and part.end for edge in (part.start, part.end)]
    return step_of(edges[0], edges[-1]) if edges else Step.DAY

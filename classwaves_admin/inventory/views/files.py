"""The inventory to take along: a line for every column as CSV, and the NDPA's Exhibit B as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.inventory.actions.taking import note_taken
from classwaves_admin.inventory.models import Subprocessor
from classwaves_admin.inventory.pdf import FILE_NAME, to_pdf
from classwaves_admin.inventory.queries.kept import Kept, kept_at
from classwaves_admin.inventory.queries.subprocessors import subprocessors
from classwaves_admin.inventory.queries.surveys import Counted
from classwaves_admin.inventory.rules.lines import CLASS_WORDS, Entry, all_entries, meaning
from classwaves_admin.inventory.rules.reading import words_of
from classwaves_admin.inventory.table import HEADER, SUBPROCESSORS_HEADER, rows, subprocessor_rows
from classwaves_admin.inventory.views.inventory import count_for, place_words, school_ids
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.lib.safe_csv import csv_lines
from classwaves_admin.warehouse.inventory import Retention


@dataclass(frozen=True, slots=True)
class _Held:
    """What both files of the inventory are made from, read once: two warehouse queries, one more now and then."""

    kept: Mapping[Retention, Kept]
    counted: Counted
    working: list[Subprocessor]
    ended: list[Subprocessor]

    def csv(self) -> tuple[bytes, int]:
        """Return the CSV file and how many columns it lists."""
        lines = list(rows(all_entries(), self.kept, self.working, self.counted.rows))
        return "".join(csv_lines(HEADER, lines)).encode(), len(lines)


@require_safe
def inventory_csv(request: StaffRequest) -> HttpResponse:
    """Hand over every column."""
    content, number = _held(request).csv()
    return _file(request, content, "data-inventory.csv", "columns", number)


@require_safe
def subprocessors_csv(request: StaffRequest) -> HttpResponse:
    """Hand over the list of subprocessors, those that have ended too."""
    working, ended = subprocessors(timezone.localdate(now()))
    found = [*working, *ended]
    content = "".join(csv_lines(SUBPROCESSORS_HEADER, subprocessor_rows(found)))
    return _file(request, content.encode(), "subprocessors.csv", "subprocessors", len(found))


@require_safe
def inventory_pdf(request: StaffRequest) -> HttpResponse:
    """Hand over the schedule of data. The hash in it is that of the CSV file of the same moment."""
    held = _held(request)
    content, number = held.csv()
    digest = sha256_hex(content)
    context = {
        "place": place_words(request),
        "at": now().replace(minute=0, second=0, microsecond=0),
        "made": {"name": str(request.user), "role": request.access.role.label if request.access.role else ""},
        "lines": [_line(entry, held) for entry in all_entries()],
        "classes": [(words, meaning(privacy)) for privacy, words in CLASS_WORDS.items()],
        "counted": held.counted,
        "working": held.working,
        "ended": held.ended,
        "columns": number,
        "sha256": digest,
    }
    printed = to_pdf(context)
    note_taken(what="exhibit_b", file_format="pdf", rows=number, sha256=digest, by=request.actor, now=now())
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"', "Cache-Control": "private, no-store"}
    return HttpResponse(printed, content_type="application/pdf", headers=headers)


def _held(request: StaffRequest) -> _Held:
    working, ended = subprocessors(timezone.localdate(now()))
    return _Held(kept_at(school_ids(request)), count_for(request), working, ended)


def _line(entry: Entry, held: _Held) -> dict[str, Any]:
    """Return what the schedule says of one table."""
    return {
        "entry": entry,
        "kept": held.kept[entry.table.retention] if entry.table.retention else None,
        "rows": held.counted.rows.get(entry.name),
        "readers": words_of(entry.name),
        "by_class": [
            (CLASS_WORDS[privacy], [one for one in entry.columns if one.privacy is privacy])
            for privacy in entry.classes
        ],
    }


def _file(request: StaffRequest, content: bytes, name: str, what: str, number: int) -> HttpResponse:
    note_taken(what=what, file_format="csv", rows=number, sha256=sha256_hex(content), by=request.actor, now=now())
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)

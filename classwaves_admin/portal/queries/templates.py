"""Rows of `notifications.templates` that other services wrote."""

from __future__ import annotations

from string import Template

from classwaves_admin.lib import keyset
from classwaves_admin.notifications.text_actions import CATEGORY
from classwaves_admin.notifications.wording.slots import SLOTS
from classwaves_admin.warehouse.models import NotificationTemplate
from consent.actions.notices import CATEGORY as NOTICE

__all__ = ["PAGE_SIZE", "faults_of_row", "others_page"]

PAGE_SIZE = 50


def others_page(cursor: str) -> keyset.Page[NotificationTemplate]:
    """Return a page of them, newest first: one warehouse query. Raises BadCursor."""
    rows = NotificationTemplate.objects.exclude(category__in=(CATEGORY, NOTICE))
    return keyset.page(rows, order=("-created_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def faults_of_row(row: NotificationTemplate) -> list[str]:
    """Return in words why the portal could not send such a text: whatever stands in the row, this never raises."""
    found = []
    declared = row.variables if isinstance(row.variables, list) else []
    if odd := sorted({str(name) for name in declared if str(name) not in SLOTS}):
        found.append(f"Variables that the portal does not know: {', '.join(odd)[:200]}")
    body = str(row.body_template or "")
    if not body.strip():
        found.append("Nothing is written")
    elif not Template(body).is_valid():
        found.append("A single $ that begins no variable")
    elif unknown := sorted({slot for slot in Template(body).get_identifiers() if slot not in SLOTS}):
        found.append(f"Slots that the portal does not know: {', '.join(unknown)[:200]}")
    return found

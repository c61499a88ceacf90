"""One row of the audit log: every column, what it names, what happened around it, and the row as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.actions import note_row, note_row_taken
from audit.queries.around import MINUTES, MOST_A_SIDE, around, span, ties
from audit.queries.names import names_of
from audit.rules.language import Term
from audit.rules.lines import DETAILED_STUDENTS, LISTED_STUDENTS, concerned_students, line
from audit.rules.messy import pretty
from audit.rules.names import Names
from audit.views.asked import list_address, query_of
from audit.views.links import ACCOUNT, link_to, link_to_record, link_to_staff, row_addresses
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.warehouse.models import AuditLog


@require_safe
def audit_row(request: StaffRequest, event_id: str) -> HttpResponse:
    """Show every column of one row."""
    row = get_object_or_404(AuditLog, pk=event_id)
    students = concerned_students(row)[:DETAILED_STUDENTS]
    note_row(by=request.actor, school_id=row.school_id, row_id=row.pk, students=students)
    others, cut = around(row)
    names = names_of(
        actors=[*_accounts(row), *(each.actor_id for each in (row, *others))],
        students=[*students, *(student for other in others for student in concerned_students(other)[:LISTED_STUDENTS])],
        schools=[each.school_id for each in (row, *others)],
    )
    shared = ties(row, others)
    context = {
        "row": row,
        "line": line(row, names, students=DETAILED_STUDENTS, text=len(row.description) + len(row.event_type)),
        "data_accessed": pretty(row.data_accessed),
        "affected_students": pretty(row.affected_student_ids),
        "written": row.created_at.isoformat(),
        "json": as_json(row),
        "json_url": link_to(request, "audit-row-json", row.pk),
        "students": list(_students(request, students, names)),
        "actor_url": link_to_staff(request, row.actor_id, names),
        "record_url": link_to_record(request, row.resource_type, row.resource_id, names),
        "session_url": link_to(request, "session-gate", row.session_id),
        "around": [
            {"line": line(other, names, url=url), "ties": shared[other.pk]}
            for other, url in zip(others, row_addresses([other.pk for other in others]), strict=True)
        ],
        "around_cut": MOST_A_SIDE if cut else 0,
        "minutes": MINUTES,
        "list_url": reverse("audit-list"),
        **_searches(row),
    }
    return render(request, "audit/row.html", context)


@require_safe
def audit_row_json(request: StaffRequest, event_id: str) -> HttpResponse:
    """Hand one row over as a file; that is an export."""
    row = get_object_or_404(AuditLog, pk=event_id)
    content = as_json(row).encode()
    students = concerned_students(row)[:DETAILED_STUDENTS]
    sha256 = sha256_hex(content)
    note_row_taken(by=request.actor, school_id=row.school_id, row_id=row.pk, students=students, sha256=sha256)
    headers = {"Content-Disposition": 'attachment; filename="audit-row.json"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/json", headers=headers)


def as_json(row: AuditLog) -> str:
    """Return every column of the row as indented JSON, as the catalog holds it; times in UTC."""
    values = {field.attname: getattr(row, field.attname) for field in AuditLog.columns()}
    plain = {
        name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _accounts(row: AuditLog) -> list[str]:
    """Return the id of the person whose account the row is about."""
    return [row.resource_id] if row.resource_type == ACCOUNT and row.resource_id else []


def _students(request: StaffRequest, students: list[str], names: Names) -> Iterator[dict[str, str]]:
    """Yield the name of each student, with the address of the page of those whom the person may see."""
    for student in students:
        name = names.students.get(student, "")
        yield {"name": name or student, "url": link_to(request, "student-detail", student) if name else ""}


def _searches(row: AuditLog) -> dict[str, Any]:
    """Return the addresses of searches for what is like this row, empty where the row says nothing of it."""
    since, until = span(row.event_timestamp)
    minutes = [Term("after", _minute(since)), Term("before", _minute(until))]
    columns = {
        "event": row.event_type,
        "actor": row.actor_id,
        "resource": f"{row.resource_type}/{row.resource_id}"
        if row.resource_type and row.resource_id and "/" not in row.resource_type
        else "",
        "basis": row.compliance_basis,
        "ip": row.ip_address,
        "session": row.session_id,
    }
    same = {name: list_address(query_of([Term(name, value)])) if value else "" for name, value in columns.items()}
    return {"same": same, "same_minutes": list_address(query_of(minutes))}


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

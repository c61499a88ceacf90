"""Writes audit events: the one door to `compliance.audit_log`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from audit.events import Basis, event
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.clock import now as current_time
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import gateway

# `school_id` is NOT NULL in the catalog: events of no single school carry this word.
NO_SCHOOL = "portal"
USER_AGENT_LENGTH = 300
# In `data_accessed`: the grant within which somebody of ClassWaves did it.
SUPPORT_GRANT = "support_grant"

Word = str | int | bool | None
Codes = Mapping[str, "Word | list[str] | list[int] | Mapping[str, int] | Mapping[str, Word]"]


def within_grant(grant_id: str) -> str:
    """Return the text by which rows are found that were left within a support grant: a part of `data_accessed`."""
    return json.dumps({SUPPORT_GRANT: grant_id})[1:-1]


def record(
    name: str,
    *,
    by: Actor,
    school_id: str | None,
    resource: tuple[str, str | None],
    students: Iterable[str] = (),
    basis: Basis | None = None,
    session_id: str | None = None,
    data: Codes | None = None,
    at: datetime | None = None,
    write: Callable[[AuditLog], None] | None = None,
) -> AuditLog:
    """Write one audit event in the caller's transaction and return its row.

    `resource` is the type and id of what was touched, `students` the ids concerned, `data` codes,
    counts and ids alone: never a name, free text, an address or a token (what 34 CFR 99.32 asks for of a
    disclosure is the one exception: audit/disclosing/actions.py). `basis` defaults to the
    event's own. What is done within a support grant carries the grant's id. Whoever has thousands takes the
    rows by `write` and gives them to the gateway at once.

    Raises UnregisteredEvent, and gateway.OutsideTransaction without a transaction.
    """
    registered = event(name)
    moment = at or current_time()
    student_ids = sorted(set(students))
    if by.support_grant:
        data = {**(data or {}), SUPPORT_GRANT: by.support_grant}
    row = AuditLog(
        actor_id=by.id,
        actor_type=by.type.value,
        event_type=registered.name,
        event_category=registered.category.value,
        event_timestamp=moment,
        resource_type=resource[0],
        resource_id=resource[1],
        school_id=school_id or NO_SCHOOL,
        session_id=session_id,
        description=registered.label,
        ip_address=by.ip_address,
        user_agent=(by.user_agent or "")[:USER_AGENT_LENGTH] or None,
        compliance_basis=basis or registered.basis,
        data_accessed=json.dumps(data, sort_keys=True) if data else None,
        affected_student_ids=json.dumps(student_ids) if student_ids else None,
        created_at=moment,
    )
    (write or gateway.insert)(row)
    return row


def record_by_school(
    name: str,
    *,
    by: Actor,
    concerned: Mapping[str, Iterable[str]],
    resource: tuple[str, str | None],
    data: Codes | None = None,
    rows: Mapping[str, int] | None = None,
    at: datetime | None = None,
) -> None:
    """Write one event at each school concerned, so that its office finds it; one of the portal where none is.

    `concerned` are the ids of students by school: a row names those of its own school alone. `rows` says how many rows
    of each school were seen, which becomes `rows` in its data. All else is as `record` says.
    """
    written: list[AuditLog] = []
    for school_id, students in concerned.items() or ((None, ()),):
        own = data if rows is None else {**(data or {}), "rows": rows.get(school_id or "", 0)}
        record(
            name,
            by=by,
            school_id=school_id,
            resource=resource,
            students=students,
            data=own,
            at=at,
            write=written.append,
        )
    if len(written) == 1:
        gateway.insert(*written)
    else:
        gateway.insert_all(written)

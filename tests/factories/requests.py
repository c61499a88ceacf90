"""Requests about a student's data, for tests."""

from __future__ import annotations

from typing import Any

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import Student
from retention.actions.requests import open_request
from retention.models import RightsRequest
from retention.vocabulary import AskedBy, RequestKind

BY = Actor("teacher-1", ActorType.ADMIN)


def request(student: Student, kind: RequestKind = RequestKind.SEE, **given: Any) -> RightsRequest:
    """Take a request of the school itself about a student, which came just now."""
    values: dict[str, Any] = {"asked_by": AskedBy.SCHOOL, "received": now(), "by": BY, "now": now()} | given
    with inside(EVERYTHING):
        return open_request(student=student, kind=kind, **values)

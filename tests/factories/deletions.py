"""Deletions of one child's data, for tests."""

from __future__ import annotations

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import Student
from retention.actions.child_deletion import approve_deletion, ask_deletion
from retention.actions.runs import PLAN_CHILD, RUN_CHILD
from retention.models import RightsRequest, Run
from retention.vocabulary import RequestKind
from tests.factories import requests
from tests.factories.runs import BY, COLLEAGUE, worked


def counted(student: Student, request: RightsRequest | None = None) -> Run:
    """Ask for the deletion of a student's data and have it counted."""
    request = request or requests.request(student, RequestKind.DELETE)
    with inside(EVERYTHING):
        return worked(ask_deletion(request=request, by=BY, now=now()), PLAN_CHILD)


def approved(run: Run) -> Run:
    """Approve a deletion as another administrator and let it run to its end."""
    with inside(EVERYTHING):
        approve_deletion(run=run, by=COLLEAGUE, now=now())
        return worked(run, RUN_CHILD)


def done(student: Student, request: RightsRequest | None = None) -> Run:
    """Delete a student's data."""
    return approved(counted(student, request))

"""Legal holds, for tests."""

from __future__ import annotations

from typing import Any

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import School
from retention.actions.holds import place_hold
from retention.models import LegalHold

BY = Actor("teacher-1", ActorType.ADMIN)


def hold(school: School, **given: Any) -> LegalHold:
    """Place a hold, by default on the whole school."""
    values = {"reason": "Letter of counsel, cabinet 3"} | given
    with inside(EVERYTHING):
        return place_hold(school_id=school.pk, by=BY, now=now(), **values)

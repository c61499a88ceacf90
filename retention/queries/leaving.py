"""The child whose data leave, as the portal's own rows and copies are searched for it (places.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from classwaves_admin.warehouse.inventory import Subject
from classwaves_admin.warehouse.models import Student
from retention.models import LegalHold, RightsRequest, Run
from retention.places import Leaving, all_places
from retention.queries.kept import ON_ACCESS_REQUEST, ON_HOLD
from retention.vocabulary import ACCESS

__all__ = ["called", "leaving", "things_left", "why_portal_stays"]


def called(student_id: str) -> dict[str, Any]:
    """Return how a student is called, and what is nobody else's: one warehouse query."""
    found = Student.objects.filter(pk=student_id).values_list("display_name", "email", "google_id").first()
    name, *marks = found or ("", None, None)
    return {"name": name, "marks": [one for one in marks if one]}


def leaving(run: Run, now: datetime) -> Leaving:
    """Return whom a run is about, as it was called when the run was counted."""
    kept: Mapping[str, Any] = run.cursor
    return Leaving(
        student_id=run.student_id,
        school_id=run.school_id,
        name=kept["called"]["name"],
        marks=tuple(kept["called"]["marks"]),
        seats=tuple(kept["parts"].get(Subject.PARTICIPANT.value, ())),
        guardian_addresses=tuple(kept["parts"].get(Subject.GUARDIAN_ADDRESS.value, ())),
        since=datetime.fromisoformat(kept["gone_at"]) if "gone_at" in kept else now,
    )


def things_left(who: Leaving) -> dict[str, int]:
    """Return by model how many things of the portal's own are about the child."""
    found = {model: place.work.left(who) for model, place in all_places().items() if place.does}
    return {model: things for model, things in found.items() if things}


def why_portal_stays(run: Run) -> str:
    """Return why the portal's own rows about the child stay for now, empty where nothing keeps them.

    What a hold on the school or the child, or the child's own open request to see, keeps in the catalog it keeps here.
    """
    holds = LegalHold.objects.filter(school_id=run.school_id, student_id__in=["", run.student_id], released_at=None)
    if holds.filter(session_id="").exists():
        return ON_HOLD
    asked = RightsRequest.objects.filter(student_id=run.student_id, closed_at=None, kind__in=ACCESS)
    return ON_ACCESS_REQUEST if asked.exists() else ""

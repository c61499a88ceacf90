"""Who was recorded when: recordings joined with the students who took part in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import DateTimeField, QuerySet, Value
from django.db.models.functions import Cast

from classwaves_admin.warehouse.fields import StringField
from classwaves_admin.warehouse.models import Participant, Recording


def recorded_participants(since: datetime) -> QuerySet[Participant]:
    """Return who took part in sessions with a recording since then."""
    sessions = Recording.objects.filter(created_at__gte=since).order_by().values("session_id")
    return Participant.objects.filter(session__in=sessions, student__isnull=False)


def recorded_students(since: datetime, *, only: Collection[str] | None = None) -> Mapping[str, list[datetime]]:
    """Return each student with the times of the recordings since then that hold their voice. One warehouse query.

    `only` are the ids of the students who are asked for, where they are few.

    A recording is of one participant, of a group, or of a whole session (COMPLIANCE: the most specific that the
    row names). A union, since the catalog has no link from a recording to those in it.
    """
    nothing = Value(None, output_field=StringField())
    no_time = Cast(Value(None), DateTimeField())
    recordings = Recording.objects.filter(created_at__gte=since).order_by()
    present = recorded_participants(since).order_by()
    if only is not None:  # looked up by student, however many recordings there are
        present = Participant.objects.filter(student_id__in=only).order_by()
        recordings = recordings.filter(session_id__in=present.values("session_id"))
    union = recordings.values_list("session_id", "group_id", "participant_id", nothing, "created_at").union(
        present.values_list("session_id", "group_id", "id", "student_id", no_time), all=True
    )
    times: dict[tuple[str, str | None, str | None], list[datetime]] = defaultdict(list)
    people: list[tuple[str, str | None, str, str]] = []
    for session_id, group_id, participant_id, student_id, created_at in union.iterator():
        if student_id is not None:
            people.append((session_id, group_id, participant_id, student_id))
        elif participant_id is not None:
            times[session_id, None, participant_id].append(created_at)
        else:
            times[session_id, group_id, None].append(created_at)
    found: dict[str, list[datetime]] = defaultdict(list)
    for session_id, group_id, participant_id, student_id in people:
        places = {(session_id, None, None), (session_id, group_id, None), (session_id, None, participant_id)}
        for place in places:
            found[student_id] += times.get(place, ())
    return {student_id: moments for student_id, moments in found.items() if moments}

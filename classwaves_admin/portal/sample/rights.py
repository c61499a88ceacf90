"""The register of requests about students' data, as the sample's events tell of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from classwaves_admin.lib.actor import ActorType
from classwaves_admin.portal.sample.events import Event
from retention.models import RightsRequest
from retention.vocabulary import AskedBy, Clock, RequestKind, RequestOutcome

# A month, which every sample school promises.
DAYS = timedelta(days=30)
_RECEIVED = {
    "request.access_received": RequestKind.COPY,
    "request.amend_received": RequestKind.CORRECT,
    "request.deletion_received": RequestKind.DELETE,
}
_CLOSED = {
    "request.access_fulfilled": "The copy was handed over at the office.",
    "request.amend_decided": "The grade was wrong and is right now.",
}


def requests_of(events: Iterable[Event]) -> list[RightsRequest]:
    """Return the requests of the sample, not saved: those without an end among the events are open."""
    ordered = sorted(events, key=lambda event: event.at)
    found = {event.resource: _received(event) for event in ordered if event.name in _RECEIVED}
    for event in ordered:
        if event.name in _CLOSED and (request := found.get(event.resource)):
            request.outcome, request.answer = RequestOutcome.FULFILLED.value, _CLOSED[event.name]
            request.closed_by, request.closed_at = event.by.id, event.at
    return list(found.values())


def _received(event: Event) -> RightsRequest:
    by_parent = event.by.type is ActorType.PARENT
    values = {"id": event.resource[1]} if event.resource[0] == "request" else {}
    return RightsRequest(
        **values,
        school_id=event.school_id or "",
        student_id=event.students[0],
        kind=_RECEIVED[event.name].value,
        asked_by=AskedBy.GUARDIAN.value,
        received_at=event.at,
        due_at=datetime.combine((event.at + DAYS).date() + timedelta(days=1), time.min, UTC),
        clock=(Clock.PROMISED if by_parent else Clock.COPPA).value,
        entered_by="system:retention" if by_parent else event.by.id,
        entered_at=event.at,
    )

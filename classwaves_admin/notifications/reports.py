"""What a mail service's report means for the address: pure, over the library's event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from classwaves_admin.notifications.rules import COMPLAINT, RETURNED, refuses_the_address
from classwaves_admin.notifications.services import REFERENCE

# Postmark's types that the library counts as bounces and complaints, but which say nothing lasting of the address.
_PASSING = frozenset({"SoftBounce", "SpamNotification", "VirusNotification"})
# Mailgun sends nothing to an address of which it had a complaint before.
_COMPLAINED_BEFORE = "suppress-complaint"


@dataclass(frozen=True, slots=True)
class Report:
    """One mail that came back: its Message-ID or our id, the address, and `rules.RETURNED` or `rules.COMPLAINT`."""

    reference: str
    address: str
    reason: str


def report_of(event: AnymailTrackingEvent) -> Report | None:
    """Return what an event says of an address for good, or None.

    A mail that is only late, a full mailbox and a refused text are no reason to stop writing to somebody.
    """
    reason = _reason(event)
    if reason is None:
        return None
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    return Report(str(metadata.get(REFERENCE) or event.message_id or ""), str(event.recipient or ""), reason)


def _reason(event: AnymailTrackingEvent) -> str | None:
    if _said_by(event, "Type") in _PASSING:
        return None
    if event.event_type == EventType.COMPLAINED or _said_by(event, "reason") == _COMPLAINED_BEFORE:
        return COMPLAINT
    if event.event_type == EventType.REJECTED and event.reject_reason == RejectReason.INVALID:
        return RETURNED
    if event.event_type != EventType.BOUNCED or event.reject_reason != RejectReason.BOUNCED:
        return None
    refuses = refuses_the_address(str(event.mta_response or "").removeprefix("smtp;"))
    return None if refuses is False else RETURNED


def _said_by(event: AnymailTrackingEvent, name: str) -> Any:
    """Return a field of the service's own words, where it stands in the report or in Mailgun's part of it."""
    own = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    inner = own.get("event-data")
    return (inner if isinstance(inner, Mapping) else own).get(name)

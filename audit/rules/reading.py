"""Which events are a look at a student's record."""

from __future__ import annotations

from audit.events import EVENTS

# What shows a record, plays it, or hands it over to somebody. All else that the portal knows changes or asks.
LOOKS = frozenset(
    {
        "student.viewed",
        "student.searched",
        "transcript.viewed",
        "audio.played",
        "analysis.viewed",
        "consent.viewed",
        "audit.viewed",
        "export.created",
        "report.generated",
        "report.viewed",
        "report.downloaded",
        "request.access_fulfilled",
        "disclosure.made",
    }
)
# An event that another service made up counts as a look: "everybody who looked" leaves nobody out.
NO_LOOKS = tuple(sorted(EVENTS.keys() - LOOKS))

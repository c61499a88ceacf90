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
        "export.downloaded",
        "report.generated",
        "report.viewed",
        "report.downloaded",
        "request.access_fulfilled",
        "disclosure.made",
    }
)
# What makes a file of rows or a report, shows it, or hands it over.
FILES = ("export.created", "export.downloaded", "report.generated", "report.viewed", "report.downloaded")
# Of these files no child can be a part: lists of columns and services, of who may sign in, of what a run destroyed.
NO_CHILD = ("data_inventory", "access_review", "certificate")
# An event that another service made up counts as a look: "everybody who looked" leaves nobody out.
NO_LOOKS = tuple(sorted(EVENTS.keys() - LOOKS))

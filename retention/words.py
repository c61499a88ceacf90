"""What people read about policies: findings, where a policy comes from, legal grounds, tables."""

from __future__ import annotations

import re
from collections.abc import Mapping

from audit.events import EVENTS
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS
from classwaves_admin.warehouse.models._base import CatalogModel
from consent.words import consent_type_words
from retention.files import Left
from retention.places import all_places
from retention.rules.in_force import Finding, Source
from retention.schedule import SCHEDULE

FINDINGS: Mapping[Finding, str] = {
    Finding.MISSING: "No policy is set. Until one is, the default counts, and nothing is deleted by itself.",
    Finding.NO_PERIOD: "The row in the catalog states no period that can hold.",
    Finding.OUT_OF_ORDER: "The days in the catalog contradict each other; the sooner ones count.",
    Finding.NO_BASIS: "No legal basis is stated.",
    Finding.DOUBLED: "The catalog holds more than one row for this; the newest counts.",
    Finding.TOO_LONG: "The row is longer than a school with children under 13 may keep; the limit counts.",
    Finding.NOT_AS_LOCKED: "The row differs from what the district has decided; the district’s days count.",
}
SOURCES: Mapping[Source, str] = {
    Source.SCHOOL: "Set by the school",
    Source.DISTRICT: "District’s default",
    Source.LOCKED: "Decided by the district",
    Source.DEFAULT: "Default of ClassWaves",
}
# Tables whose model has no name that an office would use.
TABLES: Mapping[str, str] = {
    "operational.api_metrics": "Requests to the service",
    "sessions.participants": "Parts taken in sessions",
    "analytics.session_metrics": "Metrics of sessions",
    "analytics.group_metrics": "Metrics of groups",
    "analytics.student_metrics": "Metrics of students",
    "audio.recordings": "Recordings",
    "compliance.audit_log": "Audit log",
    "compliance.coppa_compliance": "Age records",
    "notifications.notification_queue": "Notices and mails",
    "sessions.transcriptions": "Transcripts",
}
# Columns that say of what sort a row is, and what a code looks like: other services write these, too.
_SORTS = (
    "event_type",
    "consent_type",
    "message_type",
    "insight_type",
    "intervention_type",
    "analysis_type",
    "metric_name",
    "notification_type",
)
_CODE = re.compile(r"[a-z][a-z0-9_.]{0,40}")
# Grounds that schools choose from; any other is written out.
GROUNDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *(default.basis for default in DEFAULTS.values()),
            "State records schedule",
            "Board policy",
            "Contract with the district (NDPA)",
        )
    )
)
# Why a run ended by itself, by the code of `Run.stop`.
STOPS: Mapping[str, str] = {
    "grew": "There are rows that nobody has seen and approved.",
    "policy_longer": "The policy was made longer since the rows were counted.",
}


def kind_words(kind: str) -> str:
    """Return the words for a kind of data; its own name where nobody knows it."""
    return DEFAULTS[Retention(kind)].label if kind in set(Retention) else kind


def clock_words(kind: str) -> str:
    """Return from when the days of a kind count."""
    return DEFAULTS[Retention(kind)].clock


def days_left_words(days: int) -> str:
    """Return how much time is left for a request, today not counted."""
    if days < 0:
        return f"Late by {-days:,} day{'s' if days < -1 else ''}"
    return f"{days:,} day{'s' if days > 1 else ''} left" if days else "Today is the last day"


def rows_words(rows: int) -> str:
    """Return a number of rows."""
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def partly_words(removed: int, held: Mapping[str, int], files: int) -> str:
    """Return what a deletion did that could not do everything."""
    stays = [f"{rows_words(rows)} stay: {reason}" for reason, rows in held.items()]
    stays += [f"{rows_words(files)} stay: their files could not be destroyed."] if files else []
    return " ".join([f"{rows_words(removed)} deleted or emptied.", *stays])


def table_words(name: str) -> str:
    """Return the words for a table of the catalog or a place of the portal; its own name for any other."""
    if place := all_places().get(name):
        return place.words
    if name in TABLES:
        return TABLES[name]
    found = next((rule.model._meta.verbose_name_plural for rule in SCHEDULE if rule.name == name), name)
    return str(found)[:1].upper() + str(found)[1:]


def row_words(row: CatalogModel) -> str:
    """Return of what sort a row is, from its column of codes; empty where it has none or holds no code."""
    for column in _SORTS:
        code = getattr(row, column, None)
        if isinstance(code, str) and code in EVENTS:
            return EVENTS[code].label
        if isinstance(code, str) and _CODE.fullmatch(code):
            words = consent_type_words(code) if column == "consent_type" else code.replace("_", " ").replace(".", " ")
            return words[:1].upper() + words[1:]
    return ""


def stop_words(stop: Mapping[str, str | int]) -> str:
    """Return why a run ended by itself."""
    words = STOPS.get(str(stop.get("code")), "")
    if "table" not in stop:
        return words
    rows = stop["rows"]
    return f"{words} {table_words(str(stop['table']))}: {rows:,} more than were counted."


def leftover_words(code: str) -> str:
    """Return why a file is not known to be gone, and what to do."""
    return str(Left(code).label) if code in Left.values else code

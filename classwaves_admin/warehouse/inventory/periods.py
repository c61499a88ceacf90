"""How long each kind of data stays where nobody has decided otherwise: the defaults of the written schedule.

16 CFR 312.10 asks for a period for every kind of data and allows none without an end. A school's own rows in
`compliance.retention_policies` come first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from classwaves_admin.warehouse.inventory.kinds import Retention

# Nothing is kept without an end: a period past this is taken for a way of writing "for ever".
LONGEST_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Periods:
    """Days from the moment at which a row's clock starts: until it is archived (None: never), retained, gone.

    `retain` is how long the row is in use, `delete` the day on which it is destroyed at the latest.
    """

    archive: int | None
    retain: int
    delete: int


@dataclass(frozen=True, slots=True)
class Default:
    """The default of one kind of data.

    `under_13` is the most days until deletion while a school has children under 13 (None: no such limit),
    `clock` says in words from when the days count.
    """

    label: str
    periods: Periods
    under_13: int | None
    basis: str
    clock: str


_RECORD = "since it was made"
DEFAULTS: Mapping[Retention, Default] = {
    Retention.AUDIO_RECORDINGS: Default(
        "Audio recordings",
        Periods(None, 30, 30),
        90,
        "16 CFR 312.10: transcription and teacher verification only",
        "since the recording was made",
    ),
    Retention.TRANSCRIPTS: Default(
        "Transcripts",
        Periods(None, 365, 395),
        395,
        "16 CFR 312.10; FERPA education record; instruction",
        "since the words were written down",
    ),
    Retention.AI_ANALYSES: Default(
        "AI analyses",
        Periods(None, 365, 395),
        395,
        "16 CFR 312.10; formative feedback, no profile past the school year",
        _RECORD,
    ),
    Retention.METRICS: Default(
        "Metrics", Periods(None, 365, 395), 395, "16 CFR 312.10; 34 CFR 99.31(b)", "since they were worked out"
    ),
    Retention.SESSION_RECORDS: Default(
        "Session records", Periods(395, 730, 1095), 1095, "FERPA education record", "since the session was created"
    ),
    Retention.MESSAGES: Default(
        "Messages", Periods(None, 180, 365), 365, "School communications record", "since the message was sent"
    ),
    Retention.NOTIFICATIONS: Default(
        "Notifications", Periods(None, 180, 365), 365, "Proof of notice", "since the notification was queued"
    ),
    Retention.AUDIT_LOG: Default(
        "Audit log",
        Periods(730, 2190, 2190),
        None,
        "Accountability; disclosures stay as long as the education record (34 CFR 99.32(a)(2))",
        "since the event",
    ),
    Retention.CONSENT_RECORDS: Default(
        "Consent records", Periods(None, 2190, 2190), None, "Proof of consent", "since the consent ended"
    ),
    Retention.COPPA_RECORDS: Default(
        "Age records", Periods(None, 2190, 2190), None, "16 CFR 312.6, 312.10: evidence", "since the student left"
    ),
    Retention.OPERATIONS: Default("Operations", Periods(None, 90, 90), 90, "Security and operations", _RECORD),
}

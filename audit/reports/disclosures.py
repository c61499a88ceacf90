"""The record of disclosures: who asked for, or was given, education records without a parent's consent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from audit.models import Making
from audit.queries.disclosures import record_of
from audit.queries.names import names_of
from audit.reports.scope import Frame, about, frame_of
from audit.rules.disclosures import Disclosure
from audit.rules.messy import at_school
from audit.rules.names import Names
from audit.rules.printed import on, portions, printed, utc, whole
from audit.rules.reports import ChartOf, Column, LongReport, Row

KIND, TITLE = "report.disclosures", "Record of disclosures"
PARENTS = "parents"
# Where another service left out what the law asks for.
MISSING = "Not recorded"
PORTION = 500
HEADER = (
    "event_id",
    "disclosure_number",
    "disclosed_at_utc",
    "recorded_at_utc",
    "made_or_requested",
    "student_ids",
    "student_names",
    "school_id",
    "school_name",
    "party",
    "legitimate_interest",
    "records",
    "redisclosees",
    "threat",
    "compliance_basis",
    "basis_words",
    "sealed",
    "corrects_event_id",
    "recorded_by",
)
LEGEND = (
    ("Party", "Who asked for or was given the records, and the legitimate interest in them (99.32(a)(3))."),
    ("May pass on to", "Further parties to whom the party may disclose on the school’s behalf (99.32(b))."),
    ("Threat", "In an emergency, the articulable and significant threat that was the ground (99.32(a)(5))."),
    (
        "Corrected",
        "An entry is never changed: a later one takes its place, and both stay in the log.",
    ),
    (
        "Exempt",
        "Disclosures to the parent or eligible student, to school officials, with a parent’s written consent, and of "
        "directory information (99.32(d)) are not part of this record.",
    ),
)


def gather(making: Making, now: datetime) -> LongReport:
    """Return the record of disclosures that a making asks for, inside its scope."""
    frame = frame_of(making)
    student, parents = making.parameters.get("student", ""), making.parameters.get("copy") == PARENTS
    found = record_of(student, since=frame.since, until=frame.until, parents=parents)
    return LongReport(
        title=TITLE,
        lead="Who asked for or was given education records without a parent’s consent, and on which ground.",
        about=frame.about,
        schools=list(frame.schools.values()),
        zone=frame.zone,
        period=frame.period,
        filters=_filters(student, parents=parents),
        as_of=now,
        columns=(
            Column("Date", 9),
            Column(frame.student_title, 13),
            Column("Party and interest", 24),
            Column("Records", 16),
            Column("May pass on to", 12),
            Column("Ground and threat", 18),
            Column("Entry", 8),
        ),
        header=HEADER,
        charts=(
            ChartOf("Entries over time", "entries", over_time=True),
            ChartOf("Entries by ground", "entries"),
        ),
        legend=LEGEND,
        rows=_rows(found, frame, only=student if parents else ""),
        basis="34 CFR 99.32",
        statement=_STATEMENT if not parents else _PARENTS_STATEMENT,
    )


_STATEMENT = (
    "every request for and disclosure of education records that the school has recorded for the period above, "
    "as the audit log had it at the moment named there"
)
_PARENTS_STATEMENT = (
    "the requests for and disclosures of education records of the period above that a parent or eligible student may "
    "inspect (99.32(c)), as the audit log had them at the moment named there"
)


def _filters(student: str, *, parents: bool) -> str:
    words = [about(student)] if student else []
    if parents:
        words.append("Copy for a parent or eligible student")
    return ". ".join(words) or "None: every entry"


def _rows(found: Iterator[Disclosure], frame: Frame, *, only: str) -> Iterator[Row]:
    """Yield the rows. A parent's copy names no child but `only`, whoever else an entry is about."""
    for portion in portions((replace(one, students=(only,)) if only else one for one in found), PORTION):
        names = names_of(
            actors=[one.recorded_by for one in portion],
            students=[student for one in portion for student in one.students],
            schools=(),
        )
        for one in portion:
            yield _row(one, names, frame)


def _row(one: Disclosure, names: Names, frame: Frame) -> Row:
    called = "; ".join(names.students.get(student, student) for student in one.students)
    recorder = names.staff.get(one.recorded_by, one.recorded_by)
    done = "made" if one.made else "requested"
    cells = [
        on(one.on, frame.zone),
        printed(frame.student(called or MISSING, one.school_id)),
        printed(": ".join(filter(None, (one.party or MISSING, one.interest)))),
        printed(one.records) or MISSING,
        printed(one.redisclosees) or "Nobody named",
        printed(". ".join(filter(None, (one.basis_words or MISSING, one.threat)))),
        "Sealed" if one.sealed else done.capitalize(),
    ]
    values = (
        one.event_id,
        one.number,
        utc(one.on),
        utc(one.at),
        done,
        " ".join(one.students),
        called,
        one.school_id,
        frame.schools.get(one.school_id, one.school_id),
        one.party,
        one.interest,
        one.records,
        one.redisclosees,
        one.threat,
        one.basis,
        one.basis_words,
        "yes" if one.sealed else "no",
        one.corrects,
        recorder,
    )
    counts = at_school(one.on, frame.zone).date(), printed(one.basis_words) or MISSING
    return Row(cells, [whole(value) for value in values], counts)

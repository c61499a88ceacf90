"""The COPPA register: how old each student is treated as, and which limits stand on the record (16 CFR Part 312)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from audit.models import Making
from audit.reports.scope import Frame, frame_of
from audit.rules.printed import on, printed, whole
from audit.rules.reports import ChartOf, Column, LongReport, Row
from classwaves_admin.schools.grades import grade_label
from consent.age_table import HEADER, as_cells
from consent.queries.age_filters import AgeFilters
from consent.queries.ages import Registered, whole_register
from consent.rules.ages import AgeGroup
from consent.rules.limits import LIMITS
from consent.rules.register import Ages
from consent.words import age_method_words

KIND, TITLE = "report.coppa_register", "COPPA register"
LEGEND = (
    ("Treated as", "A student whose age nobody stands for is treated as under 13."),
    ("Parent’s consent", "Whether a verified consent of a parent to taking part is in force (16 CFR 312.5)."),
    (
        "Limits",
        "C: collection is limited. T: no behavioral targeting. S: no sharing with third parties.",
    ),
    ("Deletion", "When a parent or the school asked for deletion of what was collected (16 CFR 312.6)."),
    ("To note", "What is missing or wrong in the record; the stricter reading counts all the same."),
)
_LETTERS = ("C", "T", "S")


def gather(making: Making, now: datetime) -> LongReport:
    """Return the register that a making asks for, inside its scope."""
    frame = frame_of(making)
    chosen = making.parameters.get("ages", "")
    ages = Ages(chosen) if chosen else None
    return LongReport(
        title=TITLE,
        lead="How old each active student is treated as, how that is known, and which limits stand.",
        about=frame.about,
        schools=list(frame.schools.values()),
        zone=frame.zone,
        period=f"As of {on(now, frame.zone)}",
        filters=f"Ages: {ages.label}" if ages else "None: every active student",
        as_of=now,
        columns=(
            Column(frame.student_title, 18),
            Column("Grade", 9),
            Column("Treated as", 10),
            Column("How known", 17),
            Column("Parent’s consent", 10),
            Column("Limits", 7),
            Column("Deletion asked", 10),
            Column("To note", 19),
        ),
        header=HEADER,
        charts=(
            ChartOf("Students by age", "students", order=[str(group.label) for group in AgeGroup]),
            ChartOf("Parent’s verified consent", "students"),
        ),
        legend=LEGEND,
        rows=_rows(whole_register(AgeFilters(ages=ages), now), frame),
        basis="16 CFR Part 312",
    )


def _rows(found: Iterator[Registered], frame: Frame) -> Iterator[Row]:
    for one in found:
        line, shown = one.line, one.shown
        consent = ("Yes" if line.consented else "No") if line.under_13 else "Not needed"
        limits = [letter for letter, name in zip(_LETTERS, LIMITS, strict=True) if getattr(line.limits, name)]
        notes = [str(fault.label) for fault in line.faults] + (["Adult, not asked yet"] if line.not_invited else [])
        cells = [
            printed(frame.student(one.student.display_name or "", one.student.school_id)),
            printed(grade_label(one.student.grade_level)),
            str(line.group.label),
            printed(age_method_words(shown.age_verification_method)),
            consent,
            " ".join(limits) or "None",
            on(shown.deletion_requested_at, frame.zone),
            printed("; ".join(notes)),
        ]
        values = [whole(value) if isinstance(value, str) else value for value in as_cells(one, frame.schools)]
        words = {"Yes": "Given", "No": "Not given", "Not needed": "Not needed at this age"}[consent]
        yield Row(cells, values, (str(line.group.label), words))

"""The consent register: of each student and each question, where consent stands and which answer carries it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from audit.models import Making
from audit.reports.scope import Frame, frame_of
from audit.rules.certificate import label
from audit.rules.printed import on, portions, printed, utc, whole
from audit.rules.reports import ChartOf, Column, LongReport, Row
from classwaves_admin.schools.grades import grade_label
from classwaves_admin.warehouse.models import ParentalConsent
from consent.queries.everyone import Child, everyone, histories
from consent.rules.effective import Effective, effective_all
from consent.vocabulary import ASKED_TYPES, ConsentType, EffectiveStatus, Relationship, VerificationMethod
from consent.words import notice_words

KIND, TITLE = "report.consent_register", "Consent register"
PORTION = 200
HEADER = (
    "student_id",
    "student_display_name",
    "grade_level",
    "school_id",
    "school_name",
    "consent_type",
    "effective_status",
    "consent_id",
    "signer_name",
    "relationship",
    "answered_at_utc",
    "verification_method",
    "verified_at_utc",
    "expires_at_utc",
    "notice_version",
)
LEGEND = (
    (
        "Status",
        "What all answers about one student and one question amount to together.",
    ),
    (
        "Guardians disagree",
        "One consents and another refuses: it permits nothing until the school settles it.",
    ),
    ("Not verified yet", "An answer whose signer was not verified as 16 CFR 312.5 asks; it permits nothing."),
    (
        "Notice",
        "The version of the notice that was answered; its words are in the student’s certificate.",
    ),
    ("Students", "Every active student of the school. Who has left is not listed."),
)


class _Carrier(NamedTuple):
    """What the catalog has of the answer that carries a status."""

    signer: str
    version: str


def gather(making: Making, now: datetime) -> LongReport:
    """Return the register that a making asks for, inside its scope."""
    frame = frame_of(making)
    status = making.parameters.get("status", "")
    return LongReport(
        title=TITLE,
        lead="Where consent stands for each active student and each question that parents are asked.",
        about=frame.about,
        schools=list(frame.schools.values()),
        zone=frame.zone,
        period=f"As of {on(now, frame.zone)}",
        filters=f"Status: {label(EffectiveStatus, status)}" if status else "None: every status",
        as_of=now,
        columns=(
            Column(frame.student_title, 13),
            Column("Grade", 8.5),
            Column("What was asked", 16),
            Column("Status", 10),
            Column("Answered by", 14),
            Column("Answered", 8.5),
            Column("Verified", 10.5),
            Column("Valid until", 8.5),
            Column("Notice", 11, code=True),
        ),
        header=HEADER,
        charts=(
            ChartOf("Status", "questions asked about a student", order=[str(one.label) for one in EffectiveStatus]),
            ChartOf("Consent given, by question", "students", order=[str(one.label) for one in ASKED_TYPES]),
        ),
        legend=LEGEND,
        rows=_rows(frame, now, status),
    )


def _rows(frame: Frame, now: datetime, status: str) -> Iterator[Row]:
    children = everyone(now)
    order = sorted(children, key=lambda one: (frame.schools.get(children[one].school_id, ""), children[one].name, one))
    answers: dict[str, dict[ConsentType, Effective]] = {}
    for student_id, rows in histories(children):
        answers[student_id] = effective_all(rows, children[student_id].about, now, ASKED_TYPES)
    for portion in portions(order, PORTION):
        carriers = _carriers([one.row.id for student in portion for one in answers[student].values() if one.row])
        for student_id in portion:
            for kind, answer in answers[student_id].items():
                if not status or answer.status == status:
                    yield _row(student_id, children[student_id], kind, answer, carriers, frame)


def _carriers(ids: Sequence[str]) -> dict[str, _Carrier]:
    rows = ParentalConsent.objects.filter(pk__in=ids).values_list("pk", "parent_name", "consent_text_version")
    return {pk: _Carrier(signer or "", version or "") for pk, signer, version in rows}


def _row(
    student_id: str, child: Child, kind: ConsentType, answer: Effective, carriers: dict[str, _Carrier], frame: Frame
) -> Row:
    row = answer.row
    carrier = carriers.get(row.id, _Carrier("", "")) if row else _Carrier("", "")
    relationship = label(Relationship, row.relationship) if row else ""
    method = label(VerificationMethod, row.method) if row and row.verified_at else ""
    status = str(answer.status.label)
    cells = [
        printed(frame.student(child.name, child.school_id)),
        printed(grade_label(child.grade)),
        str(kind.label),
        status,
        printed(", ".join(filter(None, (carrier.signer, relationship.lower())))) or "Nobody",
        on(row.consented_at, frame.zone) if row else "",
        printed(method),
        on(row.expires_at, frame.zone) if row and answer.active else "",
        printed(notice_words(carrier.version)),
    ]
    values = (
        student_id,
        child.name,
        child.grade,
        child.school_id,
        frame.schools.get(child.school_id, child.school_id),
        kind.value,
        answer.status.value,
        row.id if row else "",
        carrier.signer,
        row.relationship if row else "",
        utc(row.consented_at) if row else "",
        row.method if row else "",
        utc(row.verified_at) if row else "",
        utc(row.expires_at) if row else "",
        carrier.version,
    )
    given = str(kind.label) if answer.active else ""
    return Row(cells, [whole(value) for value in values], (status, given))

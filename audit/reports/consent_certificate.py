"""The consent certificate of one child as PDF and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from audit.rules.certificate import NAME, Certificate, Notice, in_utc
from classwaves_admin.lib.digest import canonical_json, sha256_hex
from classwaves_admin.lib.pdf import AttachedFile, render_pdf
from classwaves_admin.lib.safe_csv import Cell, csv_lines
from consent.notices.markdown import to_html, without_title

STYLESHEET = Path(settings.BASE_DIR) / "templates" / "pdf" / "report.css"
DATA_FILE = "consent-certificate-data.json"

# Shape and tone of a status; its words always stand beside them.
MARKS = {
    "active": ("good", "✓"),
    "refused": ("bad", "✕"),
    "revoked": ("bad", "✕"),
    "conflict": ("bad", "!"),
    "unverified": ("wait", "…"),
    "pending": ("wait", "…"),
}
NEUTRAL_MARK = ("neutral", "–")

CSV_HEADER = (
    "school",
    "school_time_zone",
    "student_display_name",
    "grade_level",
    "consent_type",
    "effective_status",
    "answer_id",
    "answer_status",
    "consent_given",
    "decides_status",
    "signer_name",
    "relationship",
    "answered_at_utc",
    "verification_method",
    "verified_at_utc",
    "expires_at_utc",
    "revoked_at_utc",
    "notice_version",
    "notice_text",
    "generated_by",
    "generated_at_utc",
    "data_as_of_utc",
    "answers_in_report",
    "data_sha256",
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who had the report made, and when."""

    name: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """A notice with its words as HTML; `html` is None where they are not kept here."""

    notice: Notice
    html: SafeString | None


def fingerprint(certificate: Certificate) -> str:
    """Return the SHA-256 of the certificate's data in its canonical form."""
    return sha256_hex(canonical_json(certificate.data()))


def to_pdf(certificate: Certificate, made: Provenance) -> bytes:
    """Return the certificate as PDF/UA-1, with the data that the fingerprint covers attached."""
    data = canonical_json(certificate.data())
    context = {
        "certificate": certificate,
        "standings": [(standing, MARKS.get(standing.status, NEUTRAL_MARK)) for standing in certificate.standings],
        "answers": [(answer, MARKS.get(answer.status, NEUTRAL_MARK)) for answer in certificate.answers],
        "notices": [_shown(notice) for notice in certificate.notices],
        "made": made,
        "sha256": sha256_hex(data),
        "data_file": DATA_FILE,
    }
    attached = AttachedFile(DATA_FILE, "The data of this certificate as JSON", data)
    html = render_to_string("pdf/consent_certificate.html", context)
    return render_pdf(html, stylesheets=[STYLESHEET], attachments=[attached])


def to_csv(certificate: Certificate, made: Provenance) -> Iterator[str]:
    """Yield the same as CSV: a line for each answer, and one for each type without any."""
    texts = {notice.version: notice.text for notice in certificate.notices}
    statuses = {standing.consent_type: standing for standing in certificate.standings}
    head = (certificate.school, certificate.zone.key, certificate.student, certificate.grade)
    tail = (
        f"{made.name} ({made.role})",
        in_utc(made.at),
        in_utc(certificate.as_of),
        len(certificate.answers),
        fingerprint(certificate),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            *head,
            answer.consent_type,
            statuses[answer.consent_type].status,
            answer.id,
            answer.status.value,
            "yes" if answer.given else "no",
            "yes" if statuses[answer.consent_type].answer == answer else "no",
            answer.signer,
            answer.relationship,
            in_utc(answer.answered_at),
            answer.method,
            in_utc(answer.verified_at),
            in_utc(answer.expires_at),
            in_utc(answer.revoked_at),
            answer.notice_version,
            texts[answer.notice_version],
            *tail,
        )
        for answer in certificate.answers
    ]
    answered = {answer.consent_type for answer in certificate.answers}
    silent = (standing for standing in certificate.standings if standing.consent_type not in answered)
    gap = (None,) * (len(CSV_HEADER) - len(head) - 2 - len(tail))
    rows += [(*head, standing.consent_type, standing.status, *gap, *tail) for standing in silent]
    return csv_lines(CSV_HEADER, rows)


def file_name(extension: str) -> str:
    """Return the name of the download; it names no child, since names of files travel further than files."""
    return f"{NAME.replace('_', '-')}.{extension}"


def _shown(notice: Notice) -> ShownNotice:
    return ShownNotice(notice, None if notice.text is None else to_html(without_title(notice.text)))

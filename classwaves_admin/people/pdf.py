"""An access review as evidence: CSV, and PDF/UA-1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string

from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.lib.pdf import render_pdf
from classwaves_admin.lib.safe_csv import csv_lines
from classwaves_admin.people.models import AccessReview, AccessReviewLine

FOLDER = Path(settings.BASE_DIR) / "templates" / "pdf"
STYLESHEETS = (FOLDER / "report.css", FOLDER / "access_review.css")
HEADER = ("person", "email", "role", "may", "second factor", "last sign-in", "decision", "decided by", "decided at")


@dataclass(frozen=True, slots=True)
class Listed:
    """The people of a review as they stand in its files: the table as CSV, how many, and the SHA-256 of the table."""

    csv: bytes
    rows: int
    sha256: str


def listed(review: AccessReview) -> Listed:
    """Return the review's people as a table."""
    rows = [
        (
            line.name,
            line.email,
            line.role,
            "; ".join(line.may),
            "yes" if line.has_mfa else "no",
            line.seen.isoformat() if line.seen else "",
            line.decision,
            line.decided_by,
            line.decided_at.isoformat() if line.decided_at else "",
        )
        for line in lines_of(review)
    ]
    content = "".join(csv_lines(HEADER, rows)).encode()
    return Listed(content, len(rows), sha256_hex(content))


def to_pdf(review: AccessReview, *, sha256: str, made: Mapping[str, str], at: datetime, clock: str) -> bytes:
    """Return the review as it is printed and filed.

    `sha256` is the hash of the same people as a table, `made` who prints it (name, role), `clock` the school whose
    time it shows.
    """
    lines = list(lines_of(review))
    context = {
        "review": review,
        "lines": lines,
        "roles": sorted({line.role: line.may for line in lines}.items()),
        "decided": Counter(line.get_decision_display() or "not decided" for line in lines).most_common(),
        "sha256": sha256,
        "made": made,
        "at": at,
        "clock": clock,
    }
    return render_pdf(render_to_string("pdf/access_review.html", context), stylesheets=STYLESHEETS)


def lines_of(review: AccessReview) -> QuerySet[AccessReviewLine]:
    """Return the people of a review by address."""
    return review.lines.order_by("email", "id")

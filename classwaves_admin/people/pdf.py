"""An access review as evidence: CSV, and PDF/UA-1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from classwaves_admin.lib.pdf import render_pdf
from classwaves_admin.lib.safe_csv import csv_lines
from classwaves_admin.people.models import AccessReview

FOLDER = Path(settings.BASE_DIR) / "templates" / "pdf"
STYLESHEETS = (FOLDER / "report.css", FOLDER / "receipt.css")
HEADER = ("person", "email", "role", "may", "second factor", "last sign-in", "decision", "decided by", "decided at")


def to_csv(review: AccessReview) -> Iterator[str]:
    """Yield the review's people line by line."""
    rows = (
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
        for line in review.lines.order_by("email", "id")
    )
    return csv_lines(HEADER, rows)


def to_pdf(review: AccessReview) -> bytes:
    """Return the review as it is printed and filed."""
    context = {"review": review, "lines": review.lines.order_by("email", "id"), "lang": "en"}
    return render_pdf(render_to_string("pdf/access_review.html", context), stylesheets=STYLESHEETS)

"""The certificate of disposition as PDF/UA-1, with the fields of the NDPA's Exhibit D."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from classwaves_admin.lib.pdf import render_pdf

__all__ = ["FILE_NAME", "to_pdf"]

FOLDER = Path(settings.BASE_DIR) / "templates" / "pdf"
STYLESHEETS = (FOLDER / "report.css", FOLDER / "disposition.css")
FILE_NAME = "certificate-of-disposition"


def to_pdf(context: Mapping[str, Any]) -> bytes:
    """Return the certificate with what the page of it shows."""
    html = render_to_string("pdf/disposition.html", dict(context))
    return render_pdf(html, stylesheets=STYLESHEETS)

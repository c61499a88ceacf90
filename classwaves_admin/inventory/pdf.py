"""The inventory as PDF/UA-1: the schedule of data of the NDPA's Exhibit B, with the subprocessors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string

from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.lib.pdf import render_pdf

__all__ = ["FILE_NAME", "to_pdf"]

FOLDER = Path(settings.BASE_DIR) / "templates" / "pdf"
STYLESHEETS = (FOLDER / "report.css", FOLDER / "inventory.css")
FILE_NAME = "exhibit-b-schedule-of-data.pdf"
# Printing takes some seconds: the same words are printed once in so many.
KEPT_SECONDS = 3_600


def to_pdf(context: Mapping[str, Any]) -> bytes:
    """Return the schedule with what `views/files.py` gathered."""
    html = render_to_string("pdf/inventory.html", dict(context))
    key = f"inventory:{sha256_hex(html.encode())}"
    made: bytes | None = cache.get(key)
    if made is None:
        made = render_pdf(html, stylesheets=STYLESHEETS)
        cache.set(key, made, KEPT_SECONDS)
    return made

"""The written retention policy of a school as PDF/UA-1, in the reader's language."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils import translation

from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.lib.pdf import render_pdf
from retention.queries.published import Published

__all__ = ["FILE_NAME", "to_pdf"]

FOLDER = Path(settings.BASE_DIR) / "templates" / "pdf"
STYLESHEETS = (FOLDER / "report.css", FOLDER / "receipt.css")
FILE_NAME = "retention-policy.pdf"
# Anybody may ask for it, and printing takes a second: the same words are printed once in so many seconds.
KEPT_SECONDS = 86_400


def to_pdf(policy: Published, *, language: str, address: str) -> bytes:
    """Return the policy in a language; `address` is where its newest version is found."""
    with translation.override(language):
        html = render_to_string("pdf/retention_policy.html", {"policy": policy, "lang": language, "address": address})
    key = f"retention-policy:{sha256_hex(html.encode())}"
    made: bytes | None = cache.get(key)
    if made is None:
        made = render_pdf(html, stylesheets=STYLESHEETS)
        cache.set(key, made, KEPT_SECONDS)
    return made

"""HTML to tagged PDF (PDF/UA-1), with nothing fetched but our own fonts."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import weasyprint
from django.conf import settings
from django.contrib.staticfiles import finders
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

__all__ = ["AddressRefused", "AttachedFile", "render_pdf"]

FONT_SCHEME = "font:"
VARIANT = "pdf/ua-1"


class AddressRefused(FatalURLFetchingError):
    """A report asked for something that is not one of our fonts. Nothing was fetched and nothing was made."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file inside the PDF."""

    name: str
    description: str
    content: bytes


def render_pdf(html: str, *, stylesheets: Sequence[Path], attachments: Sequence[AttachedFile] = ()) -> bytes:
    """Return the document as PDF/UA-1. Its `<html lang>` and `<title>` become the PDF's.

    A stylesheet names fonts as `font:public-sans/PublicSans-Regular.ttf`, from the folder of static fonts;
    where one is missing the system's fonts take over. Raises AddressRefused for any other address.
    """
    fonts = FontConfiguration()
    fetcher = _OwnFonts()
    with _collector_at_rest():
        document = weasyprint.HTML(string=html, url_fetcher=fetcher)
        styles = [weasyprint.CSS(filename=path, url_fetcher=fetcher, font_config=fonts) for path in stylesheets]
        files = [
            weasyprint.Attachment(string=file.content, name=file.name, description=file.description)
            for file in attachments
        ]
        made: bytes = document.write_pdf(
            stylesheets=styles,
            font_config=fonts,
            attachments=files,
            pdf_variant=VARIANT,
            finisher=_give_headers_a_scope,
        )
    return made


class _OwnFonts(URLFetcher):
    """Answers for our fonts and refuses the network, the disk and data addresses."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Return the font. Raises AddressRefused, and FileNotFoundError for a font that is not there."""
        name = url.removeprefix(FONT_SCHEME)
        if name == url or ".." in name or not name.endswith(".ttf"):
            raise AddressRefused("A report may use nothing but its own fonts.")
        return URLFetcherResponse(url, _font(name).read_bytes(), {"Content-Type": "font/ttf"})


def _font(name: str) -> Path:
    """Return the file, where the sources keep it or where `collectstatic` put it."""
    found = finders.find(f"fonts/{name}")
    return Path(found) if found else Path(settings.STATIC_ROOT) / "fonts" / name


_rest = threading.Lock()
_resting = 0


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector still: it walks the growing document again and again and takes half of the time."""
    global _resting  # noqa: PLW0603 - renders run side by side in threads of one process
    with _rest:
        if not _resting:
            gc.disable()
        _resting += 1
    try:
        yield
    finally:
        with _rest:
            _resting -= 1
            if not _resting:
                gc.enable()
                gc.collect()


def _give_headers_a_scope(_document: weasyprint.Document, pdf: Any) -> None:
    """Say of each header cell whether it heads its column or its row, which the renderer leaves out.

    A header in a table's head heads its column, any other one its row (ISO 14289-1, 7.5).
    """
    for cell in pdf.objects:
        if isinstance(cell, dict) and cell.get("S") == "/TH":
            group = _parent(pdf, _parent(pdf, cell))
            cell["A"]["Scope"] = "/Column" if group.get("S") == "/THead" else "/Row"


def _parent(pdf: Any, element: dict[str, Any]) -> dict[str, Any]:
    """Return the element above, which `P` names as "number generation R"."""
    parent: dict[str, Any] = pdf.objects[int(element["P"].split()[0])]
    return parent

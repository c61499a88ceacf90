"""HTML to PDF for pages that print: the printer is loaded with the first document, not with the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["AttachedFile", "render_pdf"]


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file inside the PDF."""

    name: str
    description: str
    content: bytes


def render_pdf(html: str, *, stylesheets: Sequence[Path], attachments: Sequence[AttachedFile] = ()) -> bytes:
    """Return the document as PDF/UA-1. Its `<html lang>` and `<title>` become the PDF's.

    A stylesheet names fonts as `font:public-sans/PublicSans-Regular.ttf`, from the folder of static fonts;
    where one is missing the system's fonts take over. Raises pdf_sheaf.AddressRefused for any other address.
    """
    # WeasyPrint weighs 35 MB and takes a third of a second to load; most processes never print.
    from classwaves_admin.lib.pdf_document import print_document

    return print_document(html, stylesheets=stylesheets, attachments=attachments)

"""Scans that people upload: judged by their content, made again without what a scan does not need.

A picture is decoded and encoded again, so that no metadata, no place where it was taken and nothing hidden
behind it is kept. Of a PDF the pages are copied into a new file without scripts, forms, attached files or links.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageFile, ImageOps
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import NameObject

PDF_TYPE, PNG_TYPE, JPEG_TYPE = "application/pdf", "image/png", "image/jpeg"
EXTENSIONS = {PDF_TYPE: "pdf", PNG_TYPE: "png", JPEG_TYPE: "jpg"}
# A page of A3 at 600 dots per inch has 69 million; what is larger is no scan of a form.
MOST_PIXELS = 80_000_000
MOST_PAGES = 40
_JPEG_QUALITY = 85
# What a page may carry besides its picture: links, forms, scripts.
_NOT_KEPT = ("/Annots", "/AA", "/Metadata", "/PieceInfo")


class Fault(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    KIND = "kind"
    DAMAGED = "damaged"
    LOCKED = "locked"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"


class UnfitScan(ValueError):
    """A file that cannot be kept. `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan as it is kept."""

    content: bytes
    content_type: str


def clean_scan(data: bytes) -> Scan:
    """Return a PDF, PNG or JPEG made again from its visible part. Raises UnfitScan.

    The first bytes decide what it is; its name and the type that the browser states decide nothing.
    """
    if not data:
        raise UnfitScan(Fault.EMPTY)
    if data.startswith(b"%PDF-"):
        return Scan(_pages_alone(data), PDF_TYPE)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Scan(_picture_alone(data, "PNG"), PNG_TYPE)
    if data.startswith(b"\xff\xd8\xff"):
        return Scan(_picture_alone(data, "JPEG"), JPEG_TYPE)
    raise UnfitScan(Fault.KIND)


@contextmanager
def decoded(data: bytes, kind: str, most_pixels: int) -> Iterator[Image.Image]:
    """Give the picture upright, to be used up in the block. Raises UnfitScan, whatever a decoder stumbles over."""
    # WeasyPrint lets half pictures pass, for the whole process; none of our own documents has a picture.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is told below
            picture = Image.open(io.BytesIO(data), formats=(kind,))
            if picture.width * picture.height > most_pixels:
                raise UnfitScan(Fault.TOO_MANY_PIXELS)
            upright = ImageOps.exif_transpose(picture)
        yield upright
    except UnfitScan:
        raise
    except Image.DecompressionBombError:
        raise UnfitScan(Fault.TOO_MANY_PIXELS) from None
    except Exception:  # noqa: BLE001 - decoders raise anything for a damaged file, struct.error among it
        raise UnfitScan(Fault.DAMAGED) from None


def _picture_alone(data: bytes, kind: str) -> bytes:
    with decoded(data, kind, MOST_PIXELS) as upright:
        made = io.BytesIO()
        grey = upright.mode in {"1", "L"}
        upright.convert("L" if grey else "RGB").save(made, kind, quality=_JPEG_QUALITY, optimize=False)
    return made.getvalue()


def _pages_alone(data: bytes) -> bytes:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise UnfitScan(Fault.LOCKED)
        pages = len(reader.pages)
        if not pages:
            raise UnfitScan(Fault.DAMAGED)
        if pages > MOST_PAGES:
            raise UnfitScan(Fault.TOO_MANY_PAGES)
        writer = PdfWriter()
        for page in reader.pages:
            kept = writer.add_page(page, excluded_keys=_NOT_KEPT)
            for key in _NOT_KEPT:
                kept.pop(NameObject(key), None)
        writer.metadata = None
        made = io.BytesIO()
        writer.write(made)
    except UnfitScan:
        raise
    except (PyPdfError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise UnfitScan(Fault.DAMAGED) from None
    return made.getvalue()

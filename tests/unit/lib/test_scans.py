"""Scans are judged by content and made again without what a scan does not need."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from classwaves_admin.lib import scans
from classwaves_admin.lib.scans import JPEG_TYPE, PDF_TYPE, PNG_TYPE, Fault, UnfitScan, clean_scan

SECRET = b"taken at home, 40.7N 74.0W"


def picture(kind: str, size: tuple[int, int] = (40, 20), **save: Any) -> bytes:
    """Return a red picture."""
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, kind, **save)
    return made.getvalue()


def pdf(pages: int = 1, *, script: bool = False, attachment: bool = False, password: str = "") -> bytes:
    """Return a PDF of blank pages, with things that no scan has where asked."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": "Maria Secret"})
    if script:
        run = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
        )
        writer.root_object[NameObject("/OpenAction")] = run
        writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): run})
    if attachment:
        writer.add_attachment("passport.png", b"face")
    if password:
        writer.encrypt(password)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def fault(data: bytes) -> Fault:
    """Return why a file is not taken."""
    with pytest.raises(UnfitScan) as unfit:
        clean_scan(data)
    return unfit.value.fault


def test_a_picture_loses_everything_but_its_pixels() -> None:
    """Place, camera, comments and what hangs behind the picture are gone; the picture is there."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    text = PngInfo()
    text.add_text("Comment", SECRET.decode())
    for data, kind in (
        (picture("JPEG", exif=exif), JPEG_TYPE),
        (picture("PNG", pnginfo=text), PNG_TYPE),
        (picture("JPEG") + SECRET, JPEG_TYPE),
        (picture("PNG") + b"<html><script>" + SECRET, PNG_TYPE),
    ):
        scan = clean_scan(data)
        assert SECRET not in scan.content
        assert scan.content_type == kind
        assert Image.open(io.BytesIO(scan.content)).size == (40, 20)


def test_a_picture_taken_sideways_is_turned_upright() -> None:
    """The turn that a phone notes in the metadata is made before they go."""
    exif = Image.Exif()
    exif[0x0112] = 6
    scan = clean_scan(picture("JPEG", exif=exif))
    assert Image.open(io.BytesIO(scan.content)).size == (20, 40)


def test_a_pdf_keeps_its_pages_alone() -> None:
    """Scripts, attached files and the author's name are gone."""
    scan = clean_scan(pdf(2, script=True, attachment=True))
    reader = PdfReader(io.BytesIO(scan.content))
    assert (len(reader.pages), scan.content_type) == (2, PDF_TYPE)
    assert dict(reader.attachments) == {}
    for gone in (b"JavaScript", b"app.alert", b"passport", b"face", b"Secret"):
        assert gone not in scan.content


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Fault.EMPTY),
        (b"<html><script>alert(1)</script></html>", Fault.KIND),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', Fault.KIND),
        (b"\n%PDF-1.7 not at the start", Fault.KIND),
        (b"GIF89a" + bytes(100), Fault.KIND),
        (b"PK\x03\x04" + bytes(100), Fault.KIND),
        (b"%PDF-1.7\n<html><script>alert(1)</script>", Fault.DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), Fault.DAMAGED),
        (b"\xff\xd8\xff" + b"<svg>", Fault.DAMAGED),
        (picture("PNG")[:-30], Fault.DAMAGED),
        (pdf(scans.MOST_PAGES + 1), Fault.TOO_MANY_PAGES),
        (pdf(password="secret"), Fault.LOCKED),
    ],
)
def test_what_is_no_scan_is_refused_with_its_reason(data: bytes, expected: Fault) -> None:
    """HTML, SVG, archives, damaged, locked and endless files are told apart."""
    assert fault(data) is expected


def test_half_a_picture_is_refused_beside_the_maker_of_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint lets half pictures pass in the whole process; a scan that was cut off is told all the same."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    for kind in ("PNG", "JPEG"):
        assert fault(picture(kind, (400, 400))[:-60]) is Fault.DAMAGED


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    """A small file that states a picture of 65,000 by 65,000 pixels takes no memory."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 65_000, 65_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000)))
    assert fault(bomb + chunk(b"IEND", b"")) is Fault.TOO_MANY_PIXELS


@given(st.sampled_from([b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b""]), st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused(start: bytes, rest: bytes) -> None:
    """Nothing that somebody uploads breaks the page."""
    try:
        clean_scan(start + rest)
    except UnfitScan:
        return


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_pdf_with_one_wrong_byte_is_taken_or_refused(where: int, byte: int) -> None:
    """Damage anywhere in a file ends in an answer."""
    whole = bytearray(_WHOLE)
    whole[where % len(whole)] = byte
    try:
        clean_scan(bytes(whole))
    except UnfitScan:
        return


_WHOLE = pdf(1, script=True)

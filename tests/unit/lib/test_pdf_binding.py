"""Parts of a PDF that are rendered apart and bound: one document, in order, whoever rendered them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import page
import pytest
from django.contrib.staticfiles import finders
from pypdf import PdfReader

from classwaves_admin.lib.pdf_binding import bind
from classwaves_admin.lib.pdf_label import PageLabel
from classwaves_admin.lib.pdf_sheaf import AddressRefused, Dress, Sheaf, render, renumbered

FONT = "fonts/public-sans/PublicSans-SemiBold.ttf"
HTML = '<html lang="en"><head><title>{}</title></head><body><p>{}</p></body></html>'


@pytest.fixture
def dress(tmp_path: Path) -> Dress:
    """Return a stylesheet of small pages with a font of ours."""
    sheet = tmp_path / "small.css"
    font = '@font-face { font-family: Ours; src: url("font:ours.ttf") }'
    sheet.write_text(f"{font} @page {{ size: 300pt 120pt; margin: 20pt }} body, th, td {{ font: 10pt Ours }}")
    return Dress((str(sheet),), {"font:ours.ttf": str(finders.find(FONT))})


def grid(first: int, number: int) -> Element:
    """Return a table of numbered rows."""
    table = Element("table")
    head = SubElement(SubElement(table, "thead"), "tr")
    SubElement(head, "th").text = "Number"
    SubElement(head, "th").text = "Words"
    body = SubElement(table, "tbody")
    for row in range(first, first + number):
        line = SubElement(body, "tr")
        SubElement(line, "th").text = f"row{row}"
        SubElement(line, "td").text = "12 0 R (not a reference)"
    return table


def label_of(dress: Dress) -> PageLabel:
    """Return how pages are numbered."""
    return PageLabel(Path(dress.fonts["font:ours.ttf"]), size=7.5, margin=20, baseline=8, colour=(0, 0, 0))


def bound(dress: Dress, folder: Path, parts: int) -> tuple[bytes, int]:
    """Return a cover and parts of 12 rows, rendered last part first, and how many pages they have."""
    names = [folder / f"{number}" for number in range(parts + 1)]
    for number in reversed(range(parts + 1)):
        html, body = HTML.format("Part" if number else "A &amp; B", "Begin"), [grid(12 * number, 12)] if number else []
        sheaf = render(html, dress, target=names[number], body=body)
        sheaf.save(names[number].with_suffix(".json"))
    found = [(Sheaf.load(name.with_suffix(".json")), name) for name in names]
    pages = bind(found, label_of(dress), folder / "whole.pdf")
    return (folder / "whole.pdf").read_bytes(), pages


@pytest.mark.parametrize("parts", [0, 1, 3])
def test_parts_become_one_accessible_document(dress: Dress, tmp_path: Path, parts: int) -> None:
    """The checker finds nothing, title and language are those of the first part, every page says which it is."""
    content, pages = bound(dress, tmp_path, parts)
    report = page.validate_pdf_bytes(content, profile="ua1")
    assert report.is_compliant, [failure.message for failure in report.failures]
    reader = PdfReader(io.BytesIO(content), strict=True)
    assert reader.metadata
    assert reader.metadata.title == "A & B"
    assert reader.trailer["/Root"]["/Lang"] == "en"  # type: ignore[index]
    assert len(reader.pages) == pages
    for number, sheet in enumerate(reader.pages, start=1):
        assert f"Page {number} of {pages}" in sheet.extract_text()


def test_rows_stand_in_order_and_cells_hold_their_text(dress: Dress, tmp_path: Path) -> None:
    """Each row once, under headers with a scope, and no element between a cell and its text."""
    content, _ = bound(dress, tmp_path, 2)
    reader = PdfReader(io.BytesIO(content))
    words = [word for sheet in reader.pages for word in sheet.extract_text().split() if word.startswith("row")]
    assert words == [f"row{number}" for number in range(12, 36)]
    root: Any = reader.trailer["/Root"]
    cells = elements(root["/StructTreeRoot"], {"/TD", "/TH"})
    assert {type(kid).__name__ for cell in cells for kid in cell["/K"]} == {"NumberObject"}
    assert {cell["/A"]["/Scope"] for cell in cells if cell["/S"] == "/TH"} == {"/Column", "/Row"}
    assert "/Headers" not in str(cells)


def test_every_piece_of_content_names_its_element(dress: Dress, tmp_path: Path) -> None:
    """The tree from pages to elements leads to elements of the same page, also in the last part."""
    content, _ = bound(dress, tmp_path, 2)
    reader = PdfReader(io.BytesIO(content))
    root: Any = reader.trailer["/Root"]
    nums = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    assert list(nums[::2]) == list(range(len(reader.pages)))
    sheets: list[Any] = list(reader.pages)
    for index, sheet in enumerate(sheets):
        assert sheet["/StructParents"] == index
        of_page = nums[2 * index + 1].get_object()
        assert {one.get_object()["/Pg"].indirect_reference for one in of_page} == {sheet.indirect_reference}


def test_a_long_document_numbers_its_objects_without_gaps(dress: Dress, tmp_path: Path) -> None:
    """However many parts it has, the checker takes it with its own limits: it counts numbers, used or not."""
    cover = render(HTML.format("Cover", "x"), dress, target=tmp_path / "0")
    part = render(HTML.format("Part", "y"), dress, target=tmp_path / "1", body=[grid(0, 3)])
    parts = [(cover, tmp_path / "0"), *[(part, tmp_path / "1")] * 60]
    pages = bind(parts, label_of(dress), tmp_path / "whole.pdf")
    report = page.validate_pdf_bytes((tmp_path / "whole.pdf").read_bytes(), profile="ua1")
    assert report.is_compliant, [failure.message for failure in report.failures]
    reader = PdfReader(tmp_path / "whole.pdf", strict=True)
    size: Any = reader.trailer["/Size"]
    assert report.document.page_count == pages
    assert size - len(reader.xref_objStm) - len(reader.xref[0]) <= 5 * len(parts)


def test_words_that_look_like_references_stay() -> None:
    """Numbers of objects move; what a text says does not, whatever it says."""
    assert renumbered(rb"<</Alt (see 7 0 R \) 8 0 R)/P 9 0 R>>", lambda number: number + 1) == (
        rb"<</Alt (see 7 0 R \) 8 0 R)/P 10 0 R>>"
    )


def test_nothing_is_fetched(dress: Dress, tmp_path: Path) -> None:
    """A part that asks for anything but its fonts is not made."""
    html = HTML.format("Part", '<img src="https://tracker.example/x.png" alt="x">')
    with pytest.raises(AddressRefused):
        render(html, dress, target=tmp_path / "0")


def elements(element: Any, kinds: set[str]) -> list[Any]:
    """Return the elements of some kinds below `element`, in reading order."""
    kids = element.get("/K", [])
    below = [kid.get_object() for kid in (kids if isinstance(kids, list) else [kids])]
    found = [element] if element.get("/S") in kinds else []
    return found + [one for kid in below if hasattr(kid, "get") for one in elements(kid, kinds)]

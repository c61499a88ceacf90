"""Tagged PDF from HTML."""

from __future__ import annotations

import gc
import io
from pathlib import Path
from typing import Any

import page
import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from classwaves_admin.lib.pdf import AttachedFile, render_pdf
from classwaves_admin.lib.pdf_sheaf import AddressRefused

HTML = (
    '<html lang="en"><head><title>A list</title></head><body><h1>A list</h1><table><thead><tr><th>Name</th>'
    "<th>Age</th></tr></thead><tbody><tr><th>Maya</th><td>9</td></tr></tbody></table>{}</body></html>"
)


def test_the_document_is_tagged_and_conforms() -> None:
    """Title, language and marks are there, every header says what it heads, and a PDF/UA-1 checker finds nothing."""
    made = render_pdf(HTML.format(""), stylesheets=[], attachments=[AttachedFile("data.json", "The data", b"{}")])
    reader = PdfReader(io.BytesIO(made))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()
    assert reader.metadata
    assert reader.metadata.title == "A list"
    assert reader.attachments["data.json"] == [b"{}"]
    assert [cell["/A"]["/Scope"] for cell in cells(root["/StructTreeRoot"], "/TH")] == ["/Column", "/Column", "/Row"]
    report = page.validate_pdf_bytes(made, profile="ua1")
    assert report.is_compliant, [failure.message for failure in report.failures]


def cells(element: DictionaryObject, kind: str) -> list[Any]:
    """Return the elements of one kind below `element`, in reading order."""
    kids = element.get("/K", [])
    below = [kid.get_object() for kid in (kids if isinstance(kids, list) else [kids])]
    found: list[Any] = [element] if element.get("/S") == kind else []
    for kid in below:
        if isinstance(kid, DictionaryObject):
            found += cells(kid, kind)
    return found


@pytest.mark.parametrize(
    "address",
    [
        "https://tracker.example/pixel.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "font:../../.env",
        "font:public-sans/LICENSE.txt",
        "font:public-sans/../../../../.env.ttf",
    ],
)
def test_nothing_is_fetched(address: str) -> None:
    """A report that asks for the network, the disk or anything but a font is not made at all."""
    with pytest.raises(AddressRefused):
        render_pdf(HTML.format(f'<p><img src="{address}" alt="x"></p>'), stylesheets=[])


def test_a_missing_font_does_not_stop_a_report(tmp_path: Path) -> None:
    """Where a font file is not there, the system's fonts take over."""
    sheet = tmp_path / "report.css"
    sheet.write_text('@font-face { font-family: "None"; src: url("font:none/None.ttf") } body { font-family: "None" }')
    assert render_pdf(HTML.format(""), stylesheets=[sheet]).startswith(b"%PDF")


def test_the_collector_runs_again_after_a_failure() -> None:
    """The garbage collector rests for the length of a render only, also of one that fails."""
    with pytest.raises(AddressRefused):
        render_pdf(HTML.format('<img src="https://x.example/" alt="x">'), stylesheets=[])
    assert gc.isenabled()

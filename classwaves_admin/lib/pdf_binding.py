"""Binds rendered parts into one PDF/UA-1, with "Page x of y" on every page. See `pdf_sheaf`."""

from __future__ import annotations

import io
import shutil
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fontTools import subset
from fontTools.ttLib import TTFont

from classwaves_admin.lib.pdf_sheaf import RANGE, SHARED_FONT, Sheaf, object_stream

__all__ = ["PageLabel", "bind"]

_PAGES, _CATALOG = 1, 2
_DESCRIPTOR, _FONT_FILE, _INFO, _PACK, _XREF, _KEEP = range(SHARED_FONT + 1, SHARED_FONT + 7)
_GLYPHS = "Page of0123456789,"
_FONT = "PageLabel"


@dataclass(frozen=True, slots=True)
class PageLabel:
    """How "Page x of y" is set: the font's file, its size, the right margin and the baseline in points, the colour."""

    font: Path
    size: float
    margin: float
    baseline: float
    colour: tuple[float, float, float]


def bind(parts: Sequence[tuple[Sheaf, Path]], label: PageLabel, target: Path) -> int:
    """Write the parts, in order, as one document into `target`; return how many pages it has."""
    sheets = [sheet for sheaf, _ in parts for sheet in sheaf.sheets]
    first = parts[0][0]
    entries: dict[int, tuple[int, int, int]] = {}
    with target.open("wb") as out:
        out.write(b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n")
        for sheaf, path in parts:
            start = out.tell()
            entries.update((number, (1, start + place, 0)) for number, place in sheaf.loose)
            entries.update((number, (2, stream, index)) for number, stream, index in sheaf.packed)
            with path.open("rb") as body:
                shutil.copyfileobj(body, out, 1 << 20)
        font = _LabelFont.of(label.font)
        pack = _own_objects(parts, font)
        labels = len(parts) * RANGE + 1  # a number for each page, behind the ranges of the parts
        kids = []
        for index, sheet in enumerate(sheets):
            entries[labels + index] = (1, out.tell(), 0)
            _write(
                out, labels + index, _stream(font.drawn(f"Page {index + 1:,} of {len(sheets):,}", label, sheet.width))
            )
            content = f"/Contents[{_KEEP} 0 R {sheet.content} 0 R {labels + index} 0 R]"
            page = f"{sheet.entries}/Parent {_PAGES} 0 R/StructParents {index}{content}>>"
            pack.append((sheet.number, page.encode("latin-1")))
            kids.append(b"%d 0 R" % sheet.number)
        pack.append((_PAGES, b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))))
        nums = b" ".join(b"%d %d 0 R" % (index, sheet.map) for index, sheet in enumerate(sheets))
        pack.append((first.root, b"<</Type/StructTreeRoot/K[%d 0 R]/ParentTree<</Nums[%s]>>>>" % (first.element, nums)))
        entries[_FONT_FILE] = (1, out.tell(), 0)
        _write(out, _FONT_FILE, _stream(font.file, b"/Length1 %d" % len(font.file)))
        entries[_KEEP] = (1, out.tell(), 0)
        _write(out, _KEEP, _stream(b"q\n"))  # pages turn their axes; their labels do not
        entries[_PACK] = (1, out.tell(), 0)
        _write(out, _PACK, object_stream(pack))
        entries.update((number, (2, _PACK, index)) for index, (number, _) in enumerate(pack))
        _finish(out, entries)
    return len(sheets)


def _own_objects(parts: Sequence[tuple[Sheaf, Path]], font: _LabelFont) -> list[tuple[int, bytes]]:
    """Return what the whole has once: catalog, information, the document's element, and fonts with the label's."""
    first = parts[0][0]
    below = first.parts.removesuffix("]") + "".join(f" {sheaf.element} 0 R" for sheaf, _ in parts[1:]) + "]"
    pack = [
        (_CATALOG, first.catalog.encode("latin-1")),
        (_INFO, first.info.encode("latin-1")),
        (first.element, f"<</Type/StructElem/S/Document/P {first.root} 0 R/K{below}>>".encode("latin-1")),
        (SHARED_FONT, font.dictionary()),
        (_DESCRIPTOR, font.descriptor()),
    ]
    for sheaf, _ in parts:
        number, fonts = sheaf.fonts
        pack.append((number, f"{fonts.removesuffix('>>')}/{_FONT} {SHARED_FONT} 0 R>>".encode("latin-1")))
    for sheaf, _ in parts[1:]:
        part = f"<</Type/StructElem/S/Part/P {first.element} 0 R/K{sheaf.parts}>>"
        pack.append((sheaf.element, part.encode("latin-1")))
    return pack


@dataclass(frozen=True, slots=True)
class _LabelFont:
    """The few glyphs of page labels as a simple TrueType font, with widths in thousandths of its size."""

    file: bytes
    name: str
    widths: dict[str, int]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int

    @classmethod
    def of(cls, path: Path) -> _LabelFont:
        font = TTFont(path)
        options = subset.Options(notdef_outline=True, name_IDs=[], hinting=False, layout_features=[])
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=_GLYPHS)
        subsetter.subset(font)
        scale = 1000 / font["head"].unitsPerEm
        cmap, advance = font.getBestCmap(), font["hmtx"]
        widths = {glyph: round(advance[cmap[ord(glyph)]][0] * scale) for glyph in _GLYPHS}
        head, lines = font["head"], font["hhea"]
        box = (round(head.xMin * scale), round(head.yMin * scale), round(head.xMax * scale), round(head.yMax * scale))
        made = io.BytesIO()
        font.save(made)
        name = path.stem.replace("-", "")
        return cls(made.getvalue(), name, widths, box, round(lines.ascent * scale), round(lines.descent * scale))

    def drawn(self, text: str, label: PageLabel, width: float) -> bytes:
        """Return the content that draws the text, marked as no part of what is read (ISO 14289-1, 7.1)."""
        left = width - label.margin - sum(self.widths[glyph] for glyph in text) / 1000 * label.size
        red, green, blue = label.colour
        return (
            f"Q /Artifact<</Type/Pagination/Subtype/Footer>>BDC {red:.3f} {green:.3f} {blue:.3f} rg BT /{_FONT} "
            f"{label.size} Tf {left:.2f} {label.baseline:.2f} Td ({text}) Tj ET EMC"
        ).encode()

    def dictionary(self) -> bytes:
        first, last = min(map(ord, _GLYPHS)), max(map(ord, _GLYPHS))
        widths = " ".join(str(self.widths.get(chr(code), 0)) for code in range(first, last + 1))
        return (
            f"<</Type/Font/Subtype/TrueType/BaseFont/LABELS+{self.name}/Encoding/WinAnsiEncoding/FirstChar {first}"
            f"/LastChar {last}/Widths[{widths}]/FontDescriptor {_DESCRIPTOR} 0 R>>"
        ).encode()

    def descriptor(self) -> bytes:
        box = " ".join(map(str, self.box))
        return (
            f"<</Type/FontDescriptor/FontName/LABELS+{self.name}/Flags 32/FontBBox[{box}]/ItalicAngle 0/Ascent "
            f"{self.ascent}/Descent {self.descent}/CapHeight {self.ascent}/StemV 80/FontFile2 {_FONT_FILE} 0 R>>"
        ).encode()


def _stream(data: bytes, more: bytes = b"") -> bytes:
    packed = zlib.compress(data, 6)
    return b"<</Filter/FlateDecode%s/Length %d>>\nstream\n%s\nendstream" % (more, len(packed), packed)


def _write(out: BinaryIO, number: int, data: bytes) -> None:
    out.write(b"%d 0 obj\n%s\nendobj\n" % (number, data))


def _finish(out: BinaryIO, entries: dict[int, tuple[int, int, int]]) -> None:
    """Write the table of all objects as a stream; numbers that no part used are free (ISO 32000-1, 7.5.8)."""
    place = out.tell()
    entries[_XREF] = (1, place, 0)
    size = max(entries) + 1
    line = struct.Struct(">BQI")
    table = bytearray(line.pack(0, 0, 65535) * size)
    for number, entry in entries.items():
        line.pack_into(table, number * line.size, *entry)
    packed = zlib.compress(bytes(table), 6)
    out.write(
        b"%d 0 obj\n<</Type/XRef/Size %d/W[1 8 4]/Root %d 0 R/Info %d 0 R/Filter/FlateDecode/Length %d>>\nstream\n"
        b"%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (_XREF, size, _CATALOG, _INFO, len(packed), packed, place)
    )

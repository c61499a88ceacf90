"""Binds rendered parts into one PDF/UA-1, with "Page x of y" on every page. See `pdf_sheaf`."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import BinaryIO

from classwaves_admin.lib.pdf_label import NAME, LabelFont, PageLabel
from classwaves_admin.lib.pdf_sheaf import CATALOG, PAGES, Sheaf, renumbered, stream_renumbered

__all__ = ["PageLabel", "bind"]

_OBJECTS_A_STREAM = 1_000


@dataclass(frozen=True, slots=True)
class _Part:
    """A part in its place: the numbers of its objects come behind `base`."""

    sheaf: Sheaf
    path: Path
    base: int

    def at(self, number: int) -> int:
        """Return the number in the whole of an object of the part."""
        return self.base + number

    def text(self, words: str) -> str:
        """Return dictionary or array of the part with its references in the whole."""
        return renumbered(words.encode("latin-1"), self.at).decode("latin-1")

    def objects(self) -> Iterator[tuple[int, bytes, bool]]:
        """Yield number, content, and whether it is a stream."""
        with self.path.open("rb") as body:
            for number, length in self.sheaf.streams:
                yield self.at(number), stream_renumbered(body.read(length), self.at), True
            for number, length in self.sheaf.small:
                yield self.at(number), renumbered(body.read(length), self.at), False


@dataclass(slots=True)
class _Writer:
    """Writes objects and remembers where they are. Small ones wait until an object stream of them is full."""

    out: BinaryIO
    free: Iterator[int]
    entries: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    waiting: list[tuple[int, bytes]] = field(default_factory=list)

    def write(self, number: int, data: bytes) -> None:
        """Write an object by itself, as streams must be."""
        self.entries[number] = (1, self.out.tell(), 0)
        self.out.write(b"%d 0 obj\n%s\nendobj\n" % (number, data))

    def pack(self, number: int, data: bytes) -> None:
        """Put an object into the next object stream."""
        self.waiting.append((number, data))
        if len(self.waiting) == _OBJECTS_A_STREAM:
            self.flush()

    def flush(self) -> None:
        """Write the objects that wait as one compressed stream (ISO 32000-1, 7.5.7)."""
        stream, places, place = next(self.free), [], 0
        for index, (number, data) in enumerate(self.waiting):
            self.entries[number] = (2, stream, index)
            places.append(b"%d %d" % (number, place))
            place += len(data) + 1
        head = b" ".join(places) + b"\n"
        body = head + b"\n".join(data for _, data in self.waiting)
        self.write(stream, _stream(body, b"/Type/ObjStm/N %d/First %d" % (len(self.waiting), len(head))))
        self.waiting.clear()

    def finish(self, info: int) -> None:
        """Write the table of all objects as a stream; numbers that nothing has are free (ISO 32000-1, 7.5.8)."""
        self.flush()
        number, place = next(self.free), self.out.tell()
        self.entries[number] = (1, place, 0)
        line = struct.Struct(">BQI")
        table = bytearray(line.pack(0, 0, 65535) * (number + 1))
        for one, entry in self.entries.items():
            line.pack_into(table, one * line.size, *entry)
        more = b"/Type/XRef/Size %d/W[1 8 4]/Root %d 0 R/Info %d 0 R" % (number + 1, CATALOG, info)
        self.write(number, _stream(bytes(table), more))
        self.out.write(b"startxref\n%d\n%%%%EOF\n" % place)


def bind(parts: Sequence[tuple[Sheaf, Path]], label: PageLabel, target: Path) -> int:
    """Write the parts, in order, as one document into `target`; return how many pages it has."""
    placed, base = [], 0
    for sheaf, path in parts:
        placed.append(_Part(sheaf, path, base))
        base += sheaf.size
    with target.open("wb") as out:
        out.write(b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n")
        writer = _Writer(out, count(base + 1))
        for part in placed:
            for number, data, is_stream in part.objects():
                (writer.write if is_stream else writer.pack)(number, data)
        font = LabelFont.of(label.font)
        pages = _write_pages(writer, placed, font, label)
        _write_own(writer, placed, font)
    return pages


def _write_pages(writer: _Writer, parts: Sequence[_Part], font: LabelFont, label: PageLabel) -> int:
    """Write the pages with their labels, and the trees that lead to them; return how many there are."""
    first = parts[0]
    sheets = [(part, sheet) for part in parts for sheet in part.sheaf.sheets]
    keep = next(writer.free)
    writer.write(keep, _stream(b"q\n"))  # pages turn their axes; their labels do not
    kids, nums = [], []
    for index, (part, sheet) in enumerate(sheets):
        drawn = next(writer.free)
        writer.write(drawn, _stream(font.drawn(f"Page {index + 1:,} of {len(sheets):,}", label, sheet.width)))
        content = f"/Contents[{keep} 0 R {part.at(sheet.content)} 0 R {drawn} 0 R]"
        page = f"{part.text(sheet.entries)}/Parent {PAGES} 0 R/StructParents {index}{content}>>"
        writer.pack(part.at(sheet.number), page.encode("latin-1"))
        kids.append(f"{part.at(sheet.number)} 0 R")
        nums.append(f"{index} {part.at(sheet.map)} 0 R")
    writer.pack(PAGES, f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode())
    tree = f"/K[{first.sheaf.element} 0 R]/ParentTree<</Nums[{' '.join(nums)}]>>"
    writer.pack(first.sheaf.root, f"<</Type/StructTreeRoot{tree}>>".encode())
    return len(sheets)


def _write_own(writer: _Writer, parts: Sequence[_Part], font: LabelFont) -> None:
    """Write what the whole has once: the document's element, fonts with the label's, information and catalog."""
    first, rest = parts[0].sheaf, parts[1:]
    below = "".join(f" {part.at(part.sheaf.element)} 0 R" for part in rest)
    document = f"<</Type/StructElem/S/Document/P {first.root} 0 R/K{first.parts.removesuffix(']')}{below}]>>"
    writer.pack(first.element, document.encode("latin-1"))
    for part in rest:
        element = f"<</Type/StructElem/S/Part/P {first.element} 0 R/K{part.text(part.sheaf.parts)}>>"
        writer.pack(part.at(part.sheaf.element), element.encode("latin-1"))
    shared, descriptor, file, info = (next(writer.free) for _ in range(4))
    for part in parts:
        number, fonts = part.sheaf.fonts
        entries = f"{part.text(fonts).removesuffix('>>')}/{NAME} {shared} 0 R>>"
        writer.pack(part.at(number), entries.encode("latin-1"))
    writer.pack(shared, font.dictionary(descriptor))
    writer.pack(descriptor, font.descriptor(file))
    writer.write(file, _stream(font.file, b"/Length1 %d" % len(font.file)))
    writer.pack(info, first.info.encode("latin-1"))
    writer.pack(CATALOG, first.catalog.encode("latin-1"))
    writer.finish(info)


def _stream(data: bytes, more: bytes = b"") -> bytes:
    packed = zlib.compress(data, 6)
    return b"<</Filter/FlateDecode%s/Length %d>>\nstream\n%s\nendstream" % (more, len(packed), packed)

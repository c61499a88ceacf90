"""Draws "Page x of y", which is known when all parts of a PDF are, with a font of the few glyphs that it needs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

__all__ = ["NAME", "LabelFont", "PageLabel"]

# What pages call the font.
NAME = "PageLabel"
_GLYPHS = "Page of0123456789,"


@dataclass(frozen=True, slots=True)
class PageLabel:
    """How "Page x of y" is set: the font's file, its size, the right margin and the baseline in points, the colour."""

    font: Path
    size: float
    margin: float
    baseline: float
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class LabelFont:
    """The few glyphs of page labels as a simple TrueType font, with widths in thousandths of its size."""

    file: bytes
    name: str
    widths: dict[str, int]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int

    @classmethod
    def of(cls, path: Path) -> LabelFont:
        """Return the glyphs that labels need of a font's file."""
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
            f"Q /Artifact<</Type/Pagination/Subtype/Footer>>BDC {red:.3f} {green:.3f} {blue:.3f} rg BT /{NAME} "
            f"{label.size} Tf {left:.2f} {label.baseline:.2f} Td ({text}) Tj ET EMC"
        ).encode()

    def dictionary(self, descriptor: int) -> bytes:
        """Return the font's dictionary."""
        first, last = min(map(ord, _GLYPHS)), max(map(ord, _GLYPHS))
        widths = " ".join(str(self.widths.get(chr(code), 0)) for code in range(first, last + 1))
        return (
            f"<</Type/Font/Subtype/TrueType/BaseFont/LABELS+{self.name}/Encoding/WinAnsiEncoding/FirstChar {first}"
            f"/LastChar {last}/Widths[{widths}]/FontDescriptor {descriptor} 0 R>>"
        ).encode()

    def descriptor(self, file: int) -> bytes:
        """Return what describes the font in the file with this number."""
        box = " ".join(map(str, self.box))
        return (
            f"<</Type/FontDescriptor/FontName/LABELS+{self.name}/Flags 32/FontBBox[{box}]/ItalicAngle 0/Ascent "
            f"{self.ascent}/Descent {self.descent}/CapHeight {self.ascent}/StemV 80/FontFile2 {file} 0 R>>"
        ).encode()

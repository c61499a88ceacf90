"""Logos that people upload: judged by their content, made again as a small PNG without what a picture does not need.

The picture is decoded and encoded again, so that no metadata, no place where it was taken and nothing hidden behind
it is kept. SVG is not taken: it is a program as much as a picture.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from classwaves_admin.lib.scans import Fault, UnfitScan, decoded

__all__ = ["MOST_BYTES", "Logo", "clean_logo"]

# What is uploaded; what is kept is a twentieth of a guardian's first page at most.
MOST_BYTES = 2_000_000
MOST_PIXELS = 16_000_000
SHOWN_IN = (320, 96)
_COLOURS = 48
_KINDS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo as it is kept: a PNG with its size in pixels."""

    content: bytes
    width: int
    height: int


def clean_logo(data: bytes) -> Logo:
    """Return a PNG or JPEG made again, at most 320 by 96 pixels. Raises UnfitScan.

    The first bytes decide what it is; its name and the type that the browser states decide nothing.
    """
    if not data:
        raise UnfitScan(Fault.EMPTY)
    kind = next((kind for start, kind in _KINDS.items() if data.startswith(start)), None)
    if kind is None:
        raise UnfitScan(Fault.KIND)
    with decoded(data, kind, MOST_PIXELS) as upright:
        logo = upright.convert("RGBA")
        logo.thumbnail(SHOWN_IN, Image.Resampling.LANCZOS)
        made = io.BytesIO()
        few = logo.quantize(colors=_COLOURS, method=Image.Quantize.FASTOCTREE)
        few.save(made, "PNG", optimize=True)
    return Logo(made.getvalue(), logo.width, logo.height)

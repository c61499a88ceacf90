"""Logos that people upload: judged by their content, made again as a small PNG without what a picture does not need.

The picture is decoded and encoded again, so that no metadata, no place where it was taken and nothing hidden behind
it is kept. SVG is not taken: it is a program as much as a picture.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageFile, ImageOps

from classwaves_admin.lib.scans import Fault, UnfitScan

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
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # for the whole process, and others let half pictures pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is told below
            picture = Image.open(io.BytesIO(data), formats=(kind,))
            if picture.width * picture.height > MOST_PIXELS:
                raise UnfitScan(Fault.TOO_MANY_PIXELS)
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
        upright.thumbnail(SHOWN_IN, Image.Resampling.LANCZOS)
        made = io.BytesIO()
        few = upright.quantize(colors=_COLOURS, method=Image.Quantize.FASTOCTREE)
        few.save(made, "PNG", optimize=True)
    except UnfitScan:
        raise
    except Image.DecompressionBombError:
        raise UnfitScan(Fault.TOO_MANY_PIXELS) from None
    except Exception:  # noqa: BLE001 - decoders raise anything for a damaged file, struct.error among it
        raise UnfitScan(Fault.DAMAGED) from None
    return Logo(made.getvalue(), upright.width, upright.height)

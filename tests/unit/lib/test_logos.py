"""Logos are made again, small, without anything but the picture."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from classwaves_admin.lib.contrast import ratio
from classwaves_admin.lib.logos import SHOWN_IN, clean_logo
from classwaves_admin.lib.scans import Fault, UnfitScan, clean_scan


def picture(kind: str, size: tuple[int, int] = (900, 300), **how: object) -> bytes:
    """Return a noisy picture, the worst to pack."""
    noise = random.Random(7).randbytes(size[0] * size[1] * 3)
    made = io.BytesIO()
    Image.frombytes("RGB", size, noise).save(made, kind, **how)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_small_and_bare(kind: str) -> None:
    """A twentieth of a guardian's first page at most is left of noise; what stood beside the picture is gone."""
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    made = clean_logo(picture(kind, exif=exif))
    again = Image.open(io.BytesIO(made.content))
    assert (again.format, again.size) == ("PNG", (made.width, made.height))
    assert made.width <= SHOWN_IN[0]
    assert made.height <= SHOWN_IN[1]
    assert len(made.content) < 25_000
    assert b"taken at home" not in made.content
    assert not again.getexif()


def test_what_is_transparent_stays_so() -> None:
    """A logo stands on the page's own paper."""
    made = io.BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(made, "PNG")
    again = Image.open(io.BytesIO(clean_logo(made.getvalue()).content)).convert("RGBA")
    assert again.getpixel((25, 25))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", Fault.EMPTY),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', Fault.KIND),
        (b"GIF89a" + b"\0" * 100, Fault.KIND),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, Fault.DAMAGED),
        (picture("PNG")[:5_000], Fault.DAMAGED),
    ],
)
def test_what_is_no_sound_picture_is_refused(data: bytes, fault: Fault) -> None:
    """The first bytes decide, never a name."""
    with pytest.raises(UnfitScan) as refused:
        clean_logo(data)
    assert refused.value.fault is fault


@pytest.mark.parametrize("clean", [clean_logo, clean_scan])
def test_notes_of_a_camera_that_contradict_themselves_are_refused(clean: Callable[[bytes], object]) -> None:
    """A description that is a fraction breaks the decoder, not the page."""
    entries = struct.pack("<HHII", 0x010E, 5, 1, 38) + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    notes = b"II*\0" + struct.pack("<IH", 8, 2) + entries + struct.pack("<III", 0, 1, 2)
    with pytest.raises(UnfitScan) as refused:
        clean(picture("JPEG", (8, 8), exif=b"Exif\0\0" + notes))
    assert refused.value.fault is Fault.DAMAGED


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    """Before it is decoded."""
    made = io.BytesIO()
    Image.new("1", (5_000, 4_000)).save(made, "PNG")
    with pytest.raises(UnfitScan) as refused:
        clean_logo(made.getvalue())
    assert refused.value.fault is Fault.TOO_MANY_PIXELS


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21 to 1, #767676 the lightest grey that is readable on white."""
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#767676", "#ffffff") >= 4.5 > ratio("#777777", "#ffffff")


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFF))
def test_contrast_is_the_same_both_ways(first: int, second: int) -> None:
    """From 1 to 21, whichever stands on which."""
    one, other = f"#{first:06x}", f"#{second:06x}"
    assert 1 <= ratio(one, other) == ratio(other, one) <= 21.0001

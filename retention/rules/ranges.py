"""The part of a file that a browser asks for (RFC 9110, section 14): one range of bytes, which players use to seek."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Part", "Unsatisfiable", "asked_part"]

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


class Unsatisfiable(ValueError):
    """The range lies behind the end of the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `first` on, `length` of them."""

    first: int
    length: int

    def header(self, size: int) -> str:
        """Return the value of Content-Range for a file of `size` bytes."""
        return f"bytes {self.first}-{self.first + self.length - 1}/{size}"


def asked_part(header: str, size: int) -> Part | None:
    """Return what the Range header asks for; None for the whole file, also where the header says nothing usable.

    Several ranges at once are answered with the whole file, as the RFC allows. Raises Unsatisfiable.
    """
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:  # the last so many bytes
        length = min(int(match[2]), size)
        first, last = size - length, size - 1
    else:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < first:
            return None
    if first >= size or last < first:
        raise Unsatisfiable("There are fewer bytes.")
    return Part(first, last - first + 1)

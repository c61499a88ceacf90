"""What COPY sends, row by row, in pieces of many rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["joined"]


def joined(rows: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the rows joined, `size` of them at a time.

    No row is kept as an object of its own: some thousand of them let Python look through all its memory for what it
    could collect, again and again, which took as long as reading them.
    """
    piece = bytearray()
    for number, row in enumerate(rows, 1):
        piece += row
        if number % size == 0:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)

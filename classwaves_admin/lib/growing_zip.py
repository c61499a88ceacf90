"""A ZIP file that grows in portions, so that a process that dies loses one at most, however large the files are.

Each portion ends at a whole byte of its own (as pigz does it), so another process can go on behind it. Sizes and
offsets are of 64 bits. The table at the end is zipfile's.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

__all__ = ["Member", "closing_zip", "grow"]

# Text of a log shrinks to a tenth at the fastest level; slower ones cost a minute for each million rows.
LEVEL = 1
_CHUNK = 1024 * 1024
_RAW = -zlib.MAX_WBITS


@dataclass(slots=True)
class Member:
    """How far a file is in the archive: `taken` bytes of it became `packed` bytes behind the header at `offset`.

    `date` is when it was changed last: year, month, day, hour, minute, second.
    """

    name: str
    offset: int
    date: Sequence[int]
    taken: int = 0
    packed: int = 0
    crc: int = 0
    whole: bool = False

    @property
    def info(self) -> ZipInfo:
        """Return what the archive says of the file."""
        year, month, day, hour, minute, second = self.date
        info = ZipInfo(self.name, (year, month, day, hour, minute, second))
        info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
        info.CRC, info.file_size, info.compress_size, info.header_offset = (
            self.crc,
            self.taken,
            self.packed,
            self.offset,
        )
        return info

    @property
    def header(self) -> bytes:
        """Return the header in front of the file; it is as long before the sizes are known as after."""
        return self.info.FileHeader(zip64=True)

    @property
    def end(self) -> int:
        """Return where the next byte of the archive goes."""
        return self.offset + len(self.header) + self.packed


def grow(archive: Path, members: list[Member], files: Sequence[tuple[str, Path]], *, most: int) -> bool:
    """Pack up to `most` more bytes of the files, by name in the archive; return whether all are in it.

    `members` says how far they are and is brought up to date; what stands in the archive behind that was written by a
    process that died, and is written over.
    """
    archive.touch(mode=0o600)
    with archive.open("r+b") as out:
        for number, (name, path) in enumerate(files):
            if number == len(members):
                changed = time.gmtime(path.stat().st_mtime)[:6]
                members.append(Member(name, members[-1].end if members else 0, changed))
            if not members[number].whole:
                most -= _pack(out, members[number], path, most)
                if most <= 0:
                    break
        out.flush()
        os.fsync(out.fileno())
    return len(members) == len(files) and all(member.whole for member in members)


@contextmanager
def closing_zip(archive: Path, members: Sequence[Member]) -> Iterator[ZipFile]:
    """Give the archive with its whole members, to write small files into it; it is closed at the end of the block."""
    with archive.open("r+b") as out:
        out.seek(members[-1].end if members else 0)
        out.truncate()
        with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=LEVEL) as written:
            for member in members:
                written.filelist.append(member.info)
                written.NameToInfo[member.name] = member.info
            yield written


def _pack(out: BinaryIO, member: Member, path: Path, most: int) -> int:
    """Pack up to `most` bytes of the file, and return how many there were."""
    if not member.taken:
        out.seek(member.offset)
        out.write(member.header)
    out.seek(member.end)
    out.truncate()
    before, deflate = member.taken, zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW)
    with path.open("rb") as source:
        source.seek(before)
        while member.taken - before < most and (chunk := source.read(min(_CHUNK, most - member.taken + before))):
            member.taken += len(chunk)
            member.crc = zlib.crc32(chunk, member.crc)
            member.packed += out.write(deflate.compress(chunk))
        member.whole = not source.read(1)
    member.packed += out.write(deflate.flush(zlib.Z_FINISH if member.whole else zlib.Z_FULL_FLUSH))
    if member.whole:
        out.seek(member.offset)
        out.write(member.header)
    return member.taken - before

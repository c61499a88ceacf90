"""Opens a ZIP from a stranger: bounded in size and number, flat, not encrypted, nothing extracted to disk."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from classwaves_admin.schools.oneroster.faults import Fault, PackageRefused
from classwaves_admin.schools.oneroster.schema import KNOWN_FILES

PACKAGE = "package"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")
# What the standard library raises for damaged archives, depending on where the damage is.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    OSError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a package, in bytes and entries. The defaults hold the largest US district with room to spare."""

    package_bytes: int = 256 * 1024 * 1024
    unpacked_bytes: int = 1024 * 1024 * 1024
    entries: int = 64


class Archive:
    """The entries of an opened package, by name without `.csv`."""

    def __init__(self, zipped: zipfile.ZipFile, limits: Limits) -> None:
        self._zipped = zipped
        self._left = limits.unpacked_bytes
        self._entries: dict[str, zipfile.ZipInfo] = {}
        infos = zipped.infolist()
        if len(infos) > limits.entries:
            raise refused("too_many_files", f"The package holds more than {limits.entries} files.")
        for info in infos:
            self._take(info)
        if sum(info.file_size for info in infos) > limits.unpacked_bytes:
            raise too_large()

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the files in the package, without `.csv`."""
        return frozenset(self._entries)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Yield the bytes of one file. Raises PackageRefused where the archive is damaged or grows too large."""
        try:
            source = self._zipped.open(self._entries[name])
        except _DAMAGE:
            raise damaged(f"{name}.csv") from None
        with source, io.BufferedReader(_Bounded(source, self)) as stream:
            yield stream

    def spend(self, size: int) -> None:
        """Count `size` unpacked bytes. Sizes in a ZIP's directory can lie, so real bytes are counted too."""
        self._left -= size
        if self._left < 0:
            raise too_large()

    def _take(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        if info.is_dir() or "/" in name or "\\" in name or name.startswith(".") or info.orig_filename != name:
            raise refused("unsafe_path", "The CSV files must lie at the top of the ZIP, without folders.")
        stem = name.removesuffix(".csv")
        if stem == name or stem not in KNOWN_FILES:
            shown = name if _PLAIN_NAME.fullmatch(name) else "A file"
            raise refused("unknown_file", f"{shown} is not a file of OneRoster. Take it out of the ZIP.")
        if stem in self._entries:
            raise refused("duplicate_file", f"{name} is in the ZIP twice.")
        if info.flag_bits & 0x1:
            raise refused("encrypted", "The ZIP is protected by a password. Export it without one.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused("unknown_compression", "The ZIP is packed in an unusual way. Pack it again as a plain ZIP.")
        self._entries[stem] = info


class _Bounded(io.RawIOBase):
    """A stream that charges what is read to the archive's budget."""

    def __init__(self, source: IO[bytes], archive: Archive) -> None:
        self._source = source
        self._archive = archive

    def readable(self) -> bool:
        """Tell the buffer that this can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill `buffer` and return the number of bytes."""
        try:
            data = self._source.read(len(buffer))
        except _DAMAGE:
            raise damaged(PACKAGE) from None
        self._archive.spend(len(data))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_archive(package: BinaryIO, limits: Limits) -> Iterator[Archive]:
    """Yield the archive in a seekable stream. Raises PackageRefused for anything but a small plain ZIP."""
    try:
        size = package.seek(0, io.SEEK_END)
        package.seek(0)
        if size > limits.package_bytes:
            raise too_large()
        zipped = zipfile.ZipFile(package)
    except _DAMAGE:
        raise refused("not_a_zip", "This is not a ZIP file, or it is damaged. Export it again.") from None
    with zipped:
        yield Archive(zipped, limits)


def refused(code: str, message: str, file: str = PACKAGE) -> PackageRefused:
    """Return the refusal of a whole package."""
    return PackageRefused(Fault(file, 0, f"package.{code}", message))


def too_large() -> PackageRefused:
    """Return the refusal of a package beyond the limits."""
    return refused("too_large", "The package is larger than a roster can be.")


def damaged(file: str) -> PackageRefused:
    """Return the refusal of a package whose bytes cannot be unpacked."""
    return refused("damaged", "The file is damaged inside the ZIP. Export the package again.", file)

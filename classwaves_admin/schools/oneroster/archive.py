"""Opens a package from a stranger, a ZIP or a folder: bounded in size and number, flat, nothing extracted to disk."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO

from classwaves_admin.schools.faults import Fault, PackageRefused
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

    def __init__(self, limits: Limits) -> None:
        self._left = limits.unpacked_bytes
        self._entries: dict[str, Callable[[], IO[bytes]]] = {}

    def take(self, name: str, opener: Callable[[], IO[bytes]]) -> None:
        """Add an entry. Raises PackageRefused for a name that is not one of OneRoster's, or comes twice."""
        if "/" in name or "\\" in name or name.startswith("."):
            raise refused("unsafe_path", "The CSV files must lie at the top of the ZIP, without folders.")
        stem = name.removesuffix(".csv")
        if stem == name or stem not in KNOWN_FILES:
            if name.lower().endswith(".zip"):
                raise refused("nested_zip", "There is a ZIP inside the ZIP. Unpack it and send the CSV files alone.")
            shown = name if _PLAIN_NAME.fullmatch(name) else "A file"
            raise refused("unknown_file", f"{shown} is not a file of OneRoster. Take it out of the package.")
        if stem in self._entries:
            raise refused("duplicate_file", f"{name} is in the ZIP twice.")
        self._entries[stem] = opener

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the files in the package, without `.csv`."""
        return frozenset(self._entries)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Yield the bytes of one file. Raises PackageRefused where the archive is damaged or grows too large."""
        try:
            source = self._entries[name]()
        except _DAMAGE:
            raise damaged(f"{name}.csv") from None
        with source, io.BufferedReader(_Bounded(source, self)) as stream:
            yield stream

    def spend(self, size: int) -> None:
        """Count `size` unpacked bytes. Sizes in a ZIP's directory can lie, so real bytes are counted too."""
        self._left -= size
        if self._left < 0:
            raise too_large()


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
def open_archive(package: BinaryIO | Path, limits: Limits) -> Iterator[Archive]:
    """Yield the package in a seekable stream or a folder. Raises PackageRefused for anything but a small plain one."""
    if isinstance(package, Path):
        yield _folder(package, limits)
        return
    try:
        size = package.seek(0, io.SEEK_END)
        package.seek(0)
        if size > limits.package_bytes:
            raise too_large()
        zipped = zipfile.ZipFile(package)
    except _DAMAGE:
        raise refused("not_a_zip", "This is not a ZIP file, or it is damaged. Export it again.") from None
    with zipped:
        yield _zip(zipped, limits)


def _zip(zipped: zipfile.ZipFile, limits: Limits) -> Archive:
    archive, infos = Archive(limits), zipped.infolist()
    _check_number(len(infos), limits)
    for info in infos:
        if info.is_dir() or info.orig_filename != info.filename:
            raise refused("unsafe_path", "The CSV files must lie at the top of the ZIP, without folders.")
        archive.take(info.filename, partial(zipped.open, info))
        if info.flag_bits & 0x1:
            raise refused("encrypted", "The ZIP is protected by a password. Export it without one.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused("unknown_compression", "The ZIP is packed in an unusual way. Pack it again as a plain ZIP.")
    if sum(info.file_size for info in infos) > limits.unpacked_bytes:
        raise too_large()
    return archive


def _folder(folder: Path, limits: Limits) -> Archive:
    archive, size = Archive(limits), 0
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:
        raise refused("no_folder", "The folder cannot be opened.") from None
    _check_number(len(entries), limits)
    for entry in entries:
        if entry.is_symlink() or not entry.is_file():
            raise refused("unsafe_path", "The folder must hold plain CSV files: no folders and no links.")
        archive.take(entry.name, partial(_opened, entry))
        size += entry.stat().st_size
    if size > limits.unpacked_bytes:
        raise too_large()
    return archive


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _check_number(entries: int, limits: Limits) -> None:
    if entries > limits.entries:
        raise refused("too_many_files", f"The package holds more than {limits.entries} files.")


def refused(code: str, message: str, file: str = PACKAGE) -> PackageRefused:
    """Return the refusal of a whole package."""
    return PackageRefused(Fault(file, 0, f"package.{code}", message))


def too_large() -> PackageRefused:
    """Return the refusal of a package beyond the limits."""
    return refused(
        "too_large", "The package is larger than a roster can be. Send orgs, users, roles and demographics alone."
    )


def damaged(file: str) -> PackageRefused:
    """Return the refusal of a package whose bytes cannot be unpacked."""
    return refused("damaged", "The file is damaged inside the ZIP. Export the package again.", file)

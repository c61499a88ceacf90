"""Files that go before the row that names them: deleted, then asked for again, and only then called gone.

What other services write into `audio.recordings.file_path` is anything: an address in a bucket, a Databricks volume, a
name of our own storage. A file that this storage cannot have, or that is still there afterwards, keeps its row.
"""

from __future__ import annotations

import logging
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db.models import TextChoices

__all__ = ["ARCHIVE", "MARKER", "RECORDINGS", "Destroyed", "Left", "NotHere", "destroy", "mark", "opened", "spellings"]

logger = logging.getLogger(__name__)
RECORDINGS, ARCHIVE = "recordings", "archive"
# Stands in a storage in which a file was found once. A disk that is not mounted, and a folder that never held a
# recording, have none: there, "not found" says nothing.
MARKER = ".classwaves-storage"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LONGEST = 255  # bytes, of every file system in use


class Left(TextChoices):
    """Why a file is not known to be gone, in the words of the page that lists it."""

    NO_NAME = "no_name", "The record names no file, so nobody can tell whether one is left."
    ELSEWHERE = "elsewhere", "The file is kept by another service. Whoever runs that service has to delete it."
    FOLDER = "folder", "The name is that of a folder, not of one file."
    LINK = "link", "The name only points to a file in another place. That file has to be deleted by hand."
    TWO_NAMES = "two_names", "The same file has a second name. Deleting this one would not destroy it."
    REFUSED = "refused", "The server does not let the portal delete the file. Whoever runs the server has to allow it."
    NO_ANSWER = "no_answer", "The place where the files are kept does not answer. The next run tries again."
    STILL_THERE = "still_there", "The file was deleted, but is still there."
    OTHER_ROW = "other_row", "Another record names the same file, and that record stays."
    DAMAGED = "damaged", "The archive file cannot be read. Whoever runs the server has to mend or delete it."
    UNPROVED = (
        "unproved",
        (
            "The file was not found, and neither was any other file in this place. "
            "It may be kept somewhere else, so the portal does not call it gone."
        ),
    )


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What is known to be gone, and what is left with its reason, by the path as it was given."""

    gone: tuple[str, ...]
    left: Mapping[str, Left]


class _Stays(Exception):
    """A file that is not destroyed."""

    def __init__(self, why: Left) -> None:
        super().__init__(why.value)
        self.why = why


def destroy(paths: Iterable[str], *, storage: str = RECORDINGS) -> Destroyed:
    """Delete files of one of the storages in settings and ask for each again. Never raises, and is safe to repeat.

    A file that is not there is gone, if this storage is known to have held files. Nothing outside of the storage is
    touched, no folder, and no file behind a link.
    """
    place = storages[storage]
    gone: list[str] = []
    left: dict[str, Left] = {}
    for path in dict.fromkeys(paths):
        try:
            _destroy(place, path)
            gone.append(path)
        except _Stays as stays:
            left[path] = stays.why
        except Exception as error:  # noqa: BLE001 - each storage has errors of its own, and the row stays in any case
            logger.warning("A file could not be destroyed: %s", type(error).__name__)  # its path may name a child
            left[path] = Left.REFUSED if isinstance(error, PermissionError) else Left.NO_ANSWER
    unproved = [path for path, why in left.items() if why is Left.UNPROVED]
    if unproved and gone:  # a file behind them was found, so this is the right place: they are asked for again
        later = destroy(unproved, storage=storage)
        gone.extend(later.gone)
        left = {path: why for path, why in left.items() if path not in later.gone}
    return Destroyed(tuple(gone), left)


class NotHere(LookupError):
    """A file that this storage does not have, or that the portal does not read."""


def opened(path: str, *, storage: str = RECORDINGS) -> File[bytes]:
    """Open a file of one of the storages in settings for reading. Raises NotHere, whatever the path or the storage.

    As for `destroy`, nothing outside of the storage is touched, no folder, and no file behind a link.
    """
    place = storages[storage]
    try:
        name = _name_of(path)
        if not _is_there(place, name):
            raise NotHere("There is no such file.")
        return place.open(name)
    except _Stays as stays:
        raise NotHere(stays.why.value) from None
    except OSError as error:
        logger.warning("A file could not be read: %s", type(error).__name__)  # its path may name a child
        raise NotHere("The file cannot be read.") from None


def mark(place: Storage) -> None:
    """Leave the mark of a storage that holds files. Raises what the storage raises."""
    if not place.exists(MARKER):
        place.save(MARKER, ContentFile(b""))


def spellings(path: str) -> set[str]:
    """Return the ways in which rows may name the file of a path in the storage of recordings, that path among them."""
    try:
        name = _name_of(path)
    except _Stays:
        return {path}
    slashed = (f"{prefix}{slash}{name}" for prefix in settings.RECORDINGS_PREFIXES for slash in ("", "/"))
    return {path, name, *slashed}


def _destroy(place: Storage, path: str) -> None:
    """Destroy one file. Raises _Stays, and what the storage raises."""
    name = _name_of(path)
    if not _is_there(place, name):
        if not place.exists(MARKER):
            raise _Stays(Left.UNPROVED)
        return
    mark(place)
    place.delete(name)
    if _is_there(place, name):
        raise _Stays(Left.STILL_THERE)


def _name_of(path: str) -> str:
    """Return the name that a path has in the storage. Raises _Stays where it can have none there."""
    if not path.strip():
        raise _Stays(Left.NO_NAME)
    prefix = next((one for one in settings.RECORDINGS_PREFIXES if path.startswith(one)), "")
    name = path.removeprefix(prefix).lstrip("/") if prefix else path
    parts = name.split("/")
    if "\0" in name or "\\" in name or _SCHEME.match(name) or any(map(_is_no_part, parts)):
        raise _Stays(Left.ELSEWHERE)
    return name


def _is_no_part(part: str) -> bool:
    """Tell whether no file or folder of ours has this name."""
    try:
        return part in {"", ".", "..", MARKER} or len(part.encode()) > _LONGEST
    except UnicodeEncodeError:  # half of a character
        return True


def _is_there(place: Storage, name: str) -> bool:
    """Tell whether a file is in the storage. Raises _Stays for what is no single file of its own."""
    if not isinstance(place, FileSystemStorage):
        return place.exists(name)
    # Not `exists`, which also says no where it may not look; each folder on the way is looked at for links.
    found, here = None, Path(place.location)
    for part in name.split("/"):
        here /= part
        try:
            found = here.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        if stat.S_ISLNK(found.st_mode):
            raise _Stays(Left.LINK)
    if found is None or not stat.S_ISREG(found.st_mode):
        raise _Stays(Left.FOLDER)
    if found.st_nlink > 1:
        raise _Stays(Left.TWO_NAMES)
    return True

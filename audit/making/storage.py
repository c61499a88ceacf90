"""Where files are while they are made, and where they are kept."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from audit.making.kinds import Part
from audit.models import MadeFile, Making

FOLDER = "made"
# What no row names after so long was left by a process that died between file and row.
LEFT_ALONE = timedelta(days=1)


def workspace_of(making: Making) -> Path:
    """Return the private folder of a making on its way, made where it is not there yet."""
    folder = Path(settings.MAKING_DIR) / making.pk
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def clear_workspace(making_id: str) -> None:
    """Delete the folder of a making with all that is in it."""
    shutil.rmtree(Path(settings.MAKING_DIR) / making_id, ignore_errors=True)


@contextmanager
def kept(making: Making, parts: Sequence[Part]) -> Iterator[list[MadeFile]]:
    """Put finished files into private storage and give their unsaved rows; take them out where the block fails.

    Stands around the transaction, since no database takes a file back.
    """
    names: list[str] = []
    try:
        rows = []
        for part in parts:
            with part.path.open("rb") as source:
                digest = hashlib.file_digest(source, "sha256").hexdigest()
                source.seek(0)
                names.append(default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", File(source)))
            size = part.path.stat().st_size
            rows.append(
                MadeFile(
                    making=making,
                    format=part.format,
                    file=names[-1],
                    content_type=part.content_type,
                    size=size,
                    sha256=digest,
                )
            )
        yield rows
    except BaseException:
        for name in names:
            default_storage.delete(name)
        raise


def sweep(*, open_ids: set[str], now: datetime) -> int:
    """Delete files that no row names, and folders of makings that are not open; return how many."""
    lost = 0
    _, files = default_storage.listdir(FOLDER) if default_storage.exists(FOLDER) else ([], [])
    known = set(MadeFile.objects.exclude(file="").values_list("file", flat=True))
    for name in sorted({f"{FOLDER}/{name}" for name in files} - known):
        if default_storage.get_modified_time(name) <= now - LEFT_ALONE:
            default_storage.delete(name)
            lost += 1
    for folder in Path(settings.MAKING_DIR).glob("*"):
        changed = datetime.fromtimestamp(folder.stat().st_mtime, tz=UTC)
        if folder.name not in open_ids and changed <= now - LEFT_ALONE:
            clear_workspace(folder.name)
            lost += 1
    return lost

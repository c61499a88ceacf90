"""Celery's broker in a folder, without the gap in which a job is an empty file.

Kombu makes the file of a message and then writes it; a worker that looks in between reads nothing and ends with
a JSONDecodeError. Here a message gets its name when it is whole.
"""

from __future__ import annotations

import logging
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu import transport
from kombu.transport import filesystem
from kombu.utils import json

__all__ = ["Channel", "Transport", "install"]

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Puts whole messages into the folder, and lets one that is not whole stop nobody."""

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override]  # as its parent
        folder = Path(self.data_folder_out)
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        unfinished = folder / f"{name}.part"  # a name that no queue looks for
        try:
            unfinished.write_bytes(str(json.dumps(payload)).encode())  # type: ignore[no-untyped-call]
            unfinished.replace(folder / name)
        except OSError:  # a full disk
            unfinished.unlink(missing_ok=True)
            raise

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """Take the oldest message. Raises Empty.

        Kombu moves it into the machine's folder for temporary files, which is often another disk: then two workers
        may copy one message over each other, and it stays readable there if one dies. Here it gets another name.
        """
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f"{name}.taken"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:  # another worker was faster
                continue
            return _message(taken)
        raise Empty


def _message(file: Path) -> Any:
    whole = file.read_bytes()
    file.unlink()
    try:
        return json.loads(whole.decode())  # type: ignore[no-untyped-call]
    except ValueError:  # a disk that was full, a power cut
        logger.warning("A job's file in the broker's folder cannot be read; it was left out.")
        raise Empty from None


class Transport(filesystem.Transport):
    """Kombu's, with our channel."""

    Channel = Channel


def install() -> None:
    """Let `filesystem://` mean this transport."""
    transport.TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"

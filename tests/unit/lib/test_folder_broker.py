"""The broker in a folder: a worker never meets half a message."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from celery import current_app
from kombu.connection import Connection

from classwaves_admin.lib import folder_broker

COUNT = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the messages."""
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def channel(folder: Path) -> Iterator[Any]:
    """Open the broker as Celery does."""
    options = {"data_folder_in": folder / "queue", "data_folder_out": folder / "queue"}
    options["control_folder"] = folder / "control"
    with Connection("filesystem://", transport_options={k: str(v) for k, v in options.items()}) as connection:
        yield connection.default_channel


def test_celery_uses_it(channel: Any) -> None:
    """The URL of the settings leads here."""
    assert isinstance(channel, folder_broker.Channel)
    assert current_app.main == "classwaves_admin"


def test_a_reader_beside_a_writer_gets_every_message_whole(channel: Any) -> None:
    """With kombu's own way, a few of these were empty."""

    def write() -> None:
        for number in range(COUNT):
            channel._put("celery", {"number": number})

    found: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while len(found) < COUNT:
            try:
                found.append(channel._get("celery")["number"])
            except Empty:
                assert not writing.done() or channel._size("celery") or len(found) == COUNT
    assert sorted(found) == list(range(COUNT))


def test_a_broken_file_stops_nobody(channel: Any, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A power cut may leave one; it is told, and the next is served."""
    (folder / "queue" / "0_a.celery.msg").write_bytes(b"")
    channel._put("celery", {"number": 1})
    with caplog.at_level(logging.WARNING), pytest.raises(Empty):
        channel._get("celery")
    assert "cannot be read" in caplog.text
    assert channel._get("celery") == {"number": 1}

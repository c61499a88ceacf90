"""The broker in a folder: a worker never meets half a message."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from celery import current_app
from kombu.connection import Connection

from classwaves_admin.lib import folder_broker


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


def test_a_message_is_seen_when_it_is_whole(channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kombu's own way shows an empty file first; here a reader who comes in between finds nothing."""
    give_name = Path.replace
    early: list[str] = []

    def look_first(part: Path, target: Path) -> Path:
        assert part.read_bytes()
        with pytest.raises(Empty):
            channel._get("celery")
        early.append(part.name)
        return give_name(part, target)

    monkeypatch.setattr(Path, "replace", look_first)
    channel._put("celery", {"number": 1})
    assert len(early) == 1
    assert channel._get("celery") == {"number": 1}


def test_a_broken_file_stops_nobody(channel: Any, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A power cut may leave one; it is told, and the next is served."""
    (folder / "queue" / "0_a.celery.msg").write_bytes(b"")
    channel._put("celery", {"number": 1})
    with caplog.at_level(logging.WARNING), pytest.raises(Empty):
        channel._get("celery")
    assert "cannot be read" in caplog.text
    assert channel._get("celery") == {"number": 1}


def test_a_message_never_leaves_the_folder(channel: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy to another disk is not one step: two workers could spoil it, and it would lie in a shared folder."""

    def refuse(*_paths: Any) -> None:
        raise AssertionError("moved out of the folder")

    monkeypatch.setattr(shutil, "move", refuse)
    channel._put("celery", {"number": 1})
    channel._put("other", {"number": 2})
    assert channel._get("celery") == {"number": 1}
    with pytest.raises(Empty):
        channel._get("celery")
    assert channel._get("other") == {"number": 2}
    assert not list((folder / "queue").iterdir())


def test_a_message_is_taken_once(channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes second finds nothing, also where both saw the message."""
    channel._put("celery", {"number": 1})
    seen = list(Path(channel.data_folder_in).iterdir())
    assert channel._get("celery") == {"number": 1}
    monkeypatch.setattr(Path, "iterdir", lambda _folder: iter(seen))
    with pytest.raises(Empty):
        channel._get("celery")


def test_a_full_disk_leaves_nothing_behind(channel: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender hears of it, and the half message is taken away."""

    def full(part: Path, content: bytes) -> None:
        part.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        channel._put("celery", {"number": 1})
    assert not list((folder / "queue").iterdir())

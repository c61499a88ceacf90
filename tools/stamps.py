"""Stamps: a small file that says from which inputs something was made, written when it is complete."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(files: Iterable[Path], *facts: str) -> str:
    """Return a hash over the names and contents of `files` and over `facts`."""
    total = hashlib.sha256()
    for part in facts:
        total.update(part.encode() + b"\0")
    for file in sorted(files):
        total.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def read(stamp: Path) -> str:
    """Return what the stamp says, empty where there is none."""
    try:
        return stamp.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def write(stamp: Path, text: str) -> None:
    """Write the stamp in one step, so that a kill leaves the old one or the new one."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    draft = stamp.with_suffix(".draft")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(stamp)

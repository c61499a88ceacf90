"""A PostgreSQL server of a bench's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import binaries, serve


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server in a folder of its own and give its URL; empty text where none is installed."""
    found = binaries()
    if found is None or not shutil.which("psql"):
        yield ""
        return
    with tempfile.TemporaryDirectory() as name:
        for server in serve(found, Path(name)):
            server.run("CREATE DATABASE bench")
            yield server.base

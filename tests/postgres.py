"""A real PostgreSQL server for tests, started from the binaries that Debian installs.

    postgres_server   one server per test run, in a folder of its own, gone at the end
    postgres_url      the URL of a fresh, empty database on it, for one test

TEST_POSTGRES_URL names a server that runs already, where none of our own shall be started; its account must be
allowed to make databases. Where there is neither, tests that ask for one are skipped with the reason.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

DEBIAN = Path("/usr/lib/postgresql")
NEEDS = "PostgreSQL's initdb and postgres are not installed (Debian: apt install postgresql)"
# Speed before safety: the data live for one test run.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "30",
    "shared_buffers": "32MB",
    "timezone": "America/New_York",  # not UTC, so that a forgotten zone shows
}
INITDB = ("-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
_number = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its URL without a database."""

    base: str

    def url(self, database: str) -> str:
        """Return the URL of a database on the server, as DATABASE_URL and WAREHOUSE_URL take it."""
        return f"{self.base}/{database}"

    def run(self, sql: str) -> None:
        """Run one statement outside a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())

    def forget(self) -> None:
        """Remove the databases of this process, which all have its number in their names."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            pattern = rf"_{os.getpid()}(_\d+)?$"
            found = connection.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern]).fetchall()
        for (name,) in found:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')


def binaries() -> Path | None:
    """Return the folder of initdb and postgres, the newest first, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = [path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists() and (path / "postgres").exists()]
    return max(versions, key=lambda path: float(path.parent.name), default=None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Start a server on a free port of 127.0.0.1 and stop it after the run; or give the one that was named."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        server = Server(given.rstrip("/"))
        yield server
        server.forget()
        return
    programs = binaries()
    if programs is None:
        pytest.skip(NEEDS)
    folder = Path(tempfile.mkdtemp(prefix="classwaves-pg-"))
    try:
        yield from serve(programs, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """Make an empty database for one test and give its URL."""
    name = f"test_{os.getpid()}_{next(_number)}"
    postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


def serve(programs: Path, folder: Path) -> Iterator[Server]:
    """Start a server in the folder and stop it afterwards."""
    user = _owner(folder)
    data = folder / "data"
    log = folder / "log"
    _run(programs / "initdb", "-D", data, *INITDB, user=user)
    port = _free_port()
    options = {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder)}
    settings = " ".join(f"-c {name}={value}" for name, value in (options | OPTIONS).items())
    _run(programs / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", settings, "start", user=user)
    try:
        yield Server(f"postgres://portal@127.0.0.1:{port}")
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", user=user)


def _owner(folder: Path) -> str | None:
    """Hand the folder to a plain account where the tests run as root, since initdb refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in known else "nobody"
    account = pwd.getpwnam(name)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(*command: str | Path, user: str | None) -> None:
    group = pwd.getpwnam(user).pw_gid if user else None
    done = subprocess.run(
        command,
        user=user,
        group=group,
        extra_groups=[] if user else None,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE if "start" not in command else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{Path(command[0]).name} failed:\n{done.stdout}")

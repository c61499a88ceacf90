"""The local SQL warehouse for tests: Spark behind the wire of Databricks.

    spark_warehouse   one warehouse for the whole run, started by the first worker that asks, gone with the run
    spark_catalog     the URL of a fresh, empty catalog on it, for one test
    own_spark         a warehouse of this test's own, to kill, to put to sleep, to look at

Where its environment cannot be installed, tests that ask for it are skipped with the reason.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from databricks import sql

from tools import spark_environment
from tools.places import ROOT, SPARK_PYTHON
from tools.terminal import Trouble

HTTP_PATH = "/sql/1.0/warehouses/local"
TOKENS = ("local:owner", "writer:writer", "reader:reader", "nobody:nobody")
SECONDS_TO_START = 90
SECONDS_TO_END = 20
_number = itertools.count(1)


@dataclass(slots=True)
class Warehouse:
    """A warehouse that runs: its process, its port on 127.0.0.1, the folder of its data."""

    pid: int
    port: int
    folder: Path
    tokens: tuple[str, ...] = TOKENS
    catalogs: list[str] = field(default_factory=list)

    def url(self, catalog: str = "classwaves", token: str = "local") -> str:
        """Return the URL of a catalog as WAREHOUSE_URL takes it."""
        return f"databricks://token:{token}@127.0.0.1:{self.port}/{catalog}?http_path={HTTP_PATH}&tls=off"

    def connect(self, catalog: str = "classwaves", *, token: str = "local", **options: Any) -> Any:
        """Open a connection with the plain connector, which is not patched. Close it."""
        return sql.connect(
            "localhost",
            HTTP_PATH,
            access_token=token,
            enable_telemetry=False,
            _connection_uri=f"http://127.0.0.1:{self.port}{HTTP_PATH}",
            catalog=catalog,
            schema="default",
            **options,
        )

    def run(self, statement: str, token: str = "local") -> list[Any]:
        """Run one statement and return its rows."""
        with self.connect(token=token) as connection, connection.cursor() as cursor:
            return list(cursor.execute(statement).fetchall())

    def make_catalog(self, name: str) -> str:
        """Make an empty catalog in the place of one of that name, and return its URL."""
        self.run(f"DROP CATALOG IF EXISTS `{name}` CASCADE")
        self.run(f"CREATE CATALOG `{name}`")
        return self.url(name)

    def drop_catalog(self, name: str) -> None:
        """Remove a catalog with all that it holds."""
        self.run(f"DROP CATALOG IF EXISTS `{name}` CASCADE")

    def control(self, what: str, **options: float | str) -> None:
        """Use the door for tests; tests/warehouse/local/http.py lists what it knows.

        `asleep` is for a warehouse of the test's own; the others are for one catalog.
        """
        query = "&".join(f"{name}={value}" for name, value in options.items())
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/control/{what}?{query}", data=b""):
            pass

    def statements(self) -> list[dict[str, str]]:
        """Return the last statements that it got: id, user, tags, statement."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/control/statements") as answer:
            return list(json.load(answer))

    def kill(self) -> None:
        """End it as a power cut does. Its data stay."""
        _end(self.pid, signal.SIGKILL)

    def restart(self) -> None:
        """Start it again on the same folder and port."""
        _end(self.pid, signal.SIGKILL)
        self.pid = start(self.folder, port=self.port, tokens=self.tokens).pid

    def stop(self) -> None:
        """End it in order."""
        _end(self.pid, signal.SIGTERM)


def start(folder: Path, *, port: int = 0, tokens: tuple[str, ...] = TOKENS) -> Warehouse:
    """Start a warehouse and wait until it serves. It ends with the test run, whatever happens to this process."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    words = [str(SPARK_PYTHON), "-m", "tests.warehouse.local", "--dir", str(folder), "--port", str(port)]
    words += ["--while-alive", str(_run_pid()), *(word for token in tokens for word in ("--token", token))]
    with log.open("w") as output:
        process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        ready = [line for line in log.read_text().splitlines() if line.startswith("READY ")]
        if ready:
            process.returncode = 0  # its end is waited for by _end, perhaps by another process
            return Warehouse(process.pid, int(ready[0].split(":")[2].partition("/")[0]), folder, tokens)
        time.sleep(0.1)
    process.kill()
    process.wait()
    pytest.fail(f"The local warehouse did not start:\n{log.read_text()[-2_000:]}")


def _run_pid() -> int:
    """Return the process that all tests of the run belong to: pytest itself, not one of its workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _end(pid: int, number: signal.Signals) -> None:
    """Send the signal and wait for the end, whether it is our child or another worker's.

    A power cut takes Java with Python: without it Java would go on writing for a moment.
    """
    try:
        (os.killpg if number == signal.SIGKILL else os.kill)(pid, number)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + SECONDS_TO_END
    while time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            ended = 0 if Path(f"/proc/{pid}").exists() else pid
        if ended:
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def ensure_environment() -> None:
    """Install Spark where it is not there yet; skip the test where that cannot be done."""
    try:
        spark_environment.ensure()
    except Trouble as trouble:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(trouble))


def _folder() -> Path:
    """Return the folder that all workers of this run share."""
    return Path(os.environ["CLASSWAVES_TEST_VAR"]) / "spark"


@pytest.fixture(scope="session")
def spark_warehouse() -> Warehouse:
    """Give the warehouse of this run; the first worker that asks starts it, `stop_shared` ends it."""
    ensure_environment()
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = folder / "warehouse.json"
        if not note.exists():
            started = start(folder)
            note.write_text(json.dumps([started.pid, started.port]))
        pid, port = json.loads(note.read_text())
    return Warehouse(pid, port, folder)


def stop_shared() -> None:
    """End the warehouse of this run, if any test asked for one."""
    note = _folder() / "warehouse.json"
    if note.exists():
        _end(json.loads(note.read_text())[0], signal.SIGTERM)


@pytest.fixture
def spark_catalog(spark_warehouse: Warehouse) -> Iterator[str]:
    """Make an empty catalog for one test and give its URL."""
    name = f"test_{os.getpid()}_{next(_number)}"
    yield spark_warehouse.make_catalog(name)
    spark_warehouse.drop_catalog(name)


@pytest.fixture
def own_spark(tmp_path: Path) -> Iterator[Warehouse]:
    """Start a warehouse that one test may kill."""
    ensure_environment()
    warehouse = start(tmp_path / "spark")
    yield warehouse
    warehouse.stop()

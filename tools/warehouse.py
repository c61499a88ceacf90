"""`make warehouse`: the local SQL warehouse in the foreground; `make run WAREHOUSE=spark` uses it as well.

python3.11 -m tools.warehouse [--port 15002]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from pathlib import Path

from tools import spark_environment
from tools.places import ROOT, SPARK_DATA, SPARK_PYTHON
from tools.ports import HOST, check_port
from tools.terminal import Trouble, say, speak

MODULE = "tests.warehouse.local"
TOKEN = "local"  # noqa: S105 - the token of a warehouse that only this machine reaches
SECONDS_TO_START = 120


def url(port: int) -> str:
    """Return what WAREHOUSE_URL has to say."""
    path = "/sql/1.0/warehouses/local"
    return f"databricks://token:{TOKEN}@{HOST}:{port}/classwaves?http_path={path}&tls=off"


def command(port: int) -> list[str]:
    """Return the program with its arguments."""
    return [str(SPARK_PYTHON), "-m", MODULE, "--dir", str(SPARK_DATA), "--port", str(port), "--token", f"{TOKEN}:owner"]


def start(port: int) -> str:
    """Start it in the background for as long as this process lives, wait until it serves, and return its URL.

    It gets a session of its own: Ctrl-C is for the portal, whose last jobs still need the warehouse.
    """
    spark_environment.ensure()
    SPARK_DATA.mkdir(parents=True, exist_ok=True)
    log = SPARK_DATA / "log"
    say("Starting the local SQL warehouse ...")
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command(port), "--while-alive", str(os.getpid())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _wait(process, log)
    return url(port)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not log.read_text().count("READY "):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            lines = log.read_text().strip().splitlines() or ["it said nothing"]
            raise Trouble(f"The local SQL warehouse did not start: {lines[-1]} ({log} has the rest.)")
        time.sleep(0.1)


def main() -> None:
    """Read the command line, make the environment ready, and become the warehouse."""
    parser = argparse.ArgumentParser(prog="tools.warehouse", description="Run the local SQL warehouse.")
    parser.add_argument("--port", default="15002", help="where it listens on this machine (default 15002)")
    port = check_port(parser.parse_args().port, "WAREHOUSE_PORT", "make warehouse")
    spark_environment.ensure()
    say("The local SQL warehouse serves when it says READY; stop it with Ctrl-C. To use it from another terminal:")
    say(f"  make run WAREHOUSE_URL='{url(port)}'")
    os.chdir(ROOT)
    os.execv(SPARK_PYTHON, command(port))  # noqa: S606 - our own program


if __name__ == "__main__":
    speak(main)

"""`make setup`: everything that the portal needs on this machine; a second run changes nothing.

    python3.11 -m tools.setup [--tests]

With `--tests` what only tests need is seen to as well: system packages, and Spark for the local SQL warehouse.
"""

from __future__ import annotations

import argparse
import fcntl
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from tools import browser_assets, dotenv, python_environment, spark_environment, system_libraries
from tools.places import ROOT
from tools.terminal import Trouble, say, speak


@contextmanager
def _alone() -> Iterator[None]:
    """Let one set-up at a time work in this folder; a killed one holds nothing."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work in this folder; waiting for it ...")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def ensure(*, tests: bool = False) -> None:
    """Bring the machine and the folder to what the portal needs. Raises Trouble with one sentence."""
    python_environment.check_python()
    with _alone():
        dotenv.ensure()
        browser_assets.ensure()  # first: a missing npm is told before the longer steps
        side_by_side(
            partial(system_libraries.ensure, tests=tests),
            python_environment.ensure,
            *([ensure_spark] if tests else []),
        )


def side_by_side(*steps: Callable[[], None]) -> None:
    """Take steps that wait for the network or for one processor at once. Raises the first's Trouble when all ended."""
    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        taken = [pool.submit(step) for step in steps]
    for one in taken:
        one.result()


def ensure_spark() -> None:
    """Make the environment of the local SQL warehouse; without it go on, but in continuous integration."""
    try:
        spark_environment.ensure()
    except Trouble as trouble:
        if os.environ.get("CI") == "true":
            raise
        say(f"Going on without tests on Spark: {trouble}")


def main() -> None:
    """Read the command line and set up."""
    parser = argparse.ArgumentParser(prog="tools.setup", description="Set up the portal on this machine.")
    parser.add_argument("--tests", action="store_true", help="also what only tests need")
    ensure(tests=parser.parse_args().tests)


if __name__ == "__main__":
    speak(main)

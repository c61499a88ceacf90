"""The virtual environment in `.venv`, made from the hash-locked requirements."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from tools import stamps
from tools.places import LOCK, PYTHON, ROOT, VENV
from tools.terminal import Trouble, run, say

WANTED = (3, 11)
PIP_OPTIONS = ("--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes")
STAMP = VENV / "complete.stamp"


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> None:
    """Raise Trouble unless this is the Python that the requirements are locked for, with `venv`."""
    if version != WANTED:
        raise Trouble(
            f"The portal needs Python 3.11, and this is {version[0]}.{version[1]}: "
            "install python3.11, or name it with `make PYTHON=/path/to/python3.11`."
        )
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise Trouble("Python's venv module is missing: run `apt-get install python3.11-venv` and try again.")


def ensure() -> None:
    """Make or complete `.venv`; do nothing where the stamp says that it is complete."""
    place = stamps.digest([], sys.version, str(ROOT))
    wanted = f"{place} {stamps.digest([LOCK])}"
    found = stamps.read(STAMP)
    if found == wanted and PYTHON.exists():
        return
    if not found.startswith(place) or not PYTHON.exists():
        _make_anew(found)
    STAMP.unlink(missing_ok=True)
    say("Installing the Python packages (about a minute) ...")
    run(
        [PYTHON, "-m", "pip", "install", *PIP_OPTIONS, "--requirement", LOCK],
        trouble="The Python packages could not be installed: see the message above, then run the same command again.",
    )
    stamps.write(STAMP, wanted)


def _make_anew(found: str) -> None:
    if VENV.exists() and not found:
        say("The environment in .venv is half made (a set-up was stopped): making it again.")
    elif VENV.exists():
        say("The environment in .venv belongs to another Python or folder: making it again.")
    else:
        say("Making the Python environment in .venv ...")
    run(
        [sys.executable, "-m", "venv", "--clear", VENV],
        trouble="The environment in .venv could not be made: see the message above (is the disk full?).",
    )

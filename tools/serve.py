"""`make run`: set-up, databases, sample school, then web server, worker and timetable together.

python3.11 -m tools.serve [--port 8000] [--warehouse spark] [--warehouse-port 15002] [--sample no]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from tools import setup, warehouse
from tools.places import PYTHON, ROOT, VENV
from tools.ports import check_port
from tools.terminal import Trouble, speak

# What people open: browsers bind passkeys to a name and refuse a number.
NAME = "localhost"


def environment(port: int) -> dict[str, str]:
    """Return what the processes get: the project's programs first, and the address they are reached at."""
    return {
        **os.environ,
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PORT": str(port),
        "PORTAL_URL": os.environ.get("PORTAL_URL") or f"http://{NAME}:{port}",
        "PYTHONUNBUFFERED": "1",
        # Celery's long warning to root fills the screen of someone who only tries the portal in a container.
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS") or "ignore:You're running the worker with superuser",
    }


def check_warehouse(wanted: str, port: str, portal: int) -> int | None:
    """Return the port of the local SQL warehouse, or None where the portal, at `portal`, uses WAREHOUSE_URL.

    Raises Trouble where the word is not known, or the port cannot be had.
    """
    if not wanted:
        return None
    if wanted != "spark":
        raise Trouble(
            f"WAREHOUSE={wanted} is not known: say `make run WAREHOUSE=spark` for the local SQL warehouse, or leave it "
            "out for the one that WAREHOUSE_URL names."
        )
    found = check_port(port, "WAREHOUSE_PORT", "make run WAREHOUSE=spark")
    if found == portal:
        raise Trouble(f"PORT and WAREHOUSE_PORT are both {portal}: give the local SQL warehouse another one.")
    return found


def wants_sample(wanted: str) -> bool:
    """Tell whether the sample school belongs into an empty catalog. Raises Trouble where the word is not known."""
    if wanted not in {"", "yes", "no"}:
        raise Trouble(
            f"SAMPLE={wanted} is not known: say `make run SAMPLE=no` for an empty portal, or leave it out for the "
            "sample school."
        )
    return wanted != "no"


def main() -> None:
    """Read the command line, make everything ready, and become the processes' keeper."""
    parser = argparse.ArgumentParser(prog="tools.serve", description="Run the portal on this machine.")
    parser.add_argument("--port", default="8000", help="where the web server listens (default 8000)")
    parser.add_argument("--warehouse", default="", help="spark runs the portal on the local SQL warehouse")
    parser.add_argument("--warehouse-port", default="15002", help="where that listens (default 15002)")
    parser.add_argument("--sample", default="", help="no leaves an empty catalog empty")
    options = parser.parse_args()
    port = check_port(options.port)
    warehouse_port = check_warehouse(options.warehouse, options.warehouse_port, port)
    empty = [] if wants_sample(options.sample) else ["--empty"]
    setup.ensure()
    env = environment(port)
    if warehouse_port:
        env["WAREHOUSE_URL"] = warehouse.start(warehouse_port)
    ready = subprocess.run([PYTHON, "-m", "tools.prepare_data", *empty], cwd=ROOT, env=env, check=False)
    if ready.returncode:
        sys.exit(ready.returncode)
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), "-m", "tools.processes"], env)  # noqa: S606 - our own program


if __name__ == "__main__":
    speak(main)

"""`make run`: set-up, databases, sample school, then web server, worker and timetable together.

python3.11 -m tools.serve [--port 8000]
"""

from __future__ import annotations

import argparse
import errno
import os
import socket
import subprocess
import sys

from tools import setup
from tools.places import PYTHON, ROOT, VENV
from tools.terminal import Trouble, speak

HOST = "127.0.0.1"
# What people open: browsers bind passkeys to a name and refuse a number.
NAME = "localhost"
HIGHEST_PORT = 65535


def check_port(text: str) -> int:
    """Return the port. Raises Trouble where it is no port, is taken, or may not be opened."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        raise Trouble(f"PORT must be a number from 1 to {HIGHEST_PORT}, such as `make run PORT=9000`.")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                other = port + 1 if port < HIGHEST_PORT else port - 1
                raise Trouble(
                    f"Port {port} is taken by another program: stop it, or `make run PORT={other}`."
                ) from None
            raise Trouble(f"Port {port} cannot be opened: {os.strerror(error.errno or 0)}.") from None
    return port


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


def main() -> None:
    """Read the command line, make everything ready, and become the processes' keeper."""
    parser = argparse.ArgumentParser(prog="tools.serve", description="Run the portal on this machine.")
    parser.add_argument("--port", default="8000", help="where the web server listens (default 8000)")
    port = check_port(parser.parse_args().port)
    setup.ensure()
    env = environment(port)
    ready = subprocess.run([PYTHON, "-m", "tools.prepare_data"], cwd=ROOT, env=env, check=False)
    if ready.returncode:
        sys.exit(ready.returncode)
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), "-m", "tools.processes"], env)  # noqa: S606 - our own program


if __name__ == "__main__":
    speak(main)

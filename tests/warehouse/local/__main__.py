"""A local SQL warehouse: the wire protocol of Databricks SQL in front of Spark with Iceberg.

    .venv-spark/bin/python -m tests.warehouse.local --dir var/spark [--port 15002] [--token local:owner ...]

Prints READY and its URL when it serves. Its data are in --dir, and there again after a kill.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import os
import sys
import time
from pathlib import Path
from typing import TextIO

from tests.warehouse.local.access import ROLES, Access, Token
from tests.warehouse.local.engine import Engine
from tests.warehouse.local.http import HOST, Gateway
from tests.warehouse.local.lifetime import wait_for_end
from tests.warehouse.local.wire import Handler


def token(text: str) -> Token:
    """Read NAME:ROLE."""
    name, _, role = text.partition(":")
    if not name or role not in ROLES:
        raise argparse.ArgumentTypeError(f"say NAME:ROLE, with a role of {', '.join(ROLES)}")
    return Token(name, role)


def hold(folder: Path) -> TextIO:
    """Hold the folder for this process, until it ends: two warehouses would lose each other's writes."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "in-use.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another local warehouse works in {folder}: stop it first.")
    return lock


def main() -> None:
    """Serve until the end is wished for."""
    parser = argparse.ArgumentParser(prog="tests.warehouse.local", description="A local SQL warehouse.")
    parser.add_argument("--dir", type=Path, required=True, help="the folder of its data")
    parser.add_argument("--port", type=int, default=15002, help="where it listens on 127.0.0.1; 0 takes a free port")
    parser.add_argument("--catalog", default="classwaves", help="a catalog that is there from the start")
    parser.add_argument("--token", type=token, action="append", help="a token and its role (default local:owner)")
    parser.add_argument("--while-alive", type=int, help="end with this process")
    parser.add_argument("--memory", default="1500m", help="the most that Java takes for data")
    options = parser.parse_args()
    started = time.monotonic()
    held = hold(options.dir)
    engine = Engine(options.dir, options.memory)
    engine.create_catalog(options.catalog, missing_only=True)
    handler = Handler(engine, Access(options.token or [Token("local", "owner")]), options.catalog)
    try:
        gateway = Gateway(handler, options.port)
    except OSError as error:
        engine.stop()
        reason = "is taken by another program" if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0)
        sys.exit(f"Port {options.port} {reason}.")
    gateway.serve_in_background()
    port = gateway.server_address[1]
    print(f"READY http://{HOST}:{port}/sql/1.0/warehouses/local after {time.monotonic() - started:.1f} s", flush=True)
    wait_for_end(options.while_alive)
    gateway.shutdown()
    engine.stop()
    held.close()


if __name__ == "__main__":
    main()

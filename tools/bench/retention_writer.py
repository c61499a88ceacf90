"""Another process that writes to the catalog every few milliseconds, and how long it had to wait each time.

    python -m tools.bench.retention_writer WAREHOUSE_FILE

It writes until its standard input is closed, then prints its waits in milliseconds as JSON.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time

EVERY = 0.01
_ROW = """INSERT INTO "operational.system_events" (id, event_type, severity, component, message, created_at)
VALUES (?, 'bench', 'info', 'bench', 'bench', '2025-03-04 15:00:00')"""


def main(path: str) -> None:
    """Write rows until the input ends."""
    ends = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        ends.set()

    threading.Thread(target=listen, daemon=True).start()
    database = sqlite3.connect(path, isolation_level=None, timeout=60)
    database.execute("PRAGMA synchronous = NORMAL")
    waits = []
    while not ends.is_set():
        began = time.perf_counter()
        database.execute("BEGIN IMMEDIATE")
        database.execute(_ROW, [f"{began}"])
        database.execute("COMMIT")
        waits.append((time.perf_counter() - began) * 1_000)
        time.sleep(EVERY)
    database.close()
    print(json.dumps(waits))


if __name__ == "__main__":
    main(sys.argv[1])

"""The end of the warehouse: SIGTERM, Ctrl-C, or the end of the process that it serves."""

from __future__ import annotations

import os
import select
import signal
import threading


def wait_for_end(serves: int | None) -> None:
    """Return when it is time to end. `serves` is the id of the process without which nobody needs this one."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    if serves is not None:
        threading.Thread(target=_watch, args=[serves, over], name="lifetime", daemon=True).start()
    over.wait()


def _watch(pid: int, over: threading.Event) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        over.set()
        return
    watch = select.poll()
    watch.register(descriptor, select.POLLIN)
    watch.poll()
    over.set()

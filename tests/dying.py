"""Processes that die by SIGKILL before one of their SQL statements, for programs that show what the next one finds."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

Work = Callable[[], object]


def deadly(at: int) -> Callable[..., Any]:
    """Return an execute wrapper that kills this process instead of sending statement number `at`."""
    sent = count(1)

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if next(sent) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    return wrapper


def die_before(at: int, work: Work) -> None:
    """Work until statement number `at` on either database, where this process dies."""
    from django.db import connections

    wrapper = deadly(at)
    for alias in ("default", "warehouse"):
        connections[alias].ensure_connection()
        connections[alias].execute_wrappers.append(wrapper)
    work()


def child(work: Work) -> int:
    """Work in a forked process; return 0, or the negative number of the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(ended)


def must(work: Work, what: str) -> None:
    """Work in a forked process. Raises SystemExit where it fails; `what` names it."""
    if status := child(work):
        raise SystemExit(f"{what} ended with {status}.")


def later_and_later(
    *, prepare: Work, work: Work, recover: Work, tell: Callable[[int, bool], None], first: int, step: int
) -> None:
    """Kill `work` before one statement after another, each time on fresh data, until it lives through.

    `prepare` runs in this process, everything else in one of its own. `tell` gets the number of the statement and
    whether the process was killed.
    """
    for at in count(first, step):
        prepare()
        ended = child(partial(die_before, at, work))
        if ended not in {0, -signal.SIGKILL}:
            raise SystemExit(f"The first process ended with {ended} at {at}.")
        must(recover, f"The second process, after {at},")
        must(partial(tell, at, bool(ended)), "Telling the state")
        if not ended:
            return

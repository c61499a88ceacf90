"""Cuts the power of a warehouse: kill -9 of every process of it, at a moment while statements run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.db import connections

from tests.spark import Warehouse

LONGEST_CUT = 30.0


@dataclass
class Cut:
    """What happened: the statements that were begun, and whether one of them was under way when the power went."""

    begun: list[str] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0

    @property
    def in_the_middle(self) -> bool:
        """Tell whether it met a statement."""
        return self.failed > 0


@contextmanager
def cut_during(warehouse: Warehouse, *, verb: str, number: int = 1, after: float = 0.0) -> Iterator[Cut]:
    """Kill the warehouse `after` seconds from the beginning of the `number`-th statement that begins with `verb`."""
    cut, due, over = Cut(), threading.Event(), threading.Event()
    sent = count(1)

    def kill() -> None:
        due.wait(LONGEST_CUT)
        started = time.monotonic()
        if due.is_set():
            time.sleep(after)
        warehouse.kill()
        cut.seconds = time.monotonic() - started
        over.set()

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        cut.begun.append(sql.split(maxsplit=1)[0])
        if sql.startswith(verb) and next(sent) == number:
            due.set()
        try:
            return execute(sql, params, many, context)
        except Exception:
            cut.failed += 1
            raise

    killer = threading.Thread(target=kill, name="power")
    killer.start()
    try:
        with connections["warehouse"].execute_wrapper(watch):
            yield cut
    finally:
        due.set()
        killer.join()

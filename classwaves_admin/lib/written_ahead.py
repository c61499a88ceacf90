"""Writes batches on a thread of its own while the caller's thread asks for the next ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

__all__ = ["written_ahead"]

# Batches in work beside the one that the reader takes: more would only fill memory.
_AHEAD = 2


def written_ahead(batches: Iterable[pa.RecordBatch], write: Callable[[pa.RecordBatch], bytes]) -> Iterator[bytes]:
    """Yield what `write` makes of each batch, in order; it is called for one batch after the other.

    Whoever stops reading ends the work.
    """
    waiting: deque[Future[bytes]] = deque()
    writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write")
    try:
        for batch in batches:
            waiting.append(writer.submit(write, batch))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        writer.shutdown(cancel_futures=True)

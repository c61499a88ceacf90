"""The portal's own requests, sampled into `operational.api_metrics` in batches.

A request costs a few microseconds: its sample waits in this process. After a response, at most every few seconds, what
has gathered is written as one entry of the outbox. Nothing here may hurt a page: where the buffer is full, the catalog
sleeps or a database refuses, samples are dropped and counted. A process that ends takes its last samples with it.

A sample names the route, never the address, and neither person nor network: only the school, where the person has one.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse

from classwaves_admin.lib import clock
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.models import ApiMetric, SystemEvent
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.models import OutboxEntry

__all__ = ["Buffer", "Sample", "SamplingMiddleware", "buffer", "flush_if_due"]

logger = logging.getLogger(__name__)

# A batch is written once it has so many samples, or the first of them has waited for so many seconds.
BATCH, PATIENCE = 200, 15.0
# What a process keeps at most, and how many batches may wait for a catalog that sleeps.
MOST_KEPT, MOST_WAITING = 1_000, 20
# The name of a route that is none: an address that nobody serves.
NO_ROUTE = "(no such page)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Sample(NamedTuple):
    """One request that was measured."""

    endpoint: str
    method: str
    milliseconds: int
    status: int
    school_id: str | None
    at: datetime


class Buffer:
    """Samples of one process that wait to be written. `dropped` counts those that found no room or could not go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: list[Sample] = []
        self._since = 0.0
        self.dropped = 0

    def add(self, sample: Sample) -> None:
        """Keep a sample, or count it as dropped."""
        with self._lock:
            if len(self._samples) >= MOST_KEPT:
                self.dropped += 1
                return
            if not self._samples:
                self._since = time.monotonic()
            self._samples.append(sample)

    def take_due(self) -> list[Sample]:
        """Return what is due and forget it; nothing before it is."""
        if not self._samples:  # read without the lock: after most responses nothing has to be done
            return []
        with self._lock:
            if len(self._samples) < BATCH and time.monotonic() - self._since < PATIENCE:
                return []
            taken, self._samples = self._samples, []
            return taken

    def drop(self, samples: int) -> None:
        """Count samples that could not be written."""
        with self._lock:
            self.dropped += samples

    def take_dropped(self) -> int:
        """Return how many were dropped since this was asked last."""
        with self._lock:
            taken, self.dropped = self.dropped, 0
            return taken


buffer = Buffer()


class SamplingMiddleware:
    """Stands first, so that it measures what a browser waits for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve one request, and measure API_METRICS_PERCENT of them."""
        if random.random() * 100 >= settings.API_METRICS_PERCENT:  # noqa: S311 - no secret
            return self.get_response(request)
        began = time.perf_counter()
        response = self.get_response(request)
        if not request.path_info.startswith(_not_measured()):
            took = round((time.perf_counter() - began) * 1000)
            buffer.add(_sample(request, response, took))
        return response


def flush_if_due(**_: Any) -> None:
    """Write what is due. Called after each response, when the browser has it."""
    if samples := buffer.take_due():
        try:
            written = _write(samples)
        except Error as error:
            # The class alone, as everywhere. A page that was answered must not fail for this.
            logger.warning("Samples of requests could not be written: %s", type(error).__name__)
            written = False
        if not written:
            buffer.drop(len(samples))


def _write(samples: Sequence[Sample]) -> bool:
    """Write the samples as one entry of the outbox; return False where too many of them wait there already."""
    if OutboxEntry.objects.filter(table=ApiMetric._meta.db_table).count() >= MOST_WAITING:
        return False
    with transaction.atomic():
        gateway.insert_all(
            [
                ApiMetric(
                    id=new_id(),
                    endpoint=one.endpoint,
                    method=one.method,
                    response_time_ms=one.milliseconds,
                    status_code=one.status,
                    school_id=one.school_id,
                    timestamp=one.at,
                )
                for one in samples
            ]
        )
        if dropped := buffer.take_dropped():
            gateway.insert(_event(dropped))
    return True


def _event(dropped: int) -> SystemEvent:
    """Return what tells that the numbers of the page are not complete."""
    return SystemEvent(
        id=new_id(),
        event_type="portal.samples_dropped",
        severity="warning",
        component="portal",
        message=f"{dropped} samples of requests were dropped: the catalog slept, or a process had too many.",
        created_at=clock.now(),
    )


def _sample(request: HttpRequest, response: HttpResponse, took: int) -> Sample:
    match = request.resolver_match
    method = request.method if request.method in METHODS else "OTHER"
    return Sample(
        (match.view_name if match else "") or NO_ROUTE,
        str(method),
        took,
        response.status_code,
        _school_of(request),
        clock.now(),
    )


def _school_of(request: HttpRequest) -> str | None:
    """Return the school at which the person works, where it is one."""
    chosen: str | None = getattr(request, "school", None)
    choices: Sequence[tuple[str, str]] = getattr(request, "school_choices", ())
    return chosen or (choices[0][0] if len(choices) == 1 else None)


def _not_measured() -> tuple[str, ...]:
    """Return how the paths begin that are no page: files, and the question whether the process lives."""
    return (settings.STATIC_URL, "/healthz")

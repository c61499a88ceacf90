"""Walking many addresses in one world: to make a world takes longer than to ask an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.architecture.routes import Route

PORTION = 40


def portions(routes: list[Route]) -> list[list[Route]]:
    """Return the routes in portions, each to be walked in one world."""
    return [routes[start : start + PORTION] for start in range(0, len(routes), PORTION)]


def names(routes: list[Route]) -> str:
    """Return what a portion is called by."""
    return f"{routes[0].name}-{routes[-1].name}"


@contextmanager
def alone(subtests: pytest.Subtests, route: Route, *more: str, remembers: bool = False) -> Iterator[None]:
    """Walk one route as a test of its own, and leave the world as it was; `remembers` leaves the cache alone too."""
    if not remembers:
        cache.clear()
    with subtests.test(" ".join([route.name, *more])), ExitStack() as stack:
        for name in ("default", "warehouse"):
            stack.enter_context(transaction.atomic(using=name))
            stack.callback(transaction.set_rollback, True, using=name)
        yield

"""What is found over all rows of a scope: anew for every page, or kept for some minutes where that takes long.

A school of some thousand students is counted within a second, and its pages are always right. Of a large district it
takes seconds: what was counted then stands for COUNTS_KEPT_SECONDS, and the page says of when it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Generic, TypeVar

from django.conf import settings
from django.core.cache import cache

from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.tenancy.scope import schools_in_scope

__all__ = ["ANEW", "Counted", "counted"]

# The word in an address that asks for numbers of now.
ANEW = "anew"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counted(Generic[T]):
    """What was counted, and when. `kept`: before this page was asked for."""

    value: T
    at: datetime
    kept: bool = False


def counted(name: str, count: Callable[[], T], *, now: datetime, anew: bool = False) -> Counted[T]:
    """Return what `name` stands for in the scope of the caller: kept, where that is there and not wanted `anew`.

    What is kept lies in the memory of this process alone.
    """
    schools = schools_in_scope()
    among = "all" if schools is None else sha256_hex("\n".join(sorted(schools)).encode())
    key = f"counted:{name}:{among}"
    if not anew and (found := cache.get(key)) is not None:
        value, at = found
        return Counted(value, at, kept=True)
    started = perf_counter()
    value = count()
    if perf_counter() - started >= settings.COUNTS_KEPT_FROM_SECONDS:
        cache.set(key, (value, now), settings.COUNTS_KEPT_SECONDS)
    else:
        cache.delete(key)
    return Counted(value, now)

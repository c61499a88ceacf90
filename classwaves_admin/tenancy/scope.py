"""The scope of a request or job: which schools (and districts) its queries may touch.

Models with a school carry `ScopedManager(school=...)`. Querying one outside a scope raises
`django_scopes.exceptions.ScopeError`, so a forgotten scope fails loudly instead of leaking rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django_scopes import get_scope
from django_scopes import scope as _scope
from django_scopes import scopes_disabled as _scopes_disabled
from django_scopes.manager import ScopedManager

__all__ = ["EVERYTHING", "NOTHING", "Scope", "ScopedManager", "inside", "schools_in_scope", "system_scope"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scope:
    """The ids that queries may touch; `None` stands for all of them (super admins only)."""

    schools: tuple[str, ...] | None = ()
    districts: tuple[str, ...] | None = ()

    def allows_school(self, school_id: str) -> bool:
        """Tell whether rows of this school may be read inside the scope."""
        return self.schools is None or school_id in self.schools


EVERYTHING = Scope(schools=None, districts=None)
NOTHING = Scope()


def schools_in_scope() -> tuple[str, ...] | None:
    """Return the schools that queries may touch here; None stands for all."""
    state = get_scope()
    schools = state.get("school", ()) if state.get("_enabled") else None
    return None if schools is None else tuple(schools)


@contextmanager
def inside(scope: Scope) -> Iterator[None]:
    """Run the block with every scoped query limited to `scope`."""
    schools = None if scope.schools is None else list(scope.schools)
    districts = None if scope.districts is None else list(scope.districts)
    with _scope(school=schools, district=districts):
        yield


@contextmanager
def system_scope(*, reason: str) -> Iterator[None]:
    """Run the block without limits, for a job or a token page that serves no signed-in person.

    `reason` says why in a few words; it goes to the debug log and makes each use easy to find.
    """
    logger.debug("system scope: %s", reason)
    with _scopes_disabled():
        yield

"""Every route of the portal, found by walking the URL configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from classwaves_admin.accounts.routing import Declaration, declaration_of

# allauth guards its own pages: who must be signed in for what is its tested behaviour. Our middleware and
# adapters stand in front of them (accounts/middleware.py, accounts/adapter.py).
LIBRARY = "/accounts/"


@dataclass(frozen=True)
class Route:
    """One named address: its pattern as people read it, and the names of the parts to fill in."""

    name: str
    pattern: str
    parts: tuple[str, ...]
    declaration: Declaration | None

    @property
    def of_library(self) -> bool:
        """Tell whether the route belongs to a library that guards it itself."""
        return self.pattern.startswith(LIBRARY)

    def address(self, values: dict[str, str]) -> str:
        """Return the address with its parts filled in. Raises KeyError for a part that is not in `values`."""
        return reverse(self.name, kwargs={part: values[part] for part in self.parts})


def all_routes() -> list[Route]:
    """Return every route, in the order of the URL configuration."""
    return list(_walk(get_resolver().url_patterns, "/", ()))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, parts: tuple[str, ...]) -> Iterator[Route]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        groups = pattern.pattern.regex.groupindex  # of path() and re_path() alike
        names = (*parts, *groups)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, here, names)
        else:
            yield Route(pattern.name or "", here, names, declaration_of(pattern.callback))

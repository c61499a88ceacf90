"""Query tags: which view, task or command a statement serves, for the warehouse's query history."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["current", "tagged"]

# Names of code. Nothing of a person fits: no @, no space, no hyphen of a UUID, no run of digits.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:]{0,99}")
_DIGITS = re.compile(r"\d{4}")

_name: ContextVar[str] = ContextVar("databricks_tag", default="")


@contextmanager
def tagged(name: str) -> Iterator[None]:
    """Tag the statements inside the block with a name of code, such as `audit:search`.

    Raises ValueError for what is not a name of code: a path or an address could tell of a person.
    """
    if not _NAME.fullmatch(name) or _DIGITS.search(name):
        raise ValueError("A query tag is the name of a view, task or command.")
    token = _name.set(name)
    try:
        yield
    finally:
        _name.reset(token)


def current() -> dict[str, str]:
    """Return the tags of a statement that is sent here."""
    name = _name.get()
    return {"app": "classwaves_admin", "for": name} if name else {"app": "classwaves_admin"}

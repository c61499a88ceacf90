"""Makes an undefined variable in one of our templates fail the test that renders it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

import pytest
from django.template.base import Node, Variable


class UndefinedVariable:
    """Django's `string_if_invalid`, which fails for templates below `ours` and is empty for others.

    Libraries' own templates (allauth, Django's forms) rely on empty text for undefined names.
    """

    def __init__(self, ours: Path) -> None:
        self.ours = ours.resolve()

    def __contains__(self, text: str) -> bool:
        """Ask Django to call `%` with the expression."""
        return text == "%s"

    def __str__(self) -> str:
        """Return empty text: Django shows it for a row that is gone or a method that it may not call."""
        return ""

    def __mod__(self, expression: Variable) -> str:
        """Fail the test, naming the expression and the template."""
        template = _rendering()
        if template is not None and template.is_relative_to(self.ours):
            pytest.fail(f"Undefined template variable {str(expression)!r} in {template.relative_to(self.ours)}")
        return ""


def _rendering() -> Path | None:
    """Return the file of the template node that is being rendered, found on the stack."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        node = frame.f_locals.get("self")
        origin = getattr(node, "origin", None) if isinstance(node, Node) else None
        if origin is not None:
            return Path(origin.name)
        frame = frame.f_back
    return None

"""Runs axe-core on a page of the browser tests: WCAG 2.0, 2.1 and 2.2, levels A and AA."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

SCRIPT = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that one element breaks. The element's markup is left out: pages show personal data."""

    rule: str
    help: str
    target: str

    def __str__(self) -> str:
        return f"{self.rule} at {self.target}: {self.help}"


@cache
def _script() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: Page) -> list[Violation]:
    """Return what breaks WCAG A or AA on the page as it stands.

    The script is evaluated through the browser's debugging channel, so the page's content security
    policy neither stops it nor has to be loosened.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(f"{_script()};0")
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", list(TAGS)
    )
    return [
        Violation(rule["id"], rule["help"], " ".join(str(part) for part in node["target"]))
        for rule in found["violations"]
        for node in rule["nodes"]
    ]

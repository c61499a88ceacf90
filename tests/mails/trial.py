"""A kind of mail for tests, `trial.hello`, with templates of its own in English and Spanish."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.actions import Recipient

KIND = "trial.hello"
TEMPLATES = Path(__file__).parent / "templates"
PARENT = Recipient(address="parent@home.example", user_id="guardian-1", language="en")
CONTEXT = {"school": "Escuela Río <Grande> & Söhne", "child": "Zoë O'Brien"}


@dataclass
class Trial:
    """Builds the mail's link and remembers what it was asked for; `fault` is raised instead where set."""

    tokens: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    returned: list[dict[str, Any]] = field(default_factory=list)
    fault: Exception | None = None
    sent_faults: list[Exception] = field(default_factory=list)

    def build(self, *, refers_to: str, now: datetime) -> dict[str, str]:
        """Return a fresh link, as the consent app does."""
        if self.fault is not None:
            raise self.fault
        self.tokens.append(secrets.token_urlsafe(32))
        return {"link": f"https://portal.example/c/{self.tokens[-1]}/"}

    def on_sent(self, **facts: Any) -> None:
        """Remember the call, or fail as often as told."""
        if self.sent_faults:
            raise self.sent_faults.pop()
        self.sent.append(facts)

    def on_returned(self, **facts: Any) -> None:
        """Remember the call."""
        self.returned.append(facts)

    def headers(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """Return a header with the fresh link."""
        return {"List-Help": f"<{secrets['link']}>"}

    def kind(self) -> kinds.Kind:
        """Return the kind as the registry would hold it."""
        return kinds.Kind(KIND, self.build, ("link",), self.on_sent, self.on_returned, self.headers)


def with_templates(templates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the setting TEMPLATES with this folder's templates in front."""
    changed = copy.copy(templates)
    changed[0] = changed[0] | {"DIRS": [TEMPLATES, *changed[0]["DIRS"]]}
    return changed

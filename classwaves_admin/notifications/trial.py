"""Samples of mails: what an editor previews, and the test mail that somebody sends to themselves.

A test mail carries the text itself, so that it shows what stood on the desk. It has no secret: its links lead nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.rendering import Content, render_own
from classwaves_admin.notifications.wording.rules import Text
from classwaves_admin.notifications.wording.slots import samples

__all__ = ["TRIAL", "register", "sample_of", "write_trial"]

TRIAL = "notifications.trial"
_MARK = {"en": "[Test]", "es": "[Prueba]"}


def register() -> None:
    """Register the test mail, when Django starts."""
    kinds.register(TRIAL, build_trial, writes=write_trial)


def build_trial(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return nothing: a test mail has no secret."""
    return {}


def write_trial(*, language: str, context: Mapping[str, str]) -> Content:
    """Write a test mail. Raises as `rendering.render_own`."""
    text = Text(context["subject"], context["text"], context["button"])
    facts = {"school": context["school"], "contact": context["contact"]}
    content = sample_of(text, kind=context["of"], language=context["in"], facts=facts, colour=context["colour"])
    return replace(content, subject=f"{_MARK.get(content.language, _MARK['en'])} {content.subject}")


def sample_of(text: Text, *, kind: str, language: str, facts: Mapping[str, str], colour: str = "") -> Content:
    """Write a mail with a sample in each slot; `facts` are real, such as the school's name. Raises as `render_own`."""
    wording = kinds.wording_of(kind)
    context = samples(language, facts) | dict.fromkeys(wording.shipped_for, "")
    return render_own(text, kind=kind, language=language, context=context, colour=colour)

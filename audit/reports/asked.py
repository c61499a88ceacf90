"""What a report was asked with, in words for a list: they tell two reports of one kind apart and name no student."""

from __future__ import annotations

from datetime import date

from audit.models import Making
from audit.reports.access import LOOKS
from audit.reports.disclosures import PARENTS
from audit.reports.registry import OFFERS
from audit.rules.certificate import label
from audit.rules.lines import event_label
from audit.rules.reports import days_words
from consent.rules.register import Ages
from consent.vocabulary import EffectiveStatus


def asked_words(making: Making) -> str:
    """Return period and filters of a report; empty text for one that was asked for whole, and for an export."""
    if making.kind not in {offer.kind for offer in OFFERS}:
        return ""
    asked, words = making.parameters, []
    first, last = (date.fromisoformat(asked[name]) if asked.get(name) else None for name in ("first", "last"))
    if first or last:
        words.append(days_words(first, last))
    if event := asked.get("event"):
        words.append(event_label(event))
    if asked.get(LOOKS):
        words.append("Looks alone")
    if status := asked.get("status"):
        words.append(label(EffectiveStatus, status))
    if ages := asked.get("ages"):
        words.append(label(Ages, ages))
    if asked.get("student"):
        words.append("One student")
    if asked.get("copy") == PARENTS:
        words.append("Copy for a parent or eligible student")
    return " · ".join(words)

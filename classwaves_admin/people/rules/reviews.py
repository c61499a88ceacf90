"""The terms in which access is reviewed. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.db import models

# The school year begins in August; its second term in February.
FALL, SPRING = 8, 2


class Decision(models.TextChoices):
    """What an administrator says of one person's access."""

    KEEP = "keep", "Keep"
    CHANGE = "change", "Change"
    END = "end", "End"


class Term(NamedTuple):
    """A term: its first day, and its name."""

    first: date
    name: str


def term_of(day: datetime | date) -> Term:
    """Return the term in which a day falls."""
    if SPRING <= day.month < FALL:
        return Term(date(day.year, SPRING, 1), f"Spring {day.year}")
    year = day.year if day.month >= FALL else day.year - 1
    return Term(date(year, FALL, 1), f"Fall {year}")

"""What a person asked to take away: a search, as it meant on that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from audit.exports.formats import Format
from audit.making.kinds import WITH_TYPED
from audit.models import Making
from audit.queries.indexed import rows_of
from audit.rules.address import parted
from audit.rules.criteria import Criteria
from audit.rules.language import Term, parse, written
from audit.rules.meaning import criteria_of
from classwaves_admin.warehouse.models import AuditLog

# Another service's clock may be wrong by years; rows of a moment to come are none that arrived meanwhile.
CLOCK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A search in a form. `plain` are its codes, days and ids, `typed` all else; days are those of `zone`."""

    form: Format
    plain: str
    typed: str
    zone: str
    day: date

    @classmethod
    def of(cls, form: Format, terms: Sequence[Term], *, zone: ZoneInfo, now: datetime) -> Self:
        """Return what is asked for now."""
        plain, typed = parted(terms)
        return cls(form, written(plain), written(typed), zone.key, now.astimezone(zone).date())

    @classmethod
    def from_making(cls, making: Making) -> Self:
        """Return what a making was asked for."""
        given = making.parameters
        zone = ZoneInfo(given["zone"])
        typed = making.typed.get("query", "")
        return cls(Format(given["format"]), given["query"], typed, zone.key, making.asked_at.astimezone(zone).date())

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what may be kept: codes, days and ids. `WITH_TYPED` says that this alone finds other rows."""
        return {"format": self.form.value, "query": self.plain, "zone": self.zone, WITH_TYPED: bool(self.typed)}

    @property
    def query(self) -> str:
        """Return the search as the box shows it."""
        return f"{self.plain} {self.typed}".strip()

    def criteria(self, schools: Mapping[str, str]) -> Criteria:
        """Return the search; `schools` are the names of those in reach by id."""
        found, _ = criteria_of(parse(self.query).terms, schools=schools, today=self.day, zone=ZoneInfo(self.zone))
        return found


@dataclass(frozen=True, slots=True)
class About:
    """What rows are: those of a search in some schools, names by id, and a period, as they stood at a moment."""

    query: str
    schools: dict[str, str]
    since: datetime | None
    until: datetime | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, with its rows up to the cut, and what a manifest says of it."""

    asked: Asked
    criteria: Criteria
    rows: QuerySet[AuditLog]
    about: About

    @classmethod
    def of(cls, asked: Asked, *, schools: Mapping[str, str], as_of: datetime) -> Self:
        """Return it, inside the scope of the rows; `schools` are the names of those in reach by id."""
        criteria = asked.criteria(schools)
        named = criteria.wanted.schools
        within = {school: name for school, name in schools.items() if not named or school in named}
        about = About(asked.query, within, criteria.since, criteria.until, as_of)
        return cls(asked, criteria, rows_until(criteria, as_of), about)


def rows_until(criteria: Criteria, moment: datetime) -> QuerySet[AuditLog]:
    """Return the rows that the search finds, unordered, without those written after the moment."""
    return rows_of(criteria).exclude(created_at__gt=moment, created_at__lte=moment + CLOCK)

"""The written retention policy of a school, as it stands or stood on a day (16 CFR 312.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import School
from retention.models import ChangeState, PolicyChange
from retention.queries.policies import policies_of
from retention.rules.changes import Terms

__all__ = ["Line", "Published", "published"]


@dataclass(frozen=True, slots=True)
class Line:
    """What the policy says of one kind of data."""

    kind: Retention
    terms: Terms


@dataclass(frozen=True, slots=True)
class Published:
    """A school's policy on a day. `versions` are the days on which it changed, newest first."""

    school: School
    zone: ZoneInfo
    on: date
    lines: tuple[Line, ...]
    versions: tuple[date, ...]
    is_current: bool


def published(school_id: str, *, on: date | None, now: datetime) -> Published:
    """Return the policy of a school as it stands, or as it stood at the end of a day: three warehouse queries.

    A past version is today's without the changes that were made since. Raises School.DoesNotExist.
    """
    school = School.objects.get(pk=school_id)
    zone = time_zone(school_id)
    today = timezone.localdate(now, zone)
    wanted = min(on or today, today)
    terms = {kind: Terms.of(held) for kind, held in policies_of(school_id).held.items()}
    made = PolicyChange.objects.filter(school_id=school_id, state=ChangeState.MADE).order_by("-decided_at", "-id")
    days = []
    for change in made:
        day = timezone.localdate(change.decided_at, zone)
        days.append(day)
        if day > wanted:
            terms[Retention(change.policy_type)] = Terms.from_json(change.before)
    lines = tuple(Line(kind, terms[kind]) for kind in Retention)
    return Published(school, zone, wanted, lines, _versions(days), is_current=all(day <= wanted for day in days))


def _versions(days: list[date]) -> tuple[date, ...]:
    """Return the days whose end shows a version of its own: those of changes, and the day before the first one."""
    if not days:
        return ()
    return (*dict.fromkeys(days), min(days) - timedelta(days=1))

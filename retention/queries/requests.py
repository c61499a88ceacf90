"""The register of requests as pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from classwaves_admin.lib import keyset
from classwaves_admin.schools.queries import districts_of, time_zones
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import District
from consent.models import Guardianship
from retention.models import RightsRequest
from retention.rules.requests import days_left, last_day
from retention.vocabulary import RequestKind, RequestOutcome

__all__ = ["Line", "due_soon", "guardians_who_may_ask", "lines_of", "request_page", "soon_after", "state_of"]

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Line:
    """One request with its last day on the school's calendar and the days that are left, negative when it is late."""

    request: RightsRequest
    last_day: date
    days_left: int

    @property
    def is_late(self) -> bool:
        """Tell whether the last day is over."""
        return self.days_left < 0

    @property
    def is_soon(self) -> bool:
        """Tell whether the last day is near, so that the dashboard names the request."""
        return self.days_left <= settings.REQUEST_DUE_SOON_DAYS


def request_page(
    *, school: str, closed: bool, cursor: str, due_before: datetime | None = None
) -> keyset.Page[RightsRequest]:
    """Return a page of open requests by their last day, or of closed ones, newest first. Raises BadCursor.

    A deletion that was partly done stands among the open ones until the rest is deleted. With `due_before` those
    alone that the dashboard counts.
    """
    waits = Q(closed_at=None) | Q(kind=RequestKind.DELETE, outcome=RequestOutcome.PARTLY)
    rows = RightsRequest.objects.filter(~waits if closed else waits).select_related("guardian")
    if due_before is not None:
        rows = rows.filter(closed_at=None, due_at__lte=due_before)
    order = ("-received_at", "-id") if closed else ("due_at", "id")
    return keyset.page(_of_school(rows, school), order=order, size=PAGE_SIZE, cursor=cursor)


def lines_of(requests: Sequence[RightsRequest], now: datetime) -> list[Line]:
    """Return requests with the days that are left: one warehouse query for the schools' time zones."""
    zones = time_zones(one.school_id for one in requests)
    return [
        Line(one, last_day(one.due_at, zones[one.school_id]), days_left(one.due_at, now, zones[one.school_id]))
        for one in requests
    ]


def due_soon(school: str, now: datetime) -> int:
    """Return how many open requests of a school, or of all in scope, are due soon or late. No warehouse query."""
    return _of_school(RightsRequest.objects.filter(closed_at=None, due_at__lte=soon_after(now)), school).count()


def soon_after(now: datetime) -> datetime:
    """Return the moment up to which a request is due soon."""
    return now + timedelta(days=settings.REQUEST_DUE_SOON_DAYS + 1)


def guardians_who_may_ask(student_id: str, *, adult: bool) -> list[Guardianship]:
    """Return who may ask about a student: each guardian whom no order keeps away (34 CFR 99.4).

    At 18 the rights have passed to the student (99.5). No warehouse query.
    """
    if adult:
        return []
    ties = Guardianship.objects.filter(student_id=student_id, restricted=False, guardian__restricted_at=None)
    return list(ties.exclude(relationship="self").select_related("guardian").order_by("guardian__name", "id"))


def state_of(school_id: str) -> str:
    """Return the state of a school, as its district's row has it; empty where nobody knows.

    One warehouse query, one more to learn its district now and then.
    """
    district = districts_of([school_id])[school_id]
    with system_scope(reason="in which state a school stands is no personal data"):
        return District.objects.filter(pk=district).values_list("state", flat=True).first() or ""


def _of_school(rows: QuerySet[RightsRequest], school: str) -> QuerySet[RightsRequest]:
    return rows.filter(school_id=school) if school else rows

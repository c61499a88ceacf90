"""How fast endpoints answer, from the requests that were sampled: one warehouse query, whatever their number."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Q, When

from classwaves_admin.portal.percentiles import FINE, MIDDLE, Speed, step_of
from classwaves_admin.warehouse.models import ApiMetric

__all__ = ["speeds"]

# A service that writes an id into its endpoint must not fill the page: the most frequent groups count.
MOST_GROUPS = 20_000

_took = F("response_time_ms")
_STEP = Case(
    When(response_time_ms__lt=FINE, then=_took),
    When(response_time_ms__lt=MIDDLE, then=_took - _took % 10),
    default=_took - _took % 100,
    output_field=IntegerField(),
)


def speeds(*, since: datetime, school: str) -> list[Speed]:
    """Return the endpoints of a period, of one school or of all in scope, those with the slowest p95 first."""
    rows = ApiMetric.objects.filter(timestamp__gte=since)
    if school:
        rows = rows.filter(school_id=school)
    groups = (
        rows.annotate(step=_STEP)
        .order_by()
        .values_list("endpoint", "method", "step")
        .annotate(
            requests=Count("id"),
            refused=Count("id", filter=Q(status_code__gte=400, status_code__lt=500)),
            failed=Count("id", filter=Q(status_code__gte=500)),
        )
        .order_by("-requests", "endpoint", "method", "step")[:MOST_GROUPS]
    )
    found: dict[tuple[str, str], Speed] = {}
    for endpoint, method, step, requests, refused, failed in groups:
        found.setdefault((endpoint, method), Speed(endpoint, method)).add(step_of(step), requests, refused, failed)
    return sorted(found.values(), key=lambda one: (-one.p95, one.endpoint, one.method))

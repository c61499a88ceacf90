"""System pages and health. The landing page is the dashboard."""

from __future__ import annotations

from django.urls import path

from audit.urls import converters  # noqa: F401 - makes row_id known
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded, open_to_all
from classwaves_admin.portal.views import dashboard, events, health, jobs, outbox, speed, warehouse

urlpatterns = [
    path(
        "", open_to_all(dashboard.home, why="leads each person to the first page that they may open"), name="dashboard"
    ),
    path("healthz", open_to_all(health.healthz, why="load balancers ask whether the process lives"), name="healthz"),
    path(
        "catalog-awake",
        open_to_all(health.catalog_awake, why="a page that waits for the catalog asks, signed in or not"),
        name="catalog-awake",
    ),
    path("system/warehouse/", guarded(warehouse.warehouse, Permission.SEE_DELIVERY), name="warehouse"),
    path("system/outbox/", guarded(outbox.outbox, Permission.SEE_DELIVERY), name="outbox"),
    path("system/outbox/retry/", guarded(outbox.retry, Permission.SEE_DELIVERY), name="outbox-retry"),
    path(
        "system/outbox/<int:entry_id>/discard/",
        guarded(outbox.discard, Permission.SEE_DELIVERY),
        name="outbox-discard",
    ),
    path("system/jobs/", guarded(jobs.job_list, Permission.SEE_SYSTEM), name="job-list"),
    path("system/jobs/others/", guarded(jobs.job_others, Permission.SEE_SYSTEM), name="job-others"),
    path("system/jobs/retry/", guarded(jobs.job_retry, Permission.SEE_SYSTEM), name="job-retry"),
    path("system/speed/", guarded(speed.api_metrics, Permission.SEE_SYSTEM), name="api-metrics"),
    path("system/events/", guarded(events.event_list, Permission.SEE_SYSTEM), name="event-list"),
    path(
        "system/events/<row_id:system_event_id>/",
        guarded(events.event_detail, Permission.SEE_SYSTEM),
        name="event-detail",
    ),
]

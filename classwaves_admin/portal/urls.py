"""System pages and health. The landing page is the dashboard."""

from __future__ import annotations

from django.urls import path

from audit.urls import converters  # noqa: F401 - makes row_id known
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded, open_to_all
from classwaves_admin.portal.views import (
    dashboard,
    events,
    health,
    jobs,
    mail_queue,
    mail_templates,
    mail_text_steps,
    mail_texts,
    outbox,
    speed,
    warehouse,
)

_WRITE, _MAIL = Permission.EDIT_NOTICES, "templates/<str:school_id>/<str:mail_kind>/<str:language>/"

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
    path("templates/", guarded(mail_texts.template_list, _WRITE), name="template-list"),
    path("system/templates/", guarded(mail_templates.template_others, Permission.SEE_SYSTEM), name="template-others"),
    path("templates/<str:school_id>/", guarded(mail_texts.template_school, _WRITE), name="template-school"),
    path(_MAIL, guarded(mail_texts.template_edit, _WRITE), name="template-edit"),
    path(f"{_MAIL}preview/", guarded(mail_texts.template_preview, _WRITE), name="template-preview"),
    path(f"{_MAIL}frame/", guarded(mail_texts.template_frame, _WRITE), name="template-frame"),
    path(f"{_MAIL}activate/", guarded(mail_text_steps.template_activate, _WRITE), name="template-activate"),
    path(f"{_MAIL}shipped/", guarded(mail_text_steps.template_shipped, _WRITE), name="template-shipped"),
    path(f"{_MAIL}discard/", guarded(mail_text_steps.template_discard, _WRITE), name="template-discard"),
    path(f"{_MAIL}test/", guarded(mail_text_steps.template_trial, _WRITE), name="template-trial"),
    path(f"{_MAIL}again/", guarded(mail_text_steps.template_again, _WRITE), name="template-again"),
    path(f"{_MAIL}history/", guarded(mail_text_steps.template_history, _WRITE), name="template-history"),
    path(f"{_MAIL}history/<str:text_id>/", guarded(mail_text_steps.template_version, _WRITE), name="template-version"),
    path("mails/", guarded(mail_queue.queue_list, Permission.SEE_MAIL), name="queue-list"),
    path("mails/retry/", guarded(mail_queue.queue_retry, Permission.SEE_MAIL), name="queue-retry"),
    path("mails/others/", guarded(mail_queue.queue_others, Permission.SEE_MAIL_OF_OTHERS), name="queue-others"),
    path(
        "mails/others/<row_id:notification_id>/",
        guarded(mail_queue.queue_other, Permission.SEE_MAIL_OF_OTHERS, audits="mail.viewed"),
        name="queue-other",
    ),
    path(
        "mails/<str:mail_id>/",
        guarded(mail_queue.queue_mail, Permission.SEE_MAIL, audits="mail.viewed"),
        name="queue-mail",
    ),
    path("mails/<str:mail_id>/again/", guarded(mail_queue.queue_resend, Permission.SEE_MAIL), name="queue-resend"),
    path("mails/<str:mail_id>/stop/", guarded(mail_queue.queue_stop, Permission.SEE_MAIL), name="queue-stop"),
]

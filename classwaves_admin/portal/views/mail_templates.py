"""What other services wrote into `notifications.templates`: shown with its faults, and never sent by the portal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.keyset import BadCursor, Page
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.portal.queries.templates import faults_of_row, others_page
from classwaves_admin.warehouse.models import NotificationTemplate

LIST = "template-others"


@require_safe
def template_others(request: StaffRequest) -> HttpResponse:
    """Show the rows of other services to who sees all schools: one warehouse query."""
    sees_all = request.access.scope.schools is None
    try:
        part: Page[NotificationTemplate] = others_page(request.GET.get("cursor", "")) if sees_all else Page([])
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    context = {
        "rows": [(row, faults_of_row(row)) for row in part.rows],
        "sees_all": sees_all,
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "portal/mail_texts/others.html", context)

"""The archive: which files there are, what is in each in numbers, when it is destroyed. No file is handed out here."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from retention.models import ArchiveFile
from retention.queries.archive import archive_page, destroyed_from
from retention.queries.policies import policies_of

LIST = "archive-list"


@require_safe
def archive_list(request: StaffRequest) -> HttpResponse:
    """Show the files, newest first, without a warehouse query."""
    try:
        part = archive_page(school=request.school or "", cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    context = {
        "files": part.rows,
        "schools": dict(request.school_choices) if request.school is None and len(request.school_choices) > 1 else {},
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "retention/archive/list.html", context)


@require_safe
def archive_detail(request: StaffRequest, file_id: str) -> HttpResponse:
    """Show one file with its manifest: two warehouse queries for the policy that ends it."""
    try:
        file = ArchiveFile.objects.get(pk=file_id)
    except ArchiveFile.DoesNotExist:
        raise Http404("There is no such file.") from None
    context = {
        "file": file,
        "school_name": dict(request.school_choices).get(file.school_id, ""),
        "may_hold": request.access.may(Permission.MANAGE_HOLDS),
        "ends": destroyed_from(file, policies_of(file.school_id)) if file.is_there else None,
    }
    return render(request, "retention/archive/file.html", context)

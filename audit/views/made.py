"""Files that were made for people: how far one is, its first page, and the download behind a fresh sign-in."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.making import kinds
from audit.making.actions import delete_files, make_again, note_download, note_look
from audit.making.queries import files_of, job_for, making_of
from audit.models import MadeFile, Making
from audit.models.made import PICTURE
from audit.reports.asked import asked_words
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now

DETAIL = "made-file"
LOST = "The storage has lost this file, so nothing was handed over. Make it again, or tell your ClassWaves contact."


@require_safe
@never_cache
def made_file(request: StaffRequest, making_id: str) -> HttpResponse:
    """Show how far a file is, and once it is there what it is: hash, rows, days left. It names no student."""
    making = _making(request, making_id)
    files, picture = files_of(making)
    moment = now()
    at_hand = making.is_at_hand(moment)
    context = {
        "making": making,
        "title": kinds.title_of(making.kind),
        "school": dict(request.school_choices).get(making.school_id, ""),
        "job": job_for(making),
        "files": files,
        "moment": moment,
        "picture": picture if at_hand else None,
        "at_hand": at_hand,
        "again": kinds.can_make_again(making),
        "may_delete": kinds.is_export(making.kind) and making.ended_at is None,
        "asked": asked_words(making),
        "here": request.get_full_path(),
    }
    return render(request, "audit/made_file.html", context)


@require_safe
@never_cache
def picture(request: StaffRequest, making_id: str) -> HttpResponseBase:
    """Show the first page of a report as a picture."""
    file = _file(_making(request, making_id), PICTURE)
    try:
        content = default_storage.open(file.file)
    except FileNotFoundError:
        raise Http404("The storage has lost this picture.") from None
    note_look(file=file, by=request.actor, now=now())
    return FileResponse(content, content_type=file.content_type)


@require_safe
@never_cache
def download(request: StaffRequest, making_id: str, file_format: str) -> HttpResponseBase:
    """Hand a file over, to who may still see every school in it and has just signed in. Others' do not exist."""
    if file_format == PICTURE:
        raise Http404("There is no such file.")
    file = _file(_making(request, making_id), file_format)
    try:
        content = default_storage.open(file.file)
    except FileNotFoundError:
        messages.error(request, LOST)
        return redirect(DETAIL, making_id)
    note_download(file=file, by=request.actor, now=now())
    return FileResponse(
        content,
        as_attachment=True,
        filename=kinds.file_name(file.making, file.format),
        content_type=file.content_type,
    )


@require_POST
def made_again(request: StaffRequest, making_id: str) -> HttpResponse:
    """Have the same report made from the data of today."""
    making = _making(request, making_id)
    if not kinds.can_make_again(making):
        raise Http404("This cannot be made again from here.")
    role = request.access.role
    fresh = make_again(
        making=making,
        user=cast(User, request.user),
        role=role.label if role else "",
        scope=request.access.scope,
        by=request.actor,
        now=now(),
    )
    messages.success(request, "It is being made again, from the data of today.")
    return redirect(DETAIL, fresh.pk)


@require_POST
def made_deleted(request: StaffRequest, making_id: str) -> HttpResponse:
    """Delete the files of an export before their days are over."""
    making = _making(request, making_id)
    if not kinds.is_export(making.kind):
        raise Http404("A report is kept until its days are over.")
    if delete_files(making=making, by=request.actor, now=now()):
        messages.success(request, "The files are deleted. What was in the log stays there.")
    return redirect(DETAIL, making.pk)


def _making(request: StaffRequest, making_id: str) -> Making:
    making = making_of(making_id, request.access.scope, str(request.user.pk))
    if making is None:
        raise Http404("There is no such file.")
    return making


def _file(making: Making, file_format: str) -> MadeFile:
    """Return the file of a making that is at hand."""
    file = making.files.filter(format=file_format).exclude(file="").first()
    if file is None or not making.is_at_hand(now()):
        raise Http404("There is no such file any more.")
    file.making = making
    return file

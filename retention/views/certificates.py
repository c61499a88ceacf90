"""Certificates of disposition: the list, one of them, the same as PDF and JSON."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from retention.actions.certificates import note_taken
from retention.actions.physical import try_again
from retention.models import Certificate
from retention.pdf.certificate import FILE_NAME, to_pdf
from retention.queries.certificates import as_json, certificate_page, shown

LIST, DETAIL = "certificate-list", "certificate-detail"
LATE = "late"


@require_safe
def certificate_list(request: StaffRequest) -> HttpResponse:
    """Show the certificates, newest first, or those that are late, without a warehouse query."""
    late = request.GET.get("state") == LATE
    try:
        part = certificate_page(
            school=request.school or "", cursor=request.GET.get("cursor", ""), late_at=now() if late else None
        )
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    context = {
        "certificates": part.rows,
        "late": late,
        "now": now(),
        "schools": dict(request.school_choices) if request.school is None and len(request.school_choices) > 1 else {},
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "retention/certificates/list.html", context)


@require_safe
def certificate_detail(request: StaffRequest, certificate_id: str) -> HttpResponse:
    """Show what a run destroyed and kept, and whether it is off the disk: one warehouse query for names of people."""
    context = _context(_certificate(certificate_id)) | {"may_change": request.access.may(Permission.MANAGE_RETENTION)}
    return render(request, "retention/certificates/certificate.html", context)


@require_safe
def certificate_pdf(request: StaffRequest, certificate_id: str) -> HttpResponse:
    """Hand over the certificate as PDF."""
    certificate = _certificate(certificate_id)
    content = to_pdf(_context(certificate))
    _note(request, certificate, "pdf")
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}.pdf"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_safe
def certificate_json(request: StaffRequest, certificate_id: str) -> HttpResponse:
    """Hand over the same for other programs."""
    certificate = _certificate(certificate_id)
    _note(request, certificate, "json")
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}.json"', "Cache-Control": "private, no-store"}
    return JsonResponse(as_json(certificate), headers=headers, json_dumps_params={"indent": 2})


@require_POST
def certificate_again(request: StaffRequest, certificate_id: str) -> HttpResponse:
    """Let what hinders a removal from the disk be tried again now."""
    try_again(certificate=_certificate(certificate_id), by=request.actor, now=now())
    messages.success(request, "It is tried now. This page says what came of it.")
    return redirect(DETAIL, certificate_id)


def _context(certificate: Certificate) -> dict[str, Any]:
    direction = certificate.content["direction"]
    return {
        "certificate": certificate,
        "shown": shown(certificate),
        "people": staff_names([direction["asked_by"], direction["approved_by"]]),
        "now": now(),
    }


def _note(request: StaffRequest, certificate: Certificate, file_format: str) -> None:
    with transaction.atomic():
        note_taken(certificate=certificate, file_format=file_format, by=request.actor, now=now())


def _certificate(certificate_id: str) -> Certificate:
    """Return a certificate of the person's schools; outside of them it does not exist. Raises Http404."""
    try:
        return Certificate.objects.select_related("run").get(pk=certificate_id)
    except Certificate.DoesNotExist:
        raise Http404("There is no such certificate.") from None
